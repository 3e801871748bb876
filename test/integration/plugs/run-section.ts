import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import { readingKey } from '../../../src/domain/reading.ts';
import type { Source } from '../../../src/domain/source.ts';
import { type Clock, createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createSources, SOURCE_KINDS } from '../../../src/sources/index.ts';

export interface RunningSection {
  readonly source: Source;
  readonly events: readonly GatewayEvent[];
  samples(): number;
  /** Every value of every sample until now: `{ 'plug/p': [12, 12] }`. */
  readings(): Record<string, number[]>;
  offline(): string[];
  stop(): Promise<void>;
}

/** A section as a user writes it, loaded, built and run by the program's own parts; nothing is replaced. */
export async function runSection(section: object, startAt?: number): Promise<RunningSection> {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-published-'));
  const file = join(folder, 'house.yaml');
  await writeFile(file, JSON.stringify({ root: 'house', sources: [{ id: 'source', ...section }] }));
  const { config } = await loadConfig({ file, env: {}, knownMeters: undefined, kinds: SOURCE_KINDS });
  const [source] = await createSources(config.sources, {
    profiles: new Map(),
    clock: startAt === undefined ? createSystemClock() : clockFrom(startAt),
    logger: silentLogger,
    stateDirectory: folder,
    ownBroker: async () => undefined,
  });
  if (source === undefined) throw new Error('no source was made');
  const events: GatewayEvent[] = [];
  const end = new AbortController();
  const running = source.run((event) => events.push(event), end.signal);
  return {
    source,
    events,
    samples: () => events.filter(({ type }) => type === 'sample').length,
    readings: () => readingsOf(events),
    offline: () =>
      events.flatMap((event) =>
        event.type === 'availability' && event.state === 'offline' ? [event.deviceId] : [],
      ),
    async stop() {
      end.abort();
      await running;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The computer's clock, but in the year in which a message with its own time was sent. */
function clockFrom(startAt: number): Clock {
  const clock = createSystemClock();
  const offset = startAt - clock.now();
  return { ...clock, now: () => clock.now() + offset };
}

function readingsOf(events: readonly GatewayEvent[]): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (const event of events) {
    if (event.type !== 'sample') continue;
    for (const reading of event.sample.readings) {
      const key = `${event.sample.deviceId}/${readingKey(reading)}`;
      found[key] = [...(found[key] ?? []), reading.value];
    }
  }
  return found;
}

/** Each of these readings came out, always with this value, and no other did. */
export function expectReadings(
  found: Readonly<Record<string, readonly number[]>>,
  expected: Readonly<Record<string, number>>,
  tolerance = 3e-6,
): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [key, values] of Object.entries(found)) {
    const value = expected[key] ?? Number.NaN;
    for (const each of values)
      expect(Math.abs(each - value), `${key}: ${each} for ${value}`).toBeLessThanOrEqual(
        Math.abs(value) * tolerance + 1e-9,
      );
  }
}
