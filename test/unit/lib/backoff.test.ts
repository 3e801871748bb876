import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../src/lib/backoff.ts';

describe('backoffMs', () => {
  it('doubles up to the limit', () => {
    const delays = [0, 1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, { firstMs: 1000, maxMs: 9000 }));
    expect(delays).toEqual([1000, 2000, 4000, 8000, 9000, 9000]);
  });

  it('stays finite after years of tries', () => {
    expect(backoffMs(1e9, { firstMs: 200, maxMs: 60_000 })).toBe(60_000);
    expect(backoffMs(Number.MAX_SAFE_INTEGER, { firstMs: 200, maxMs: 1e12 })).toBeLessThanOrEqual(1e12);
  });

  it('takes off at most the share that chance may take', () => {
    fc.assert(
      fc.property(
        fc.nat(100),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, jitter, chance) => {
          const full = backoffMs(attempt, { firstMs: 1000, maxMs: 60_000 });
          const delay = backoffMs(attempt, { firstMs: 1000, maxMs: 60_000, jitter }, () => chance);
          expect(delay).toBeGreaterThanOrEqual(full * (1 - jitter) - 1e-6);
          expect(delay).toBeLessThanOrEqual(full);
        },
      ),
    );
  });
});
