import { createSystemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { loadProfile, shippedProfileDirectory } from '../src/meters/load-profiles.ts';
import { createSimulator } from '../src/simulator/simulator.ts';
import type { BenchMeter } from './bench-meter.ts';

// The simulated meters in a process of their own, so that their pacing does not use the gateway's event loop.

const meter = JSON.parse(process.argv[2] ?? '{}') as BenchMeter;
const profile = await loadProfile(meter.profile, [process.env.BENCH_METERS ?? shippedProfileDirectory()]);
const simulator = createSimulator({
  config: {
    seed: 1,
    paced: true,
    buses: [
      {
        connection: meter.connection,
        turnaroundMs: meter.turnaroundMs,
        meters: [{ unitId: 1, profile: meter.profile, measures: 'mains' }],
      },
    ],
  },
  profiles: new Map([[profile.id, profile]]),
  clock: createSystemClock(),
  logger: silentLogger,
  onAnswer: (lastByteAt: number) => process.send?.({ lastByteAt }),
});
const end = new AbortController();
process.on('SIGTERM', () => end.abort());
process.on('disconnect', () => end.abort());
void simulator.listening.then(() => process.send?.('listening'));
await simulator.run(end.signal);
process.exit(0);
