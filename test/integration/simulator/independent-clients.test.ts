import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/config/types.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { loadProfile, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import { simulateMeter } from '../../../src/simulator/simulate-meter.ts';
import { createSimulator, type Simulator } from '../../../src/simulator/simulator.ts';
import { openSerialPair, type SerialPair } from '../../support/serial-pair.ts';
import { frozenClock, LINE_9600, tcp } from './serve.ts';

// Programs that share no line with this project read the simulated meter and print the right numbers.
const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('../../support/read-with-pymodbus.py', import.meta.url));
const NOW = Date.UTC(2026, 10, 22, 19, 30);
const SDM630 = await loadProfile('eastron-sdm630-v2', [shippedProfileDirectory()]);

let end = new AbortController();
let running: Promise<void> | undefined;
let pair: SerialPair | undefined;
afterEach(async () => {
  end.abort();
  await running;
  await pair?.close();
  running = undefined;
  pair = undefined;
});

async function serveMeter(connection: Connection): Promise<{ simulator: Simulator; port: number }> {
  end = new AbortController();
  const options = simulateMeter({ profile: SDM630, unitIds: [1], connection, paced: true });
  const simulator = createSimulator({ ...options, clock: frozenClock(NOW), logger: silentLogger });
  running = simulator.run(end.signal);
  const [bus] = await simulator.listening;
  return { simulator, port: bus?.port ?? 0 };
}

/** Voltages and currents of the three lines, as an SDM630 has them from input register 0 on. */
function expectedValues(simulator: Simulator): readonly number[] {
  const { l1, l2, l3 } = simulator.truth().at(NOW).mains.lines;
  return [l1.v, l2.v, l3.v, l1.i, l2.i, l3.i];
}

function expectClose(values: readonly number[], expected: readonly number[]): void {
  expect(values).toHaveLength(expected.length);
  for (const [n, value] of values.entries()) expect(value).toBeCloseTo(expected[n] ?? Number.NaN, 2);
}

async function mbpoll(...where: readonly string[]): Promise<readonly number[]> {
  const options = ['-1', '-0', '-r', '0', '-c', '6', '-a', '1', '-t', '3:float', '-B', '-o', '5'];
  const { stdout } = await run('mbpoll', [...options, ...where]);
  return [...stdout.matchAll(/^\[\d+\]:\s+(\S+)/gm)].map((match) => Number(match[1]));
}

async function pymodbus(kind: string, place: string): Promise<readonly number[]> {
  const { stdout } = await run('/usr/bin/python3', [SCRIPT, kind, place, '1', '0', '12']);
  const answer = JSON.parse(stdout) as { values?: readonly number[]; error?: string };
  if (answer.values === undefined) throw new Error(answer.error ?? stdout);
  return answer.values;
}

function serial(path: string, framing: 'rtu' | 'ascii'): Connection {
  return { kind: 'serial', framing, path, line: LINE_9600, unitId: undefined };
}

describe('the simulated meter, read by others', () => {
  it('gives mbpoll the right numbers over Modbus TCP', async () => {
    const { simulator, port } = await serveMeter(tcp('mbap'));
    expectClose(await mbpoll('-m', 'tcp', '-p', `${port}`, '127.0.0.1'), expectedValues(simulator));
  });

  it('gives mbpoll the right numbers over RTU on a serial line', async () => {
    pair = await openSerialPair();
    const { simulator } = await serveMeter(serial(pair.a, 'rtu'));
    const line = ['-m', 'rtu', '-b', '9600', '-P', 'none', pair.b];
    expectClose(await mbpoll(...line), expectedValues(simulator));
  });

  it('gives pymodbus the right numbers over Modbus TCP and RTU over TCP', async () => {
    const { simulator, port } = await serveMeter(tcp('mbap'));
    expectClose(await pymodbus('tcp', `${port}`), expectedValues(simulator));
    end.abort();
    await running;
    const again = await serveMeter(tcp('rtu', LINE_9600));
    expectClose(await pymodbus('rtu+tcp', `${again.port}`), expectedValues(again.simulator));
  });

  it('gives pymodbus the right numbers over RTU on a serial line', async () => {
    pair = await openSerialPair();
    const { simulator } = await serveMeter(serial(pair.a, 'rtu'));
    expectClose(await pymodbus('rtu', pair.b), expectedValues(simulator));
  });

  it('gives pymodbus the right numbers over ASCII on a serial line', async () => {
    pair = await openSerialPair();
    const { simulator } = await serveMeter(serial(pair.a, 'ascii'));
    expectClose(await pymodbus('ascii', pair.b), expectedValues(simulator));
  });
});
