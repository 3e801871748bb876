import { describe, expect, it } from 'vitest';
import type { ReadLimits } from '../../../../src/meters/profile.ts';
import { type PlanRow, planReads } from '../../../../src/sources/modbus-meter/plan-reads.ts';
import { COST, PLAIN, row, shapes } from './plan-rows.ts';

const plan = (rows: readonly PlanRow[], changes: Partial<ReadLimits> = {}, cost = COST) =>
  shapes(planReads(rows, { ...PLAIN, ...changes }, cost));

describe('planReads', () => {
  it.each<[string, PlanRow[], Partial<ReadLimits>, string[]]>([
    ['nothing for nothing', [], {}, []],
    ['one read for neighbours', [row(0), row(2), row(4)], {}, ['input:0+6']],
    ['one read over a gap that is cheaper than a request', [row(0), row(10)], {}, ['input:0+12']],
    [
      'two reads over a gap that is dearer',
      [row(0), row(40, 4)],
      { maxGap: 100 },
      ['input:0+2', 'input:40+4'],
    ],
    [
      'two reads over a gap that is too long',
      [row(0), row(10, 4)],
      { maxGap: 7 },
      ['input:0+2', 'input:10+4'],
    ],
    [
      'no bridge where none is allowed',
      [row(0), row(3, 4)],
      { canBridge: false },
      ['input:0+2', 'input:3+4'],
    ],
    ['one read a table', [row(0), row(2, 3, 'holding')], {}, ['input:0+2', 'holding:2+3']],
    ['even addresses and counts for a step of two', [row(1, 1), row(4, 1)], { step: 2 }, ['input:0+6']],
    [
      'nothing over a forbidden register',
      [row(0), row(4, 4)],
      { forbidden: [{ table: 'input', first: 2, last: 2 }] },
      ['input:0+2', 'input:4+4'],
    ],
    [
      'a forbidden register of the other table is none',
      [row(0), row(4, 4)],
      { forbidden: [{ table: 'holding', first: 2, last: 2 }] },
      ['input:0+8'],
    ],
    [
      'reads that stay in their block',
      [row(0), row(2, 4)],
      {
        blocks: [
          { table: 'input', first: 0, last: 1 },
          { table: 'input', first: 2, last: 9 },
        ],
      },
      ['input:0+2', 'input:2+4'],
    ],
    [
      'no read longer than the meter allows',
      [row(0, 4), row(4, 2), row(6, 4)],
      { maxRegisters: 6 },
      ['input:0+6', 'input:6+4'],
    ],
    ['rows in any order', [row(4), row(0), row(2)], {}, ['input:0+6']],
    ['rows that overlap', [row(0, 4), row(2, 2), row(1, 1)], {}, ['input:0+4']],
    ['the last register', [row(65534)], {}, ['input:65534+2']],
  ])('makes %s', (_, rows, limits, expected) => {
    expect(plan(rows, limits)).toEqual(expected);
  });

  it('throws for a row that no read can hold, and names it', () => {
    expect(() => plan([row(0, 4)], { maxRegisters: 2 })).toThrow(/2 registers can hold input0 at 0/);
    expect(() => plan([row(7)], { forbidden: [{ table: 'input', first: 8, last: 8 }] })).toThrow(RangeError);
    expect(() =>
      plan([row(65535, 1)], { step: 2, blocks: [{ table: 'input', first: 65535, last: 65535 }] }),
    ).toThrow(RangeError);
  });

  it('asks for neighbouring reads of one length in the other table where both hold the same', () => {
    expect(plan([row(0), row(100), row(200)], { tablesAlike: true })).toEqual([
      'input:0+2',
      'holding:100+2',
      'input:200+3',
    ]);
  });

  it('makes all reads of a plan look different where the meter allows longer ones', () => {
    expect(plan([row(0), row(100), row(200), row(300)])).toEqual([
      'input:0+2',
      'input:100+3',
      'input:200+4',
      'input:300+5',
    ]);
    expect(plan([row(0), row(100), row(200)], { step: 2 })).toEqual([
      'input:0+2',
      'input:100+4',
      'input:200+6',
    ]);
  });

  it('leaves equal reads as they are where the meter allows no other', () => {
    for (const limits of [{ canBridge: false }, { maxRegisters: 2 }, { maxGap: 0 }] as const)
      expect(plan([row(0), row(100)], limits)).toEqual(['input:0+2', 'input:100+2']);
    const block = {
      blocks: [
        { table: 'input' as const, first: 0, last: 1 },
        { table: 'input' as const, first: 100, last: 101 },
      ],
    };
    expect(plan([row(0), row(100)], block)).toEqual(['input:0+2', 'input:100+2']);
  });
});
