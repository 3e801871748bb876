import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPercentiles } from '../../../src/lib/percentiles.ts';

describe('percentiles', () => {
  it('has none before the first measurement', () => {
    expect(createPercentiles().at(0.5)).toBeUndefined();
    expect(createPercentiles().count).toBe(0);
  });

  it('gives median, tail and both ends', () => {
    const percentiles = createPercentiles();
    for (let value = 100; value >= 0; value--) percentiles.add(value);
    expect([0, 0.5, 0.99, 1].map((share) => percentiles.at(share))).toEqual([0, 50, 99, 100]);
  });

  it('keeps the last measurements only, and counts all', () => {
    const percentiles = createPercentiles(3);
    for (const value of [1000, 1, 2, 3]) percentiles.add(value);
    expect([percentiles.at(1), percentiles.count]).toEqual([3, 4]);
  });

  it('always gives a kept value with at most that share below it', () => {
    const measurements = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(measurements, fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const percentiles = createPercentiles(10);
        for (const value of values) percentiles.add(value);
        const kept = values.slice(-10);
        const told = percentiles.at(share) ?? Number.NaN;
        expect(kept).toContain(told);
        expect(kept.filter((value) => value < told).length).toBeLessThanOrEqual(share * kept.length);
      }),
    );
  });
});
