import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { toTime } from '../../../mapping/time-text.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { createPlug, type Plug, pushedDevice } from '../pushed/plug.ts';
import { readValue } from '../pushed/value-rule.ts';
import type { Rtl433Config, Rtl433DeviceConfig, Rtl433Value } from './config.ts';
import { isFrom, type Packet, packetOfEvent, packetOfField } from './packet.ts';

/** Transmitters repeat a packet, and two receivers hear it: the same within this time is the same one. */
const REPEAT_MS = 1000;
/** In the form of a topic a field, the fields of one packet follow each other. */
const GATHER_MS = 200;

export function rtl433Devices(config: Rtl433Config): readonly Device[] {
  return config.devices.map(rtl433Device);
}

const rtl433Device = (device: Rtl433DeviceConfig) =>
  pushedDevice(device, device.values, { model: device.model, address: `id ${device.transmitter}` });

interface Transmitter {
  readonly config: Rtl433DeviceConfig;
  readonly plug: Plug;
  /** Content of the last packets and when they came; a few fields at most. */
  readonly heard: Map<string, number>;
}

/** Packets of the listed transmitters; all others are somebody else's, or noise. */
export function rtl433Mapper(config: Rtl433Config): CreateMapper {
  return (surroundings) => new Rtl433Mapper(config, surroundings);
}

class Rtl433Mapper implements MqttMapper {
  readonly #counts = createCounts();
  readonly #transmitters: readonly Transmitter[];
  readonly #beginLevels: number;

  constructor(
    private readonly config: Rtl433Config,
    private readonly surroundings: MapperSurroundings,
  ) {
    const parts = { ...surroundings, counts: this.#counts };
    const gatherMs = config.form === 'devices' ? GATHER_MS : 0;
    this.#beginLevels = config.topic.split('/').length;
    this.#transmitters = config.devices.map((device) => ({
      config: device,
      plug: createPlug(device, rtl433Device(device), parts, gatherMs),
      heard: new Map(),
    }));
  }

  get devices(): readonly Device[] {
    return this.#transmitters.map(({ plug }) => plug.feed.device);
  }

  get filters(): readonly string[] {
    return [this.config.form === 'events' ? this.config.topic : `${this.config.topic}/#`];
  }

  onMessage(message: ArrivedMessage): void {
    const packet =
      this.config.form === 'events'
        ? packetOfEvent(message.payload)
        : packetOfField(message.topic, this.#beginLevels, message.payload);
    if (packet === undefined) {
      this.#counts.add('malformed');
      return;
    }
    const meant = this.#transmitters.filter(({ config }) => isFrom(config, packet));
    if (meant.length === 0) this.#counts.add('foreign');
    for (const transmitter of meant) this.#take(transmitter, packet, message);
  }

  #take(transmitter: Transmitter, packet: Packet, message: ArrivedMessage): void {
    const readings = transmitter.config.values.flatMap((value): Reading[] => {
      const field = value.fields.find((name) => packet.fields.has(name));
      if (field === undefined) return [];
      const reading = readingOf(value, packet.fields.get(field));
      if (typeof reading !== 'string') return [reading];
      this.#counts.add(reading);
      return [];
    });
    if (readings.length === 0) return;
    if (isRepeated(transmitter, readings, message.at)) this.#counts.add('repeated');
    // "@0.145036s" counts from the start of rtl_433, "2019-10-13 20:28:58" has no zone: neither is a time.
    else transmitter.plug.take(readings, message, toTime(packet.fields.get('time')));
  }

  run(signal: AbortSignal): Promise<void> {
    return watchFreshness(
      this.#transmitters.map(({ plug }) => plug.feed),
      this.surroundings.clock,
      signal,
    );
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}

function readingOf(value: Rtl433Value, raw: unknown) {
  if (value.assumedV === undefined) return readValue(value, raw);
  const current = readValue({ code: 'i', unit: 'A' }, raw);
  return typeof current === 'string'
    ? current
    : ({ code: value.code, value: current.value * value.assumedV } as const);
}

function isRepeated({ heard }: Transmitter, readings: readonly Reading[], at: number): boolean {
  for (const [content, heardAt] of heard) if (Math.abs(at - heardAt) > REPEAT_MS) heard.delete(content);
  const content = JSON.stringify(readings);
  const isKnown = heard.has(content);
  if (!isKnown) heard.set(content, at);
  return isKnown;
}
