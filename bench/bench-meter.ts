import { type ChildProcess, fork } from 'node:child_process';
import type { Connection } from '../src/config/types.ts';

/** What the meter process serves. */
export interface BenchMeter {
  readonly profile: string;
  readonly connection: Connection;
  readonly turnaroundMs: number;
}

/** A running meter process; `lastByteAt` are wall-clock times at which answers were complete on the wire. */
export interface RunningMeter {
  readonly lastByteAt: readonly number[];
  stop(): void;
}

export async function startMeter(meter: BenchMeter): Promise<RunningMeter> {
  const path = new URL('./meter-process.js', import.meta.url);
  const env = { ...process.env, BENCH_METERS: `${process.cwd()}/config/meters` };
  const child: ChildProcess = fork(path, [JSON.stringify(meter)], { env });
  const lastByteAt: number[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the meter process ended with ${code}`)));
    child.on('message', (message) => {
      if (message === 'listening') resolve();
      else lastByteAt.push((message as { lastByteAt: number }).lastByteAt);
    });
  });
  child.removeAllListeners('exit');
  return { lastByteAt, stop: () => child.kill('SIGTERM') };
}

export function median(values: readonly number[]): number {
  return share(values, 0.5);
}

export function share(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(at * sorted.length))] ?? Number.NaN;
}
