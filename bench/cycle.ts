import { createSystemClock } from '../src/lib/clock.ts';
import { loadProfile } from '../src/meters/load-profiles.ts';
import { createModbusBus } from '../src/protocols/modbus/bus.ts';
import { connectBus } from '../src/sources/modbus-meter/bus-connection.ts';
import { createMeter } from '../src/sources/modbus-meter/meter.ts';
import { rowsOf } from '../src/sources/modbus-meter/meter-rows.ts';
import { pollReads } from '../src/sources/modbus-meter/poll.ts';
import { openSerialPair } from '../test/support/serial-pair.ts';
import { median, startMeter } from './bench-meter.ts';
import { type BoundLine, cycleBound } from './bound.ts';

const TURNAROUND_MS = 20;
const CYCLES = 40;
const LINE = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
const CASES = [
  { profile: 'eastron-sdm630-v2', gapMs: 0 },
  { profile: 'eastron-sdm630-v2', gapMs: undefined },
  { profile: 'schneider-pm1200', gapMs: undefined },
  { profile: 'carlo-gavazzi-em21-72d', gapMs: undefined },
  { profile: 'schneider-iem3000', gapMs: undefined },
] as const;

/** Full sets of meters over a paced 9600 8N1 line, one cycle after the other. */
export async function benchCycles(): Promise<void> {
  console.log(
    `\nFull set of all rows, paced line 9600 8N1, ${TURNAROUND_MS} ms turnaround, ${CYCLES} cycles, medians`,
  );
  console.log('profile                 gap ms  rows  requests  bound ms  cycle ms  ratio (aim 1.02)  CPU %');
  for (const each of CASES) await benchCase(each.profile, each.gapMs);
}

async function benchCase(profileId: string, gapMs: number | undefined): Promise<void> {
  const profile = await loadProfile(profileId, ['config/meters']);
  const pair = await openSerialPair();
  const serial = (path: string) =>
    ({ kind: 'serial', framing: 'rtu', path, line: LINE, unitId: undefined }) as const;
  const running = await startMeter({
    profile: profileId,
    connection: serial(pair.a),
    turnaroundMs: TURNAROUND_MS,
  });
  const config = {
    ...{
      id: 'mains',
      name: 'mains',
      meter: profileId,
      unitId: 1,
      gapMs,
      latencyMs: undefined,
      maxRegisters: undefined,
    },
    ...{
      intervalMs: 1000,
      counterIntervalMs: 1000,
      slowIntervalMs: 1000,
      wordOrder: undefined,
      only: undefined,
    },
    ...{ enable: [], disable: [], invert: false, rating: {} },
  };
  const clock = createSystemClock();
  const connection = connectBus(serial(pair.b));
  const meter = createMeter(config, profile, connection.framing, connection.timing);
  const bus = createModbusBus({ ...connection, clock });
  const end = new AbortController();
  const run = bus.run(end.signal);
  await bus.whenOpen(end.signal);
  // The plan settles once the latency is known.
  for (let i = 0; i < 4; i++) await pollReads(bus, meter, meter.planFor(meter.dueRows(undefined), 0), clock);
  const times: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = clock.monotonicMs();
  let requests = 0;
  for (let i = 0; i < CYCLES; i++) {
    const from = clock.monotonicMs();
    const reads = meter.planFor(meter.dueRows(undefined), Number.MAX_SAFE_INTEGER);
    requests = reads.length;
    const outcome = await pollReads(bus, meter, reads, clock);
    if (outcome.failed.length > 0 || outcome.refused.length > 0)
      console.log('  a read failed:', outcome.error?.message);
    times.push(clock.monotonicMs() - from);
  }
  const cpu = process.cpuUsage(cpuBefore);
  const cpuPercent = (cpu.user + cpu.system) / 10 / (clock.monotonicMs() - startedAt);
  const characterMs = 10_000 / LINE.baud;
  const line: BoundLine = {
    characterMs,
    silenceMs: 3.5 * characterMs,
    gapMs: meter.unit.gapMs,
    turnaroundMs: TURNAROUND_MS,
  };
  const { rows, limits } = rowsOf(config, profile);
  const scaleRows = meter.scales.map((row) => ({ ...row.scale, code: 'p' }));
  const bound = cycleBound([...rows.map((row) => row.register), ...(scaleRows as never[])], limits, line);
  const cycle = median(times);
  console.log(
    [
      profileId.padEnd(22),
      String(meter.unit.gapMs).padStart(7),
      String(rows.length).padStart(5),
      `${requests} (${bound.reads})`.padStart(9),
      bound.ms.toFixed(1).padStart(9),
      cycle.toFixed(1).padStart(9),
      (cycle / bound.ms).toFixed(4).padStart(7),
      cpuPercent.toFixed(1).padStart(16),
    ].join(' '),
  );
  end.abort();
  await run;
  running.stop();
  await pair.close();
}
