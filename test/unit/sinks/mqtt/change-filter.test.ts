import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeRule } from '../../../../src/config/types.ts';
import { ChangeFilter, ruleOf } from '../../../../src/sinks/mqtt/change-filter.ts';

const RULE: ChangeRule = { absolute: 5, percent: 10, heartbeatMs: 60_000 };

/** Which of the values, one each second, are published. */
function published(values: readonly number[], rule: ChangeRule | undefined, stepMs = 1000): number[] {
  const filter = new ChangeFilter(rule, stepMs / 2);
  return values.filter((value, index) => filter.takes(value, index * stepMs));
}

describe('change filter', () => {
  it('takes every sample without a rule', () => {
    expect(published([1, 1, 1], undefined)).toEqual([1, 1, 1]);
  });

  it('takes every change where the rule says no size, and what stays the same waits for the heartbeat', () => {
    expect(published([1, 1, 2], { absolute: 0, percent: 0, heartbeatMs: 60_000 })).toEqual([1, 2]);
  });

  it('does not repeat 0, of which any percentage is 0', () => {
    expect(published([0, 0, 0, 0.1], { absolute: 0, percent: 2, heartbeatMs: 60_000 })).toEqual([0, 0.1]);
  });

  it.each([
    ['the absolute change near zero', [0, 4.9, 5], [0, 5]],
    ['the percentage of the one published last', [1000, 1099, 1100], [1000, 1100]],
    ['changes downwards', [1000, 901, 900], [1000, 900]],
    ['the size of exported power', [-1000, -950, -1100], [-1000, -1100]],
    ['a drift, against the one published last and not the one before', [100, 104, 108, 112], [100, 112]],
  ])('counts %s', (_what, values, expected) => {
    expect(published(values, RULE)).toEqual(expected);
  });

  it('publishes at the heartbeat though nothing moved, and a poll that came a moment early counts', () => {
    const filter = new ChangeFilter(RULE, 2500);
    const at = [0, 5_010, 55_020, 59_995, 64_990, 119_990];
    expect(at.filter((moment) => filter.takes(7, moment))).toEqual([0, 59_995, 119_990]);
  });

  it('does not fall silent when the clock is set back', () => {
    const filter = new ChangeFilter(RULE, 500);
    expect(filter.takes(7, 1_000_000)).toBe(true);
    expect(filter.takes(7, 10_000)).toBe(true);
  });

  it('publishes the next value after the last one was forgotten', () => {
    const filter = new ChangeFilter(RULE, 500);
    filter.takes(7, 0);
    filter.forget();
    expect(filter.takes(7, 1000)).toBe(true);
  });

  it('keeps a subscriber within the rule of every sample, for any values', () => {
    const rule = fc.record({
      absolute: fc.double({ min: 0, max: 100, noNaN: true }),
      percent: fc.double({ min: 0, max: 100, noNaN: true }),
      heartbeatMs: fc.integer({ min: 1000, max: 100_000 }),
    });
    const values = fc.array(fc.double({ min: -1e4, max: 1e4, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(rule, values, (rule, samples) => {
        const filter = new ChangeFilter(rule, 0);
        let last: { value: number; at: number } | undefined;
        for (const [index, value] of samples.entries()) {
          const at = index * 1000;
          if (filter.takes(value, at)) last = { value, at };
          if (last === undefined) throw new Error('the first sample was held back');
          const moved = Math.abs(value - last.value);
          const bound = Math.max(rule.absolute, (rule.percent / 100) * Math.abs(last.value));
          expect(moved === 0 || moved < bound).toBe(true);
          expect(at - last.at).toBeLessThan(rule.heartbeatMs);
        }
      }),
    );
  });
});

describe('ruleOf', () => {
  it('prefers the rule of the key to that for all, and never looks at inherited names', () => {
    const other = { ...RULE, absolute: 1 };
    expect(ruleOf({ all: RULE, p: other }, 'p')).toBe(other);
    expect(ruleOf({ all: RULE, p: other }, 'v')).toBe(RULE);
    expect(ruleOf({ p: other }, 'v')).toBeUndefined();
    expect(ruleOf({}, 'constructor')).toBeUndefined();
  });
});
