import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/load-config.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import type { Sample } from '../../../src/domain/reading.ts';
import type { Source } from '../../../src/domain/source.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { HTTP_POLL_KIND } from '../../../src/sources/http-poll/kind.ts';
import { TED5000_KIND, TED6000_KIND } from '../../../src/sources/http-poll/ted-kinds.ts';
import type { SourceKind } from '../../../src/sources/kind.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

const KINDS: readonly SourceKind[] = [HTTP_POLL_KIND, TED5000_KIND, TED6000_KIND];

export interface RunningSource {
  readonly source: Source;
  readonly clock: ManualClock;
  readonly events: readonly GatewayEvent[];
  readonly samples: () => readonly Sample[];
  readonly notices: () => readonly string[];
  /** Moves to the next slots, one after the other, and lets each of them be served to its end. */
  slots(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** Loads sections as a user writes them, and runs the source of the first against real servers on a moved clock. */
export async function runSection(
  section: object,
  files: Readonly<Record<string, string>> = {},
): Promise<RunningSource> {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-http-'));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600 });
  const file = join(folder, 'house.yaml');
  await writeFile(file, JSON.stringify({ root: 'house', sources: [section] }));
  const { config } = await loadConfig({ file, env: {}, knownMeters: undefined, kinds: KINDS });
  const [own] = config.sources;
  const kind = KINDS.find(({ type }) => type === own?.type);
  if (own === undefined || kind === undefined) throw new Error('there is no such kind');
  const moved = createManualClock({ timers: 'real', startAt: Date.UTC(2026, 5, 1) + 500 });
  // Freshness is of the moved time too, though sockets need real timers.
  const clock: ManualClock = Object.create(moved, { monotonicMs: { value: () => moved.now() } });
  const source = await kind.create(own, {
    profiles: new Map(),
    clock,
    logger: silentLogger,
    stateDirectory: folder,
    ownBroker: async () => undefined,
  });
  const events: GatewayEvent[] = [];
  const stopper = new AbortController();
  const running = source.run((event) => events.push(event), stopper.signal);
  return {
    source,
    clock,
    events,
    samples: () => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : [])),
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])),
    async slots(count) {
      for (let slot = 0; slot < count; slot++) {
        const interval = Math.min(...source.devices.map(({ intervalMs }) => intervalMs));
        await clock.whenSleeping(2);
        await clock.advanceTo((Math.floor(clock.now() / interval) + 1) * interval);
        await clock.whenSleeping(2);
      }
    },
    async stop() {
      stopper.abort();
      await running;
      await rm(folder, { recursive: true });
    },
  };
}

/** The readings of a sample by key. */
export function valuesOf(sample: Sample | undefined): Record<string, number> {
  return Object.fromEntries(
    (sample?.readings ?? []).map(({ code, phase, value }) => [phase ? `${code}_${phase}` : code, value]),
  );
}
