import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { type JsonPath, valueAtPath } from '../../../mapping/json-path.ts';
import { parseJson } from '../../../mapping/json-text.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { isSentinel } from '../../../mapping/sentinels.ts';
import { toTime } from '../../../mapping/time-text.ts';
import type { ArrivedMessage, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { shortPayload } from '../payload.ts';
import { type Counts, createCounts } from '../pushed/counts.ts';
import { createPlug, type Plug } from '../pushed/plug.ts';
import { createTopicIndex } from '../topic-index.ts';
import type { MappedAvailability, MappedDeviceConfig, MappedValue } from './config.ts';

/** What one device wants of one topic. */
interface Want {
  readonly plug: Plug;
  readonly config: MappedDeviceConfig;
  readonly values: readonly MappedValue[];
  readonly availability: MappedAvailability | undefined;
}

/** A payload, parsed once at most for all who want it. */
interface Payload {
  json(): unknown;
  text(): string | undefined;
}

export function createMappedMapper(
  configs: readonly MappedDeviceConfig[],
  devices: readonly Device[],
  { emit, clock }: MapperSurroundings,
): MqttMapper {
  const counts = createCounts();
  const index = createTopicIndex<Want>();
  const topics = new Set<string>();
  const plugs = configs.map((config, place) => {
    const plug = createPlug(config, deviceAt(devices, place), { emit, clock, counts }, config.gatherMs);
    for (const topic of topicsOf(config)) {
      topics.add(topic);
      index.add(topic, wantOf(plug, config, topic));
    }
    return plug;
  });
  return {
    devices,
    filters: [...topics],
    onMessage(message) {
      const wants = index.find(message.topic);
      if (wants.length === 0) counts.add('unknown_topic');
      else {
        const payload = lazyPayload(message, counts);
        for (const want of wants) take(want, message, payload, counts);
      }
    },
    run: (signal) =>
      watchFreshness(
        plugs.map(({ feed }) => feed),
        clock,
        signal,
      ),
    statistics: () => ({ ignored: counts.statistics() }),
  };
}

function deviceAt(devices: readonly Device[], place: number): Device {
  const device = devices[place];
  if (device === undefined) throw new RangeError(`there is no device ${place}`);
  return device;
}

const topicsOf = ({ values, availability }: MappedDeviceConfig) =>
  new Set([...values.map(({ topic }) => topic), ...(availability === undefined ? [] : [availability.topic])]);

function wantOf(plug: Plug, config: MappedDeviceConfig, topic: string): Want {
  return {
    plug,
    config,
    values: config.values.filter((value) => value.topic === topic),
    availability: config.availability?.topic === topic ? config.availability : undefined,
  };
}

function lazyPayload({ payload }: ArrivedMessage, counts: Counts): Payload {
  let parsed: { readonly value: unknown } | undefined;
  return {
    json() {
      if (parsed === undefined) {
        parsed = { value: parseJson(payload) };
        if (parsed.value === undefined) counts.add('malformed');
      }
      return parsed.value;
    },
    text: () => shortPayload(payload),
  };
}

function take(want: Want, message: ArrivedMessage, payload: Payload, counts: Counts): void {
  const { plug, config, availability } = want;
  if (availability !== undefined && isGone(availability, payload)) plug.feed.lose('it says it is offline');
  if (want.values.length === 0) return;
  if (message.isRetained && config.retained === 'ignore') {
    counts.add('not_fresh');
    return;
  }
  const readings: Reading[] = [];
  for (const value of want.values) {
    const reading = readingOf(value, payload);
    if (reading === undefined) counts.add('no_number');
    else readings.push(reading);
  }
  if (readings.length === 0) return;
  plug.take(readings, message, timeOf(config.timePath, payload));
}

function isGone({ path, offline }: MappedAvailability, payload: Payload): boolean {
  const word = path === undefined ? payload.text() : valueAtPath(payload.json(), path);
  const isPlain = typeof word === 'string' || typeof word === 'number' || typeof word === 'boolean';
  return isPlain && String(word) === offline;
}

function readingOf({ path, code, phase, ...value }: MappedValue, payload: Payload): Reading | undefined {
  const raw = toNumber(path === undefined ? payload.text() : valueAtPath(payload.json(), path));
  // A word for "nothing" is one before it is scaled.
  if (raw === undefined || isSentinel(raw, code)) return undefined;
  const converted = value.convert(raw * value.scale + value.offset);
  return { code, ...(phase === undefined ? {} : { phase }), value: converted };
}

function timeOf(path: JsonPath | undefined, payload: Payload): number | undefined {
  return path === undefined ? undefined : toTime(valueAtPath(payload.json(), path));
}
