import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReadLimits } from '../../../../src/meters/profile.ts';
import {
  fencesOf,
  type PlannedRead,
  type PlanRow,
  planCostMs,
  planReads,
} from '../../../../src/sources/modbus-meter/plan-reads.ts';
import { COST, PLAIN, row, shapes } from './plan-rows.ts';

/** All ways to part `items` into groups. */
function* partitions<T>(items: readonly T[]): Generator<T[][]> {
  const [first, ...rest] = items;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const groups of partitions(rest)) {
    yield [[first], ...groups];
    for (let i = 0; i < groups.length; i++)
      yield groups.map((group, at) => (at === i ? [first, ...group] : group));
  }
}

/** Cost of the read that holds these rows, said again in other words; undefined when it is not allowed. */
function costOf(rows: readonly PlanRow[], limits: ReadLimits): number | undefined {
  const wanted = new Set(
    rows.flatMap((each) => Array.from({ length: each.count }, (_, i) => each.address + i)),
  );
  let from = Math.min(...wanted);
  let to = Math.max(...wanted);
  let gap = 0;
  for (let at = from; at <= to; at++) {
    gap = wanted.has(at) ? 0 : gap + 1;
    if (gap > (limits.canBridge ? limits.maxGap : 0)) return undefined;
  }
  while (from % limits.step !== 0) from--;
  while ((to + 1 - from) % limits.step !== 0) to++;
  if (to - from + 1 > limits.maxRegisters || to > 65535) return undefined;
  const table = rows[0]?.table;
  if (rows.some((each) => each.table !== table)) return undefined;
  const own = limits.blocks.filter((block) => block.table === table || limits.tablesAlike);
  if (limits.blocks.length > 0 && !own.some((block) => block.first <= from && to <= block.last))
    return undefined;
  for (const { table: forbidden, first, last } of limits.forbidden)
    for (let at = from; at <= to; at++)
      if ((forbidden === table || limits.tablesAlike) && at >= first && at <= last) return undefined;
  return COST.requestMs + (to - from + 1) * COST.registerMs;
}

function bestCost(rows: readonly PlanRow[], limits: ReadLimits): number {
  let best = Number.POSITIVE_INFINITY;
  for (const groups of partitions(rows)) {
    const costs = groups.map((group) => costOf(group, limits));
    if (costs.every((cost) => cost !== undefined))
      best = Math.min(
        best,
        costs.reduce((sum, cost) => sum + cost, 0),
      );
  }
  return best;
}

const table = fc.constantFrom('input' as const, 'holding' as const);
const someRows = fc
  .array(fc.record({ gap: fc.nat(30), count: fc.constantFrom(1, 2, 2, 2, 4), table }), {
    minLength: 1,
    maxLength: 7,
  })
  .map((specs) => {
    let at = 0;
    return specs.map(({ gap, count, table: inTable }) => {
      const address = at + gap;
      at = address + count;
      return row(address, count, inTable);
    });
  });
const range = fc.record({ table, first: fc.nat(150), length: fc.nat(3) });
const someLimits = fc
  .record({
    maxRegisters: fc.integer({ min: 4, max: 40 }),
    step: fc.constantFrom(1 as const, 2 as const),
    canBridge: fc.boolean(),
    maxGap: fc.nat(30),
    forbidden: fc.array(range, { maxLength: 2 }),
    blockEnds: fc.array(fc.nat(150), { maxLength: 2 }),
    tablesAlike: fc.boolean(),
  })
  .map(({ forbidden, blockEnds, ...rest }): ReadLimits => {
    const ends = [...new Set(blockEnds)].sort((a, b) => a - b);
    const bounds = [-1, ...ends, 400];
    const blocks =
      ends.length === 0
        ? []
        : bounds.slice(1).flatMap((last, i) => [
            { table: 'input' as const, first: (bounds[i] ?? 0) + 1, last },
            { table: 'holding' as const, first: (bounds[i] ?? 0) + 1, last },
          ]);
    const closed = forbidden.map(({ table: of, first, length }) => ({
      table: of,
      first,
      last: first + length,
    }));
    return { ...rest, forbidden: closed, blocks };
  });

describe('planReads against every possible plan', () => {
  it('is as cheap as the best, keeps all limits, and reads every row once and whole', () => {
    fc.assert(
      fc.property(someRows, someLimits, (rows, limits) => {
        const same = limits.tablesAlike
          ? rows.map((each) => ({ ...each, table: rows[0]?.table ?? each.table }))
          : rows;
        const best = bestCost(same, limits);
        if (best === Number.POSITIVE_INFINITY) {
          expect(() => planReads(rows, limits, COST)).toThrow(RangeError);
          return;
        }
        const reads = planReads(rows, limits, COST);
        const minimal = reads.reduce((sum, read) => sum + (costOf(read.rows, limits) ?? Number.NaN), 0);
        expect(minimal).toBe(best);
        expect(planCostMs(reads, COST)).toBeGreaterThanOrEqual(best);
        // Made distinct, a read may be some registers longer, never more than a request would cost.
        expect(planCostMs(reads, COST)).toBeLessThan(best + reads.length * COST.requestMs);
        expect(reads.flatMap((read) => read.rows.map((each) => each.key)).sort()).toEqual(
          rows.map((each) => each.key).sort(),
        );
        for (const read of reads) expectAllowed(read, limits);
      }),
      { numRuns: 1500 },
    );
  });

  it('has no two of four reads in a row that look alike where the meter allows to bridge', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const reads = planReads(rows, PLAIN, COST);
        const looks = reads.map((read) => `${read.table}${read.count}`);
        for (let i = 0; i < looks.length; i++)
          expect(new Set(looks.slice(i, i + 4)).size).toBe(Math.min(4, looks.length - i));
      }),
    );
  });

  it('gives fences that are legal, look different from the read and from each other', () => {
    fc.assert(
      fc.property(someRows, someLimits, (rows, limits) => {
        fc.pre(
          bestCost(
            limits.tablesAlike
              ? rows.map((each) => ({ ...each, table: rows[0]?.table ?? each.table }))
              : rows,
            limits,
          ) < Number.POSITIVE_INFINITY,
        );
        for (const read of planReads(rows, limits, COST)) {
          const fences = fencesOf(read, limits);
          const looks = [read, ...fences].map((each) => `${each.table}${each.count}`);
          expect(new Set(looks).size).toBe(looks.length);
          for (const fence of fences) expectAllowed(fence, limits);
        }
      }),
    );
  });

  it('has a fence for a single value too, where the meter allows one', () => {
    const fences = (limits: Partial<ReadLimits>) =>
      planReads([row(10)], { ...PLAIN, ...limits }, COST).flatMap((read) =>
        shapes(fencesOf(read, { ...PLAIN, ...limits })),
      );
    expect(fences({})).toEqual(['input:10+3', 'input:10+4', 'input:10+5', 'input:10+6']);
    expect(fences({ step: 2, maxGap: 3 })).toEqual(['input:10+4']);
    expect(fences({ tablesAlike: true })).toContain('holding:10+2');
    expect(fences({ canBridge: false })).toEqual([]);
    expect(fences({ maxRegisters: 2 })).toEqual([]);
  });
});

function expectAllowed(read: PlannedRead, limits: ReadLimits): void {
  const last = read.address + read.count - 1;
  expect(read.count).toBeLessThanOrEqual(limits.maxRegisters);
  expect([read.address % limits.step, read.count % limits.step]).toEqual([0, 0]);
  for (const each of read.rows) {
    expect(each.address).toBeGreaterThanOrEqual(read.address);
    expect(each.address + each.count - 1).toBeLessThanOrEqual(last);
    if (!limits.tablesAlike) expect(each.table).toBe(read.table);
  }
  const inTable = (range: { table: string }) => limits.tablesAlike || range.table === read.table;
  for (const range of limits.forbidden)
    expect(inTable(range) && read.address <= range.last && last >= range.first).toBe(false);
  if (limits.blocks.length > 0)
    expect(
      limits.blocks.some((block) => inTable(block) && block.first <= read.address && last <= block.last),
    ).toBe(true);
}
