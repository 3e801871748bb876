import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ByteConnection } from '../../../src/config/types.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { openStickWire } from '../../../src/simulator/plugwise/open-stick-wire.ts';
import {
  createSimulatedStick,
  type SimulatedStickOptions,
} from '../../../src/simulator/plugwise/simulated-stick.ts';
import { openerOf } from '../../../src/sources/plugwise/opener.ts';
import { createPlugwiseSource } from '../../../src/sources/plugwise/source.ts';
import { openSerialPair } from '../../support/serial-pair.ts';
import { configOf, macOf, plug } from '../../unit/sources/plugwise/simulated-network.ts';

const LINE = { baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 } as const;
const clock = createSystemClock();
const serial = (path: string): ByteConnection => ({ kind: 'serial', path, line: LINE });

async function until(isTrue: () => boolean, limitMs = 30_000): Promise<void> {
  const giveUpAt = performance.now() + limitMs;
  while (!isTrue()) {
    if (performance.now() > giveUpAt) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function run(
  connection: ByteConnection,
  options: Omit<SimulatedStickOptions, 'clock'> & {
    readonly intervalMs?: number;
    readonly answersAt?: ByteConnection;
  },
) {
  const stick = createSimulatedStick({ ...options, clock });
  const wire = await openStickWire(stick, options.answersAt ?? connection, { clock, logger: silentLogger });
  const folder = await mkdtemp(join(tmpdir(), 'busbar-plugwise-'));
  const intervalMs = options.intervalMs ?? 10_000;
  const devices = options.circles.map((_, n) => plug(n, { intervalMs, allowSwitching: n === 0 }));
  const target =
    connection.kind === 'tcp' && wire.port !== undefined ? { ...connection, port: wire.port } : connection;
  const source = createPlugwiseSource(configOf(devices), {
    clock,
    opener: openerOf(target),
    stateDirectory: folder,
  });
  const events: GatewayEvent[] = [];
  const end = new AbortController();
  const running = source.run((event) => void events.push(event), end.signal);
  onTestFinished(async () => {
    end.abort();
    await running;
    await wire.close();
    await rm(folder, { recursive: true, force: true });
  });
  const watts = (id: string) =>
    events.flatMap((event) =>
      event.type === 'sample' && event.sample.deviceId === id
        ? event.sample.readings.filter(({ code }) => code === 'p').map(({ value }) => value)
        : [],
    );
  return { stick, source, events, watts };
}

const circles = (count: number, deadAt = -1) =>
  Array.from({ length: count }, (_, n) => ({
    mac: macOf(n),
    measure: () => 50 + 10 * n,
    isDead: n === deadAt,
  }));

describe('Circles on real wires', () => {
  it('35 of them on a serial line each give their own watts in one round, one dead one aside', async () => {
    const pair = await openSerialPair();
    onTestFinished(() => pair.close());
    const { source, watts, events } = await run(serial(pair.b), {
      circles: circles(35, 17),
      answersAt: serial(pair.a),
      answerMs: 20,
    });
    const living = Array.from({ length: 35 }, (_, n) => n).filter((n) => n !== 17);
    // The first poll, and then a whole round at a slot.
    await until(() => living.every((n) => watts(`plug${n}`).length >= 2));
    for (const n of living)
      for (const value of watts(`plug${n}`)) expect(Math.abs(value - 50 - 10 * n)).toBeLessThan(0.6);
    expect(watts('plug17')).toEqual([]);
    const statistics = source.statistics() as { round_p99_ms: number; foreign_frames: number; slots: number };
    expect(statistics.slots).toBeGreaterThanOrEqual(1);
    expect(statistics.round_p99_ms).toBeLessThan(6000);
    expect(statistics.foreign_frames).toBe(0);
    expect(events.filter((event) => event.type === 'notice' && event.code === 'plug-silent')).toHaveLength(1);
  }, 60_000);

  it('come back when the stick was pulled out and plugged in again', async () => {
    const pair = await openSerialPair();
    onTestFinished(() => pair.close());
    const { watts, events } = await run(serial(pair.b), {
      circles: circles(2),
      answersAt: serial(pair.a),
      intervalMs: 1000,
      answerMs: 20,
    });
    await until(() => watts('plug1').length >= 2);
    const codes = () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));
    await pair.unplug();
    await until(() => codes().includes('stick-lost'));
    const before = watts('plug1').length;
    await pair.replug();
    await until(() => watts('plug1').length > before + 1);
    expect(codes().filter((code) => code.startsWith('stick-'))).toEqual(['stick-lost', 'stick-ready']);
  }, 60_000);

  it('answer over TCP, and one is switched off', async () => {
    const { stick, source, watts } = await run(
      { kind: 'tcp', host: '127.0.0.1', port: 0 },
      { circles: circles(3), intervalMs: 1000, answerMs: 10 },
    );
    await until(() => watts('plug2').length >= 2);
    await source.switch?.('plug0', 'off');
    expect(stick.circles.get(macOf(0))?.isOn).toBe(false);
    await expect(source.switch?.('plug1', 'off')).rejects.toThrow(/may not be switched/);
    stick.unplug();
    await until(() => (source.statistics() as { stick: string }).stick === 'away');
    const before = watts('plug0').length;
    stick.plugIn();
    await until(() => watts('plug0').length > before);
  }, 60_000);
});
