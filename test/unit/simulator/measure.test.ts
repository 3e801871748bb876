import { describe, expect, it } from 'vitest';
import { createHouse } from '../../../src/simulator/house.ts';
import { measureCircuit } from '../../../src/simulator/measure.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const state = createHouse({ seed: 1 }).at(NOON);

function meter(name: string, lines: 1 | 3) {
  const quantities = measureCircuit(state, name, lines);
  if (quantities === undefined) throw new Error(`no circuit ${name}`);
  return quantities;
}

describe('what a meter sees of the house', () => {
  it('gives a three-phase meter lines, totals and what lies between the lines', () => {
    const mains = meter('mains', 3);
    expect(mains.takenAt).toBe(NOON);
    expect(mains.value('p')).toBe(state.mains.p);
    expect(mains.value('p', 'l2')).toBe(state.mains.lines.l2.p);
    const { l1, l2, l3 } = state.mains.lines;
    expect(mains.value('v')).toBeCloseTo((l1.v + l2.v + l3.v) / 3, 9);
    expect(mains.value('v', 'l1l2')).toBeCloseTo(Math.sqrt(l1.v ** 2 + l2.v ** 2 + l1.v * l2.v), 9);
    expect(mains.value('i', 'sum')).toBeCloseTo(l1.i + l2.i + l3.i, 9);
    expect(mains.value('rotation')).toBe(1);
  });

  it('finds the neutral current of one loaded line equal to the line, and none under equal load', () => {
    expect(meter('kettle', 3).value('i', 'n')).toBeCloseTo(state.circuit('kettle')?.lines.l2.i ?? -1, 9);
    const solar = meter('solar', 3);
    expect(solar.value('i', 'n') ?? 1).toBeLessThan((solar.value('i', 'l1') ?? 0) * 0.05);
  });

  it('gives a single-phase meter the whole circuit as its one line', () => {
    const fridge = meter('fridge', 1);
    expect(fridge.value('p', 'l1')).toBe(state.circuit('fridge')?.p);
    const [v = 0, i = 0, s = 0] = [fridge.value('v'), fridge.value('i'), fridge.value('s')];
    expect(v * i).toBeCloseTo(s, 9);
    expect(fridge.value('v', 'l1l2')).toBeUndefined();
    expect(fridge.value('p', 'l2')).toBeUndefined();
  });

  it('has no view of a circuit that the house does not have', () => {
    expect(measureCircuit(state, 'sauna', 1)).toBeUndefined();
    expect(measureCircuit(state, '__proto__', 1)).toBeUndefined();
  });

  it('gives no value where a meter cannot measure one', () => {
    expect(meter('mains', 3).value('p', 'l1l2')).toBeUndefined();
    expect(meter('mains', 3).value('i', 'pe')).toBeUndefined();
  });
});
