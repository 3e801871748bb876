import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createCounter, HOUR, MINUTE, published, RATE } from './counting.ts';

describe('counter of a device', () => {
  it.each<readonly [string, readonly number[], string]>([
    ['a counter that rises', [100.01, 100.02, 100.05, 100.05], '100.01 100.02 100.05 100.05'],
    ['the first value, whatever it is', [9_999_999.99], '9999999.99'],
    ['a counter in steps of 1 kWh', [7, 7, 8, 8, 9], '7 7 8 8 9'],
    ['a single zero', [100.01, 0, 100.02], '100.01 . 100.02'],
    ['two zeros', [100.01, 0, 0, 100.02], '100.01 . . 100.02'],
    ['a single low reading', [100.01, 65.53, 100.02], '100.01 . 100.02'],
    ['a single high spike', [100.01, 9113.01, 100.02], '100.01 . 100.02'],
    ['a negative value', [100.01, -5, 100.02], '100.01 . 100.02'],
    ['a true reset, after three agree', [100.01, 0, 0.01, 0.02, 0.05], '100.01 . . 100.03 100.06'],
    ['a reset that had counted on before it was seen', [100.01, 0.2, 0.2, 0.21], '100.01 . . 100.22'],
    ['a lower level that no reset explains', [100.01, 12.5, 12.5, 12.51, 12.6], '100.01 . . 100.02 100.11'],
    ['a 32-bit counter that wraps', [42_949.67, 0.01, 0.03, 0.04], '42949.67 . . 42949.71'],
    ['lows that do not agree', [100.01, 50.5, 20.1, 70.3, 10.2, 100.03], '100.01 . . . . 100.03'],
    [
      'a higher level after five agree, and none of it as energy',
      [100.01, 900.1, 900.1, 900.2, 900.2, 900.3, 900.4],
      '100.01 . . . . 100.21 100.31',
    ],
    [
      'highs that do not agree',
      [100.01, 900.1, 5000.2, 777.3, 90_000.1, 3.3e6, 100.03],
      '100.01 . . . . . 100.03',
    ],
    [
      'zeros for so long that they look like a reset',
      [100.01, 0, 0, 0, 0, 100.06],
      '100.01 . . 100.01 100.01 100.06',
    ],
    [
      'a spike for so long that it looks like a level',
      [100.01, 900.1, 900.1, 900.1, 900.1, 900.1, 100.06, 100.07],
      '100.01 . . . . 100.01 100.06 100.07',
    ],
    [
      'a fall and a rise that take turns',
      [100.01, 0, 9000.01, 0, 9000.01, 0, 100.02],
      '100.01 . . . . . 100.02',
    ],
  ])('publishes rightly: %s', (_name, values, expected) => {
    expect(published(values)).toBe(expected);
  });

  it('shows a meter that never resets what its display shows, to the last bit', () => {
    const values = [18_342.117, 18_342.1180001, 18_342.12];
    expect(published(values)).toBe(values.join(' '));
  });

  it('is at the figure of the display again after a meter has answered zeros for a while', () => {
    const counter = createCounter();
    for (const [i, value] of [100.01, 0, 0, 0, 0, 100.06].entries()) counter.feed(value, i * MINUTE);
    expect(counter.record).toMatchObject({ raw: 100.06, offset: 0, resets: 0 });
  });

  it('does not take an old value that comes once more after a reset for the former level', () => {
    expect(published([100.01, 0.02, 0.05, 0.08, 100.01, 0.1])).toBe('100.01 . . 100.09 . 100.11');
  });

  it('never publishes a fall of a counter that steps by 0.1 back and forth', () => {
    const back = [215.6, 215.5, 215.6, 215.5, 215.5, 215.5, 215.5, 215.5, 215.6, 215.7];
    expect(published(back)).toBe('215.6 . 215.6 . . . . . 215.6 215.7');
  });

  it('takes the noise of a large 32-bit float for trembling', () => {
    const values = [1_234_567.25, 1_234_567.125, 1_234_567.125, 1_234_567.125, 1_234_567.375].map(
      Math.fround,
    );
    expect(published(values)).toBe(`${values[0]} . . . ${values[4]}`);
  });

  it('bears the coarse digits of a large 32-bit float', () => {
    const values = [1_234_567.125, 1_234_567.25, 1_234_567.375].map(Math.fround);
    expect(published(values, { highestRate: 1 }).split(' ')).toEqual(values.map(String));
  });

  it('says how the level changed', () => {
    const changes = (values: readonly number[]) => {
      const counter = createCounter();
      return values.map((value, i) => counter.change(value, i * MINUTE)).at(-1);
    };
    expect(changes([100.01, 0, 0.01, 0.02])).toBe('reset');
    expect(changes([100.01, 12.5, 12.5, 12.5])).toBe('level');
    expect(changes([100.01, 900, 900, 900, 900, 900])).toBe('jump');
    expect(changes([100.01, 0, 0, 0, 100.02])).toBe('back');
  });

  it('allows after a gap what can have flowed in it', () => {
    const counter = createCounter();
    counter.feed(100.01, 0);
    expect(counter.feed(100.01 + RATE * 23, 24 * HOUR)).toBeCloseTo(100.01 + RATE * 23);
    expect(counter.feed(100.01 + RATE * 60, 24 * HOUR + MINUTE)).toBeUndefined();
  });

  it('takes a counter that stands still beside fresh power and then catches up', () => {
    const counter = createCounter({ highestRate: 4, intervalMs: 10_000 });
    for (let at = 0; at <= 5 * MINUTE; at += 10_000) counter.feed(7.25, at);
    expect(counter.feed(7.5, 5 * MINUTE + 10_000)).toBe(7.5);
    expect(counter.feed(9.5, 5 * MINUTE + 20_000)).toBeUndefined();
  });

  it('takes a clock that was set back for one interval', () => {
    const counter = createCounter();
    counter.feed(100.01, 1e9);
    expect(counter.feed(100.11, 0)).toBe(100.11);
    expect(counter.feed(900.11, -MINUTE)).toBeUndefined();
  });

  it('passes every honest meter untouched, whatever its step and its load', () => {
    const stretch = fc.record({
      gapMinutes: fc.integer({ min: 1, max: 500 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    const start = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 0.1, 0.01, 0.001),
        start,
        fc.array(stretch),
        (step, first, stretches) => {
          const counter = createCounter();
          let energy = first;
          let atMs = 0;
          const read = () => Number((Math.floor(energy / step) * step).toFixed(3));
          expect(counter.feed(read(), atMs)).toBe(read());
          for (const { gapMinutes, share } of stretches) {
            atMs += gapMinutes * MINUTE;
            energy += (RATE * share * gapMinutes) / 60;
            expect(counter.feed(read(), atMs)).toBe(read());
          }
        },
      ),
    );
  });

  it('never falls, and never gains more than a load could draw, whatever the device says', () => {
    const value = fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: 0, max: 500 }), fc.constant(100.5));
    const resets = fc.constantFrom(undefined, 'at-boot' as const, 'daily' as const, 'monthly' as const);
    const gapMinutes = fc.integer({ min: 1, max: 3000 });
    fc.assert(
      fc.property(resets, fc.array(fc.tuple(value, gapMinutes)), (kind, values) => {
        const counter = createCounter(kind === undefined ? {} : { resets: kind });
        let last: { readonly total: number; readonly at: number } | undefined;
        let at = 0;
        for (const [each, minutes] of values) {
          at += minutes * MINUTE;
          const total = counter.feed(each, at);
          if (total === undefined) continue;
          if (last !== undefined) {
            expect(total).toBeGreaterThanOrEqual(last.total);
            // One interval and the standstill of ten minutes on top; two steps of the display; a float's digits.
            const most = (RATE * (at - last.at + 11 * MINUTE)) / HOUR + 2 + Math.abs(total) * 1e-6;
            expect(total - last.total).toBeLessThanOrEqual(most);
          }
          last = { total, at };
        }
      }),
      { numRuns: 1000 },
    );
  });
});
