import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { parseJson } from '../../../mapping/json-text.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { toTime } from '../../../mapping/time-text.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { createPlug, type Plug, pushedDevice } from '../pushed/plug.ts';
import type { Plugwise2pyConfig, Plugwise2pyDeviceConfig } from './config.ts';

const MAX_BYTES = 8192;

export function plugwise2pyDevices(config: Plugwise2pyConfig): readonly Device[] {
  return config.devices.map(circle);
}

const circle = (device: Plugwise2pyDeviceConfig) =>
  pushedDevice(device, [{ code: 'p' }, { code: 'relay' }], {
    manufacturer: 'Plugwise',
    model: 'Circle',
    address: device.mac,
    identity: device.mac,
  });

interface Circle {
  readonly plug: Plug;
  /** Time of the newest power, ms: both topics tell the same measurement. */
  measuredAt: number | undefined;
}

/**
 *     <base>/power/<MAC>    {"typ":"pwpower","ts":1405452425,"mac":"...","power":9.78}
 *     <base>/circle/<MAC>   {"powerts":1405452834,"power8s":109.218,"switch":"on","online":true,...}
 *
 * Both are retained, so only their own times say when they were measured. `energy` is that of one past interval
 * and no counter; it is not read.
 */
export function plugwise2pyMapper(config: Plugwise2pyConfig): CreateMapper {
  return (surroundings) => new Plugwise2pyMapper(config, surroundings);
}

class Plugwise2pyMapper implements MqttMapper {
  readonly #counts = createCounts();
  readonly #circles = new Map<string, Circle[]>();

  constructor(
    private readonly config: Plugwise2pyConfig,
    private readonly surroundings: MapperSurroundings,
  ) {
    for (const device of config.devices) {
      const plug = createPlug(device, circle(device), { ...surroundings, counts: this.#counts });
      const known = this.#circles.get(device.mac) ?? [];
      this.#circles.set(device.mac, [...known, { plug, measuredAt: undefined }]);
    }
  }

  get #plugs(): readonly Plug[] {
    return [...this.#circles.values()].flat().map(({ plug }) => plug);
  }

  get devices(): readonly Device[] {
    return this.#plugs.map(({ feed }) => feed.device);
  }

  get filters(): readonly string[] {
    return [...this.#circles.keys()].flatMap((mac) => [
      `${this.config.base}/power/${mac}`,
      `${this.config.base}/circle/${mac}`,
    ]);
  }

  onMessage(message: ArrivedMessage): void {
    const [mac = '', form] = message.topic.split('/').reverse();
    const said = parseJson(message.payload, MAX_BYTES);
    if (typeof said !== 'object' || said === null) {
      this.#counts.add('malformed');
      return;
    }
    const member = (name: string): unknown =>
      Object.hasOwn(said, name) ? (said as Record<string, unknown>)[name] : undefined;
    for (const each of this.#circles.get(mac) ?? [])
      if (form === 'power') this.#takePower(each, member('power'), member('ts'), [], message);
      else this.#onCircle(each, member, message);
  }

  #onCircle(each: Circle, member: (name: string) => unknown, message: ArrivedMessage): void {
    if (member('online') === false) {
      each.plug.feed.lose('Plugwise-2-py does not reach the Circle');
      return;
    }
    const word = member('switch');
    const relay: Reading[] =
      word === 'on' || word === 'off' ? [{ code: 'relay', value: word === 'on' ? 1 : 0 }] : [];
    this.#takePower(each, member('power8s'), member('powerts'), relay, message);
  }

  #takePower(
    each: Circle,
    power: unknown,
    time: unknown,
    others: readonly Reading[],
    message: ArrivedMessage,
  ): void {
    const value = toNumber(power);
    const at = toTime(time);
    const refusal = refusalOf(value, at, each);
    if (refusal !== undefined || value === undefined) {
      this.#counts.add(refusal ?? 'no_number');
      return;
    }
    // Even a message that came now can tell an old measurement, so it never counts as measured on arrival.
    const arrival = { at: message.at, isRetained: true };
    const before = each.plug.feed.samples;
    each.plug.take([{ code: 'p', value }, ...others], arrival, at);
    // A time that was not believed must not make later ones look old.
    if (each.plug.feed.samples > before) each.measuredAt = at;
  }

  run(signal: AbortSignal): Promise<void> {
    return watchFreshness(
      this.#plugs.map(({ feed }) => feed),
      this.surroundings.clock,
      signal,
    );
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}

function refusalOf(value: number | undefined, at: number | undefined, { measuredAt }: Circle) {
  if (value === undefined) return 'no_number';
  if (at === undefined) return 'no_time';
  return measuredAt !== undefined && at <= measuredAt ? 'repeated' : undefined;
}
