import * as z from 'zod';
import type { SourceConfig, SourceDeviceConfig } from '../../../../src/config/types.ts';
import type { Device } from '../../../../src/domain/device.ts';
import type { GatewayEvent } from '../../../../src/domain/event.ts';
import { readingKey, type Sample } from '../../../../src/domain/reading.ts';
import { silentLogger } from '../../../../src/lib/logger.ts';
import type { SourceKind } from '../../../../src/sources/kind.ts';
import type { MapperSurroundings, MqttMapper } from '../../../../src/sources/mqtt-map/mapper.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';

/** A device as it stands in the file: its own keys, and some of the common ones. */
export type DeviceEntry = Record<string, unknown> & {
  readonly id?: string;
  readonly intervalMs?: number;
  readonly invert?: boolean;
};

/** The configuration that a kind makes of a section without mistakes. */
export function buildSection<C extends SourceConfig>(
  kind: SourceKind,
  fields: Record<string, unknown>,
  devices: readonly DeviceEntry[],
): C {
  const deviceSchema = z.strictObject(kind.deviceFields);
  const section = {
    id: 'plugs',
    fields: z.strictObject(kind.fields).parse(fields),
    devices: devices.map(({ id = 'plug', intervalMs = 10_000, invert = false, ...own }) => ({
      common: { id, name: id, intervalMs, invert, rating: {} } satisfies SourceDeviceConfig,
      fields: deviceSchema.parse(own),
    })),
  };
  // The kind's own type of its configuration is hidden in the list of all kinds.
  return kind.build(section, { pathOf: (path) => path, secretAt: () => undefined }) as C;
}

/** A mapper without a broker: messages go in by hand, what it says comes out. */
export interface MapperRig {
  readonly clock: ManualClock;
  readonly mapper: MqttMapper;
  readonly events: GatewayEvent[];
  readonly published: { readonly topic: string; readonly payload: string }[];
  readonly subscribed: string[];
  live(topic: string, payload: unknown): void;
  retained(topic: string, payload: unknown): void;
  /** What the samples since the last call said, one object a sample: `{ p: 12 }`. */
  samples(): Record<string, number>[];
  rawSamples(): readonly Sample[];
  availability(): string[];
  notices(): string[];
  device(id: string): Device | undefined;
  ignored(): Record<string, number>;
  stop(): Promise<void>;
}

export const NOON = Date.UTC(2026, 10, 22, 12, 0, 0);

export function runMapper(
  make: (surroundings: MapperSurroundings) => MqttMapper,
  options: { readonly startAt?: number } = {},
): MapperRig {
  const clock = createManualClock({ startAt: options.startAt ?? NOON });
  const events: GatewayEvent[] = [];
  const published: { topic: string; payload: string }[] = [];
  const subscribed: string[] = [];
  const mapper = make({
    sourceId: 'plugs',
    clock,
    logger: silentLogger,
    emit: (event) => events.push(event),
    publish: (topic, payload) => published.push({ topic, payload }),
    subscribe: (filter) => subscribed.push(filter),
    isConnected: () => true,
  });
  const end = new AbortController();
  const running = mapper.run(end.signal);
  mapper.onConnect?.();
  const arrive = (topic: string, payload: unknown, isRetained: boolean) =>
    mapper.onMessage({ topic, payload: bytesOf(payload), isRetained, at: clock.now() });
  const all = () => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
  let told = 0;
  return {
    clock,
    mapper,
    events,
    published,
    subscribed,
    live: (topic, payload) => arrive(topic, payload, false),
    retained: (topic, payload) => arrive(topic, payload, true),
    samples() {
      const fresh = all().slice(told);
      told += fresh.length;
      return fresh.map(valuesOf);
    },
    rawSamples: all,
    availability: () =>
      events.flatMap((event) => (event.type === 'availability' ? [`${event.deviceId} ${event.state}`] : [])),
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])),
    device: (id) =>
      events
        .flatMap((event) => (event.type === 'device' && event.device.id === id ? [event.device] : []))
        .at(-1) ?? mapper.devices.find((device) => device.id === id),
    // Statistics are counters by name, one level deep.
    ignored: () => (mapper.statistics().ignored ?? {}) as Record<string, number>,
    async stop() {
      end.abort();
      await running;
    },
  };
}

export function valuesOf(sample: Sample): Record<string, number> {
  return Object.fromEntries(sample.readings.map((reading) => [readingKey(reading), reading.value]));
}

function bytesOf(payload: unknown): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  return Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
}

export const keysOf = (device: Device | undefined): string[] => (device?.quantities ?? []).map(readingKey);
