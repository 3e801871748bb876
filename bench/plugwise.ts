import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSystemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/logger.ts';
import { createFrameReader, encodeFrame } from '../src/protocols/plugwise/frame.ts';
import { openStickWire } from '../src/simulator/plugwise/open-stick-wire.ts';
import { createSimulatedStick } from '../src/simulator/plugwise/simulated-stick.ts';
import { openerOf } from '../src/sources/plugwise/opener.ts';
import { createPlugwiseSource } from '../src/sources/plugwise/source.ts';
import { openSerialPair } from '../test/support/serial-pair.ts';

const NODES = 35;
const ANSWER_MS = 100;
const ROUND_LIMIT_MS = 6000;
const INTERVAL_MS = 5000;
const ROUNDS = 5;
const FRAMES = 200_000;
const LINE = { baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;

/** 35 Circles on a real serial line, 0.1 s each, without and with a dead one; and the cost of a frame. */
export async function benchPlugwise(): Promise<readonly string[]> {
  const healthy = await rounds(-1);
  const withDead = await rounds(NODES - 1);
  const bound = NODES * ANSWER_MS;
  const perNode = (healthy.p50 - bound) / NODES;
  return [
    `${NODES} Circles, ${ANSWER_MS} ms each, ${ROUNDS} rounds: ${text(healthy)}; bound ${bound} ms, aim ${ROUND_LIMIT_MS} ms`,
    `own cost of one Circle: ${perNode.toFixed(2)} ms (bound 0)`,
    `the same with one dead Circle, once it is known: ${text(withDead)}; bound ${bound - ANSWER_MS} ms`,
    `slots missed: ${healthy.missed} without, ${withDead.missed} with the dead one (bound 0)`,
    `a frame of 52 digits found and checked in ${frameMicroseconds().toFixed(2)} us (bound: 5900 us on the line)`,
  ];
}

interface Rounds {
  readonly p50: number;
  readonly p99: number;
  readonly missed: number;
  readonly cpuPercent: number;
}

const text = ({ p50, p99, cpuPercent }: Rounds) =>
  `a round takes ${p50.toFixed(0)} ms (longest ${p99.toFixed(0)} ms), CPU ${cpuPercent.toFixed(1)} % with the stick`;

async function rounds(deadAt: number): Promise<Rounds> {
  const clock = createSystemClock();
  const pair = await openSerialPair();
  const mac = (n: number) => `000D6F00${(0x590000 + n).toString(16).toUpperCase().padStart(8, '0')}`;
  const circles = Array.from({ length: NODES }, (_, n) => ({
    mac: mac(n),
    measure: () => 100 + n,
    isDead: n === deadAt,
  }));
  const stick = createSimulatedStick({ circles, answerMs: ANSWER_MS, clock });
  const serial = (path: string) => ({ kind: 'serial', path, line: LINE }) as const;
  const wire = await openStickWire(stick, serial(pair.a), { clock, logger: silentLogger });
  const folder = await mkdtemp(join(tmpdir(), 'busbar-bench-'));
  const devices = circles.map((circle, n) => ({
    ...{ id: `plug${n}`, name: `plug${n}`, intervalMs: INTERVAL_MS, invert: false, rating: {} },
    ...{ mac: circle.mac, allowSwitching: false },
  }));
  const source = createPlugwiseSource(
    { type: 'plugwise', id: 'stick', connection: serial(pair.b), devices, setClocks: true, energyLog: false },
    { opener: openerOf(serial(pair.b)), clock, stateDirectory: folder },
  );
  const end = new AbortController();
  const run = source.run(() => {}, end.signal);
  const statistics = () =>
    source.statistics() as {
      slots: number;
      missed_slots: number;
      round_p50_ms: number;
      round_p99_ms: number;
    };
  const cpuBefore = process.cpuUsage();
  const startedAt = clock.monotonicMs();
  while ((statistics().slots ?? 0) < ROUNDS) await clock.sleep(100);
  // The slot counts at its begin: its round is let to its end.
  await clock.sleep(NODES * ANSWER_MS + 500);
  const cpu = process.cpuUsage(cpuBefore);
  const { round_p50_ms, round_p99_ms, missed_slots } = statistics();
  end.abort();
  await run;
  await wire.close();
  await pair.close();
  await rm(folder, { recursive: true, force: true });
  const cpuPercent = (cpu.user + cpu.system) / 10 / (clock.monotonicMs() - startedAt);
  return { p50: round_p50_ms, p99: round_p99_ms, missed: missed_slots, cpuPercent };
}

function frameMicroseconds(): number {
  const frame = encodeFrame('001312D4000D6F000059AAC3000300150000023D00000000000B');
  const reader = createFrameReader();
  const from = performance.now();
  for (let n = 0; n < FRAMES; n++) reader.push(frame);
  if (reader.counters.frames !== FRAMES) throw new Error('a frame was not found');
  return ((performance.now() - from) * 1000) / FRAMES;
}
