import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Aggregator } from '../../../../src/sinks/mqtt/aggregator.ts';

const MINUTE = 60_000;
const start = () => new Aggregator({ intervalMs: MINUTE, keys: ['p', 'v_l1', 'e_imp', 'nonsense'] });
const power = (value: number) => [{ code: 'p', value } as const];

describe('aggregator', () => {
  it('gives mean, lowest and highest value of an interval with the first sample behind it', () => {
    const aggregator = start();
    expect([...aggregator.add(power(10), 0)]).toEqual([]);
    expect([...aggregator.add(power(-2), 30_000)]).toEqual([]);
    expect([...aggregator.add(power(5), 59_999)]).toEqual([]);
    expect(Object.fromEntries(aggregator.add(power(99), MINUTE))).toEqual({
      p_mean: '4.33',
      p_min: '-2',
      p_max: '10',
    });
  });

  it('begins its intervals at whole multiples of the wall clock, whenever the first sample came', () => {
    const aggregator = start();
    aggregator.add(power(1), 59_000);
    expect(aggregator.endsAt).toBe(MINUTE);
    expect(aggregator.add(power(2), 61_000).get('p_mean')).toBe('1');
    expect(aggregator.endsAt).toBe(2 * MINUTE);
  });

  it('leaves out counters, keys that nobody asked for and names that are no quantity', () => {
    const aggregator = start();
    aggregator.add(
      [
        { code: 'e_imp', value: 7 },
        { code: 'q', value: 8 },
        { code: 'v', phase: 'l1', value: 230.5 },
        { code: 'p', value: Number.NaN },
      ],
      0,
    );
    expect([...aggregator.close().keys()]).toEqual(['v_l1_mean', 'v_l1_min', 'v_l1_max']);
  });

  it('tells nothing of an interval without samples', () => {
    const aggregator = start();
    aggregator.add(power(1), 0);
    expect(aggregator.add(power(2), 10 * MINUTE).get('p_mean')).toBe('1');
    aggregator.close();
    expect(aggregator.endsAt).toBeUndefined();
    expect([...aggregator.close()]).toEqual([]);
  });

  it('ends the interval when the clock is set back', () => {
    const aggregator = start();
    aggregator.add(power(1), 10 * MINUTE);
    expect(aggregator.add(power(2), 5 * MINUTE).get('p_max')).toBe('1');
    expect(aggregator.close().get('p_max')).toBe('2');
  });

  it('keeps the mean between lowest and highest, and counts every sample once, for any samples', () => {
    const samples = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 40_000 }), fc.integer({ min: -5000, max: 5000 })),
      { minLength: 1, maxLength: 80 },
    );
    fc.assert(
      fc.property(samples, (steps) => {
        const aggregator = start();
        const expected = new Map<number, number[]>();
        const closed: ReadonlyMap<string, string>[] = [];
        let at = 0;
        for (const [step, value] of steps) {
          at += step;
          const interval = Math.floor(at / MINUTE);
          expected.set(interval, [...(expected.get(interval) ?? []), value]);
          closed.push(aggregator.add(power(value), at));
        }
        closed.push(aggregator.close());
        const told = closed.filter((values) => values.size > 0);
        expect(told.map((values) => Number(values.get('p_min')))).toEqual(
          [...expected.values()].map((values) => Math.min(...values)),
        );
        for (const [index, values] of [...expected.values()].entries()) {
          const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
          expect(Number(told[index]?.get('p_mean'))).toBeCloseTo(mean, 1);
        }
      }),
    );
  });
});
