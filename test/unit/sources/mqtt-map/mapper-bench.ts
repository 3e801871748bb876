import type { z } from 'zod';
import { buildSection, sectionSchema } from '../../../../src/config/source-sections.ts';
import type { SourceConfig } from '../../../../src/config/types.ts';
import type { GatewayEvent } from '../../../../src/domain/event.ts';
import { silentLogger } from '../../../../src/lib/logger.ts';
import type { SourceKind } from '../../../../src/sources/kind.ts';
import type { CreateMapper, MqttMapper } from '../../../../src/sources/mqtt-map/mapper.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';

/** The section as a file holds it, checked and built by the kind itself. */
export function configOf(kind: SourceKind, section: Readonly<Record<string, unknown>>): SourceConfig {
  const schema = sectionSchema(kind) as z.ZodType;
  const entry = schema.parse({ type: kind.type, id: 'plugs', ...section });
  return buildSection(entry as never, kind, 10, { pathOf: (path) => path, secretAt: () => undefined });
}

/** A mapper at work, without a broker: messages go in, events come out. */
export interface MapperBench {
  readonly mapper: MqttMapper;
  readonly clock: ManualClock;
  readonly events: GatewayEvent[];
  readonly subscribed: string[];
  /** A live message, or one from the broker's memory. */
  hear(topic: string, payload: unknown, isRetained?: boolean): void;
  /** `id/p 12.3`, one a reading, of all samples until now. */
  readings(): string[];
  samples(): { deviceId: string; takenAt: number; values: Record<string, number> }[];
  offline(): string[];
  notices(): string[];
}

export function startMapper(createMapper: CreateMapper, startAt?: number): MapperBench {
  const clock = createManualClock(startAt === undefined ? {} : { startAt });
  const events: GatewayEvent[] = [];
  const subscribed: string[] = [];
  const mapper = createMapper({
    sourceId: 'plugs',
    clock,
    logger: silentLogger,
    emit: (event) => events.push(event),
    publish: () => {},
    subscribe: (filter) => {
      if (!subscribed.includes(filter)) subscribed.push(filter);
    },
    isConnected: () => true,
  });
  const samples = () =>
    events.flatMap((event) => {
      if (event.type !== 'sample') return [];
      const { deviceId, takenAt, readings } = event.sample;
      const values = Object.fromEntries(
        readings.map(({ code, phase, value }) => [phase === undefined ? code : `${code}_${phase}`, value]),
      );
      return [{ deviceId, takenAt, values }];
    });
  return {
    mapper,
    clock,
    events,
    subscribed,
    hear(topic, payload, isRetained = false) {
      const bytes = Buffer.isBuffer(payload)
        ? payload
        : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
      mapper.onMessage({ topic, payload: bytes, isRetained, at: clock.now() });
    },
    samples,
    readings: () =>
      samples().flatMap(({ deviceId, values }) =>
        Object.entries(values).map(([key, value]) => `${deviceId}/${key} ${value}`),
      ),
    offline: () =>
      events.flatMap((event) =>
        event.type === 'availability' && event.state === 'offline' ? [event.deviceId] : [],
      ),
    notices: () =>
      events.flatMap((event) => (event.type === 'notice' ? [`${event.code}: ${event.message}`] : [])),
  };
}

/** Whether a topic comes by one of the filters. */
export function isHeard(filters: readonly string[], topic: string): boolean {
  return filters.some((filter) => {
    const levels = filter.split('/');
    const found = topic.split('/');
    return (
      levels.every(
        (level, index) =>
          level === '#' || (found[index] !== undefined && (level === '+' || level === found[index])),
      ) &&
      (levels.at(-1) === '#' || levels.length === found.length)
    );
  });
}

/** The problems that the kind finds in a section whose fields are sound one by one. */
export function checkedSection(kind: SourceKind, section: Readonly<Record<string, unknown>>): string[] {
  const schema = sectionSchema(kind) as z.ZodType;
  const fields = schema.parse({ type: kind.type, id: 'plugs', ...section }) as { devices: object[] };
  const entryOf = (of: object, path: readonly (string | number)[]) => ({
    path,
    fields: of,
    hasKey: (key: string) => Object.hasOwn(of, key),
    lacks: (key: string) => !Object.hasOwn(of, key),
  });
  const problems: string[] = [];
  const at = Object.assign(
    (_: unknown, problem: string) => {
      problems.push(problem);
      return { problem } as never;
    },
    { lineOf: () => undefined },
  );
  const devices = fields.devices.map((device, index) => entryOf(device, ['sources', 0, 'devices', index]));
  const draft = { ...entryOf(fields, ['sources', 0]), devices };
  kind.check?.(draft as never, { at, defaultIntervalS: 10, knownMeters: undefined });
  return problems;
}
