import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterGuard } from '../../../src/pipeline/counter-guard.ts';

// 40 A at 230 V, one line: about 17 kW at most, 0.29 kWh a minute.
const RATE = (40 * 1.45 * 230 * 1.3) / 1000;
const MINUTE = 60_000;

/** Feeds a value a minute; what was published, or a dot for what was not. */
function published(values: readonly number[], rate = RATE, everyMs = MINUTE): string {
  const guard = new CounterGuard(rate, everyMs);
  return values
    .map((value, i) => (guard.judge(value, i * everyMs).kind === 'rejected' ? '.' : String(value)))
    .join(' ');
}

describe('counter guard', () => {
  it.each<readonly [string, readonly number[], string]>([
    ['a counter that rises', [100.01, 100.02, 100.05, 100.05], '100.01 100.02 100.05 100.05'],
    ['the first value, whatever it is', [9_999_999.99], '9999999.99'],
    ['a counter in steps of 1 kWh', [7, 7, 8, 8, 9], '7 7 8 8 9'],
    ['a single zero', [100.01, 0, 100.02], '100.01 . 100.02'],
    ['two zeros', [100.01, 0, 0, 100.02], '100.01 . . 100.02'],
    ['a single low reading', [100.01, 65.53, 100.02], '100.01 . 100.02'],
    ['a single high spike', [100.01, 9113.01, 100.02], '100.01 . 100.02'],
    ['a negative value', [100.01, -5, 100.02], '100.01 . 100.02'],
    ['a true reset, after three agree', [100.01, 0, 0.01, 0.02, 0.05], '100.01 . . 0.02 0.05'],
    ['a reset to another level', [100.01, 12.5, 12.5, 12.51], '100.01 . . 12.51'],
    ['lows that do not agree', [100.01, 50.5, 20.1, 70.3, 10.2, 100.03], '100.01 . . . . 100.03'],
    [
      'a new level upwards, after five agree',
      [100.01, 900.1, 900.1, 900.2, 900.2, 900.3],
      '100.01 . . . . 900.3',
    ],
    [
      'highs that do not agree',
      [100.01, 900.1, 5000.2, 777.3, 90_000.1, 3.3e6, 100.03],
      '100.01 . . . . . 100.03',
    ],
    [
      'a fall and a rise that take turns',
      [100.01, 0, 9000.01, 0, 9000.01, 0, 100.02],
      '100.01 . . . . . 100.02',
    ],
  ])('publishes rightly: %s', (_name, values, expected) => {
    expect(published(values)).toBe(expected);
  });

  it('never publishes a fall of a counter that steps by 0.1 back and forth', () => {
    const back = [215.6, 215.5, 215.6, 215.5, 215.5, 215.5, 215.5, 215.5, 215.6, 215.7];
    expect(published(back)).toBe('215.6 . 215.6 . . . . . 215.6 215.7');
  });

  it('says from which level it went', () => {
    const guard = new CounterGuard(RATE, MINUTE);
    guard.judge(100.01, 0);
    guard.judge(0, MINUTE);
    guard.judge(0.01, 2 * MINUTE);
    expect(guard.judge(0.02, 3 * MINUTE)).toEqual({ kind: 'new-level', change: 'reset', from: 100.01 });
  });

  it('allows after a gap what can have flowed in it', () => {
    const guard = new CounterGuard(RATE, MINUTE);
    guard.judge(100.01, 0);
    const dayMs = 24 * 60 * MINUTE;
    expect(guard.judge(100.01 + RATE * 23, dayMs).kind).toBe('accepted');
    expect(guard.judge(100.01 + RATE * 60, dayMs + MINUTE).kind).toBe('rejected');
  });

  it('takes a clock that was set back for one interval', () => {
    const guard = new CounterGuard(RATE, MINUTE);
    guard.judge(100.01, 1e9);
    expect(guard.judge(100.11, 0).kind).toBe('accepted');
    expect(guard.judge(900.11, -MINUTE).kind).toBe('rejected');
  });

  it('bears the coarse digits of a large 32-bit float', () => {
    const values = [1_234_567.125, 1_234_567.25, 1_234_567.375].map(Math.fround);
    expect(published(values, 1)).not.toContain('.  ');
    expect(published(values, 1).split(' ')).toEqual(values.map(String));
  });

  it('passes every honest meter untouched, whatever its step and its load', () => {
    const steps = fc.constantFrom(1, 0.1, 0.01, 0.001);
    fc.assert(
      fc.property(
        steps,
        fc.double({ min: 0, max: 1e5, noNaN: true }),
        fc.array(
          fc.record({
            gapMinutes: fc.integer({ min: 1, max: 500 }),
            share: fc.double({ min: 0, max: 1, noNaN: true }),
          }),
        ),
        (step, start, stretches) => {
          const guard = new CounterGuard(RATE, MINUTE);
          let energy = start;
          let atMs = 0;
          const read = () => Number((Math.floor(energy / step) * step).toFixed(3));
          expect(guard.judge(read(), atMs).kind).toBe('accepted');
          for (const { gapMinutes, share } of stretches) {
            atMs += gapMinutes * MINUTE;
            energy += (RATE * share * gapMinutes) / 60;
            expect(guard.judge(read(), atMs).kind).toBe('accepted');
          }
        },
      ),
    );
  });

  it('never lets a fall through but as a reset', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 500 }))),
        (values) => {
          const guard = new CounterGuard(RATE, MINUTE);
          let last = Number.NEGATIVE_INFINITY;
          for (const [i, value] of values.entries()) {
            const verdict = guard.judge(value, i * MINUTE);
            if (verdict.kind === 'rejected') continue;
            if (verdict.kind === 'accepted') expect(value).toBeGreaterThanOrEqual(last);
            last = value;
          }
        },
      ),
    );
  });
});
