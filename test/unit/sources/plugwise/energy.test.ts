import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  addCount,
  createEnergyLedger,
  finishHours,
  hoursWanted,
} from '../../../../src/sources/plugwise/energy-ledger.ts';
import { macOf, plug, type Running, startSource } from './simulated-network.ts';

const HOUR_MS = 3_600_000;
const DAY = Date.UTC(2026, 4, 1);

/** What flows: a fridge, a kettle for seconds, a solar inverter by day, all within an hour or less. */
const LOADS = [
  (at: number) => (at % 2_400_000 < 900_000 ? 90 : 1.5),
  (at: number) => (at % 1_770_000 < 47_000 ? 2000 : 0),
  (at: number) => -600 * Math.max(0, Math.sin(((at - DAY) / 86_400_000 - 0.25) * 2 * Math.PI)),
];

function trueKwh(load: (at: number) => number, from: number, to: number): number {
  let wattSeconds = 0;
  for (let at = from; at < to; at += 1000) wattSeconds += Math.abs(load(at + 500));
  return wattSeconds / 3_600_000;
}

const circles = LOADS.map((measure, n) => ({ mac: macOf(n), measure }));
const devices = LOADS.map((_, n) => plug(n, { intervalMs: 60_000 }));
const options = { circles, devices, config: { energyLog: true } };

/** Last counter, and the time between its first and its last. */
function counted(running: Running, n: number, key: string) {
  const samples = running
    .samples(`plug${n}`)
    .filter(({ readings }) => readings.some(({ code }) => code === key));
  const values = running.values(`plug${n}`, key);
  // The counter is read when it is answered, 4 s behind the middle of the power's window.
  const from = (samples[0]?.takenAt ?? 0) + 4000;
  return { values, from, to: (samples.at(-1)?.takenAt ?? 0) + 4000 };
}

function expectTrue(running: Running, n: number, key: string, from?: number) {
  const { values, to, from: first } = counted(running, n, key);
  const load = LOADS[n] ?? (() => 0);
  const truth = trueKwh(load, from ?? first, to);
  expect(truth).toBeGreaterThan(0.1);
  expect(Math.abs((values.at(-1) ?? 0) / truth - 1)).toBeLessThan(0.005);
  for (let k = 1; k < values.length; k++)
    expect((values[k] ?? 0) - (values[k - 1] ?? 0)).toBeGreaterThanOrEqual(0);
}

describe('energy counters from the Circles’ own counters and logs', () => {
  it('are true within half a per cent over a day, though power is asked for once a minute', async () => {
    const running = await startSource({ ...options, startAt: DAY + 20 * 60_000 });
    await running.clock.advance(86_400_000);
    const statistics = running.source.statistics();
    await running.stop();
    expectTrue(running, 0, 'e_imp');
    expectTrue(running, 1, 'e_imp');
    expectTrue(running, 2, 'e_exp');
    expect(running.values('plug2', 'e_imp').at(-1)).toBe(0);
    expect(statistics).toMatchObject({ plugs: { plug1: { energy_gaps: 0 }, plug2: { energy_gaps: 0 } } });
    const plugs = statistics.plugs as Record<string, { log_blocks: number }>;
    for (const { log_blocks } of Object.values(plugs)) expect(log_blocks).toBeGreaterThanOrEqual(23);
    // One block of one node a minute at most.
    const blocks = running.stick.requests.filter(({ id }) => id === '0048').map(({ at }) => at);
    expect(blocks.length).toBeGreaterThan(10);
    for (let n = 1; n < blocks.length; n++)
      expect((blocks[n] ?? 0) - (blocks[n - 1] ?? 0)).toBeGreaterThanOrEqual(59_900);
  });

  it('learn from the log what flowed while the gateway was off', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'busbar-plugwise-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const first = await startSource({ ...options, folder, startAt: DAY + 10 * HOUR_MS });
    await first.clock.advance(1.6 * HOUR_MS);
    await first.stop();
    const { clock, stick } = first;
    await clock.advance(5.3 * HOUR_MS);
    const second = await startSource({ ...options, folder, clock, stick });
    await clock.advance(1.5 * HOUR_MS);
    await second.stop();
    for (const [n, key] of [
      [0, 'e_imp'],
      [1, 'e_imp'],
      [2, 'e_exp'],
    ] as const) {
      expectTrue(second, n, key, counted(first, n, key).from);
      const [begun = 0] = second.values(`plug${n}`, key);
      expect(begun).toBeGreaterThanOrEqual(first.values(`plug${n}`, key).at(-1) ?? 0);
    }
    expect(second.source.statistics()).toMatchObject({ plugs: { plug0: { energy_gaps: 0 } } });
  });

  it('are not told while the Circle’s clock is wrong and may not be set', async () => {
    const [fridge] = circles;
    const wrong = { ...fridge, mac: macOf(0), measure: () => 100, clockErrorMs: 1_200_000 };
    const running = await startSource({
      circles: [wrong],
      config: { energyLog: true, setClocks: false },
    });
    await running.clock.advance(2 * HOUR_MS);
    await running.stop();
    expect(running.values('plug0', 'e_imp')).toEqual([]);
    expect(running.values('plug0', 'p').length).toBeGreaterThan(700);
    expect(running.notices().filter(({ code }) => code === 'plug-clock-wrong')).toHaveLength(1);
  });
});

describe('the ledger', () => {
  const calibration = { gainA: 1, gainB: 0, totalOffset: 0, noiseOffset: 0 };
  const kwh = (pulses: number) => pulses / 468.9385193 / 3600;
  const hour = 500_000;
  const at = (hours: number, minutes: number) => (hour + hours) * HOUR_MS + minutes * 60_000;

  it('begins at 0 and adds the rest of an hour from the log once', () => {
    const ledger = createEnergyLedger();
    addCount(ledger, { consumed: 1000, produced: 0, at: at(0, 30) }, calibration);
    addCount(ledger, { consumed: 1500, produced: 7, at: at(0, 59) }, calibration);
    expect(ledger.importKwh).toBeCloseTo(kwh(500), 12);
    expect(ledger.exportKwh).toBeCloseTo(kwh(7 - 0), 12);
    addCount(ledger, { consumed: 40, produced: 0, at: at(1, 1) }, calibration);
    expect(hoursWanted(ledger, at(1, 2))).toBe(1);
    const log = [
      { endMs: at(1, 0), pulses: 1520 },
      { endMs: at(1, 0), pulses: -9 },
    ];
    finishHours(ledger, log, hour + 1, calibration);
    finishHours(ledger, log, hour + 1, calibration);
    expect(ledger.importKwh).toBeCloseTo(kwh(500 + 40 + 20), 12);
    expect(ledger.exportKwh).toBeCloseTo(kwh(9), 12);
    expect(hoursWanted(ledger, at(1, 2))).toBe(0);
  });

  it('leaves counts near the full hour to the log', () => {
    const ledger = createEnergyLedger();
    expect(addCount(ledger, { consumed: 5, produced: 0, at: at(0, 0) + 14_000 }, calibration)).toBe(false);
    expect(addCount(ledger, { consumed: 5, produced: 0, at: at(1, 0) - 14_000 }, calibration)).toBe(false);
    expect(ledger.finishedHour).toBeUndefined();
  });

  it('never falls and never leaps when the Circle’s counter falls within the hour', () => {
    const ledger = createEnergyLedger();
    addCount(ledger, { consumed: 1000, produced: 0, at: at(0, 10) }, calibration);
    addCount(ledger, { consumed: 3, produced: 0, at: at(0, 20) }, calibration);
    addCount(ledger, { consumed: 13, produced: 0, at: at(0, 30) }, calibration);
    expect(ledger.importKwh).toBeCloseTo(kwh(10), 12);
    // The log of that hour says nothing certain.
    finishHours(ledger, [{ endMs: at(1, 0), pulses: 900_000 }], hour + 1, calibration);
    expect(ledger.importKwh).toBeCloseTo(kwh(10), 12);
    expect(ledger.gaps).toBe(1);
  });
});
