import { describe, expect, it } from 'vitest';
import { createHouse } from '../../../src/simulator/house.ts';
import type { CircuitState, HouseState } from '../../../src/simulator/house-state.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 10, 22);
const LOADS = [
  'fridge',
  'kettle',
  'washing_machine',
  'dishwasher',
  'oven',
  'lights',
  'electronics',
  'standby',
];

function circuit(state: HouseState, name: string): CircuitState {
  const found = state.circuit(name);
  if (found === undefined) throw new Error(`no circuit ${name}`);
  return found;
}

function figures(state: HouseState) {
  const { p, q, s, v, i, f, pf, phi, energy, lines } = state.mains;
  return { p, q, s, v, i, f, pf, phi, energy, l2: { p: lines.l2.p, v: lines.l2.v, e: lines.l2.energy } };
}

describe('the simulated house', () => {
  it('gives the same values for the same seed and time, whatever was asked before', () => {
    const asked = createHouse({ seed: 7 });
    const times = [3, 1, 4, 1.5, 9.2, 2.6, 5.35].map((hours) => MIDNIGHT + hours * 3_600_000);
    for (const time of [...times, MIDNIGHT + 20 * DAY_MS, MIDNIGHT - 3 * DAY_MS]) asked.at(time);
    for (const time of times) {
      expect(figures(asked.at(time))).toEqual(figures(createHouse({ seed: 7 }).at(time)));
    }
  });

  it('is another house with another seed', () => {
    const powers = (seed: number) =>
      [8, 12, 19].map((hour) => createHouse({ seed }).at(MIDNIGHT + hour * 3_600_000).mains.p);
    expect(powers(1)).not.toEqual(powers(2));
  });

  it('knows mains as the sum of the loads and of what the roof feeds in', () => {
    const house = createHouse({ seed: 3 });
    for (let hour = 0.3; hour < 24; hour += 0.7) {
      const state = house.at(MIDNIGHT + hour * 3_600_000);
      const sum = (value: (circuit: CircuitState) => number) =>
        [...LOADS, 'solar'].reduce((total, name) => total + value(circuit(state, name)), 0);
      expect(state.mains.p).toBeCloseTo(
        sum(({ p }) => p),
        8,
      );
      expect(state.mains.q).toBeCloseTo(
        sum(({ q }) => q),
        8,
      );
      expect(state.mains.lines.l3.p).toBeCloseTo(
        sum(({ lines }) => lines.l3.p),
        8,
      );
      expect(state.solar.p).toBeLessThanOrEqual(0);
    }
  });

  it('keeps v, i, s, pf of each line consistent', () => {
    const state = createHouse({ seed: 3 }).at(MIDNIGHT + 12.5 * 3_600_000);
    for (const line of ['l1', 'l2', 'l3'] as const) {
      const { p, q, s, v, i, pf } = state.mains.lines[line];
      expect(s).toBeCloseTo(Math.hypot(p, q), 9);
      expect(v * i).toBeCloseTo(s, 9);
      expect(pf * s).toBeCloseTo(p, 9);
    }
  });

  it('counts energy as the integral of power, in both directions apart, lines and total', () => {
    const house = createHouse({ seed: 5 });
    const from = MIDNIGHT + 6 * 3_600_000;
    const seconds = 11 * 3600;
    const sums = { imported: 0, exported: 0, l1: 0, reactive: 0, apparent: 0, kettle: 0 };
    for (let n = 0; n < seconds; n++) {
      const state = house.at(from + n * 1000);
      const { p, q, s } = state.mains;
      sums.imported += Math.max(0, p) / 3_600_000;
      sums.exported += Math.max(0, -p) / 3_600_000;
      sums.reactive += Math.max(0, q) / 3_600_000;
      sums.apparent += s / 3_600_000;
      sums.l1 += Math.max(0, state.mains.lines.l1.p) / 3_600_000;
      sums.kettle += circuit(state, 'kettle').p / 3_600_000;
    }
    const [begin, end] = [house.at(from), house.at(from + seconds * 1000)];
    const grown = (value: (state: HouseState) => number) => value(end) - value(begin);
    expect(sums.exported).toBeGreaterThan(1);
    expect(grown((state) => state.mains.energy.e_imp)).toBeCloseTo(sums.imported, 9);
    expect(grown((state) => state.mains.energy.e_exp)).toBeCloseTo(sums.exported, 9);
    expect(grown((state) => state.mains.energy.eq_imp)).toBeCloseTo(sums.reactive, 9);
    expect(grown((state) => state.mains.energy.es)).toBeCloseTo(sums.apparent, 9);
    expect(grown((state) => state.mains.lines.l1.energy.e_imp)).toBeCloseTo(sums.l1, 9);
    expect(grown((state) => circuit(state, 'kettle').energy.e_imp)).toBeCloseTo(sums.kettle, 9);
  });

  it('splits energy inside a second by the time that has passed', () => {
    const house = createHouse({ seed: 5 });
    const at = MIDNIGHT + 3 * 3_600_000;
    const { p, energy } = house.at(at).mains;
    const grown = house.at(at + 250).mains.energy.e_imp - energy.e_imp;
    expect(grown).toBeCloseTo((p * 0.25) / 3_600_000, 10);
  });

  it('counts without a step over midnight, over the end of its cycle of days, and across restarts', () => {
    const running = createHouse({ seed: 2 });
    for (let day = 0; day <= 29; day++) {
      const midnight = MIDNIGHT + day * DAY_MS;
      const before = running.at(midnight - 1);
      const after = createHouse({ seed: 2 }).at(midnight);
      const step = after.mains.energy.e_imp - before.mains.energy.e_imp;
      expect(step).toBeCloseTo((Math.max(0, before.mains.p) * 0.001) / 3_600_000, 9);
    }
  });

  it('starts its counters at a plausible figure and never lets one fall', () => {
    const house = createHouse({ seed: 1 });
    expect(house.at(Date.UTC(2025, 0, 1)).mains.energy.e_imp).toBeCloseTo(18342.117, 9);
    let last = house.at(MIDNIGHT).mains.energy;
    for (let minute = 1; minute < 3 * 1440; minute += 7) {
      const energy = house.at(MIDNIGHT + minute * 60_000).mains.energy;
      for (const code of ['e_imp', 'e_exp', 'eq_imp', 'eq_exp', 'es', 'eq_exp_ind'] as const) {
        expect(energy[code]).toBeGreaterThanOrEqual(last[code]);
      }
      last = energy;
    }
  });

  it('sags under load: the kettle pulls its line down by its current times the source resistance', () => {
    const house = createHouse({ seed: 4 });
    let second = 0;
    const kettleAt = (n: number) => circuit(house.at(MIDNIGHT + n * 1000), 'kettle').p;
    while (kettleAt(second + 1) < 1000) second++;
    const [before, during] = [house.at(MIDNIGHT + second * 1000), house.at(MIDNIGHT + (second + 1) * 1000)];
    const sag = before.mains.lines.l2.v - during.mains.lines.l2.v;
    expect(sag).toBeGreaterThan(1.8);
    expect(sag).toBeLessThan(3.2);
    expect(Math.abs(before.mains.lines.l1.v - during.mains.lines.l1.v)).toBeLessThan(0.5);
  });

  it('stays within what a house does', () => {
    const house = createHouse({ seed: 1 });
    const seen = { heating: 0, surge: 0, exporting: 0, night: 0 };
    for (let n = 0; n < 7 * 86_400; n += 7) {
      const { mains, f } = house.at(MIDNIGHT + n * 1000);
      expect(Math.abs(f - 50)).toBeLessThan(0.05);
      for (const line of ['l1', 'l2', 'l3'] as const) {
        const { v, i } = mains.lines[line];
        if (v < 220 || v > 240 || i > 25) throw new Error(`${line}: ${v} V, ${i} A at second ${n}`);
      }
      if (mains.p > 2000) seen.heating++;
      if (mains.p < 0) seen.exporting++;
      if (n % 86_400 < 10_000 && mains.p < 300) seen.night++;
    }
    expect(seen.heating).toBeGreaterThan(100);
    expect(seen.exporting).toBeGreaterThan(500);
    expect(seen.night).toBeGreaterThan(500);
  });

  it('replays a day in about a second', () => {
    const house = createHouse({ seed: 9 });
    const start = performance.now();
    let sum = 0;
    for (let n = 0; n < 86_400; n++) sum += house.at(MIDNIGHT + n * 1000).mains.energy.e_imp;
    expect(sum).toBeGreaterThan(0);
    // One second where nothing else runs; the bound leaves room for a busy machine.
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
