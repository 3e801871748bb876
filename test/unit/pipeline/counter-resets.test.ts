import { describe, expect, it } from 'vitest';
import { createCalendar } from '../../../src/pipeline/calendar.ts';
import { createCounter, HOUR, MINUTE, published } from './counting.ts';

/** A plug of 16 A. */
const PLUG = { highestRate: 4 } as const;
const at = (text: string) => Date.parse(text);

describe('counter that begins at 0 with each boot', () => {
  const rules = { ...PLUG, resets: 'at-boot' } as const;

  it('goes on with the first value after a boot, and keeps what was counted since', () => {
    expect(published([5.4, 5.42, 0.01, 0.03], rules)).toBe('5.4 5.42 5.43 5.45');
  });

  it('counts the energy of each of many boots, even where no three samples agree', () => {
    expect(published([5.4, 0.03, 0.06, 0.01, 0.04, 0.02], rules)).toBe('5.4 5.43 5.46 5.47 5.5 5.52');
  });

  it('takes a single zero back without inventing energy', () => {
    expect(published([5.4, 0, 5.41, 5.42], rules)).toBe('5.4 5.4 5.41 5.42');
  });

  it('waits where the new value is more than it can have counted since', () => {
    expect(published([5.4, 3.1, 3.1, 3.12], rules)).toBe('5.4 . . 5.42');
  });
});

describe('daily counter', () => {
  const daily = () => createCounter({ ...PLUG, resets: 'daily' });

  it('goes on over midnight, at once', () => {
    const counter = daily();
    counter.feed(3.2, at('2026-06-10T23:59:40+02:00'));
    expect(counter.change(0.01, at('2026-06-11T00:00:20+02:00'))).toBe('restart');
    expect(counter.feed(0.05, at('2026-06-11T00:01:20+02:00'))).toBeCloseTo(3.25, 9);
  });

  it('waits for the fall of a device whose clock is behind or ahead', () => {
    const behind = daily();
    behind.feed(3.2, at('2026-06-10T23:59:40+02:00'));
    expect(behind.feed(3.21, at('2026-06-11T00:00:40+02:00'))).toBe(3.21);
    expect(behind.feed(0, at('2026-06-11T00:05:40+02:00'))).toBe(3.21);
    expect(behind.feed(0.02, at('2026-06-11T00:06:40+02:00'))).toBeCloseTo(3.23, 9);
    const ahead = daily();
    ahead.feed(3.2, at('2026-06-10T23:57:00+02:00'));
    expect(ahead.feed(0.01, at('2026-06-10T23:58:00+02:00'))).toBeCloseTo(3.21, 9);
    expect(ahead.feed(0.04, at('2026-06-11T00:00:30+02:00'))).toBeCloseTo(3.24, 9);
  });

  it('takes a higher value after a day away for what it is: the energy of the new day', () => {
    const counter = daily();
    counter.feed(1.5, at('2026-06-10T20:00:00+02:00'));
    expect(counter.feed(2.5, at('2026-06-12T18:00:00+02:00'))).toBe(4);
  });

  it('takes the very same value after a day away for one that nobody has renewed', () => {
    const counter = daily();
    counter.feed(1.5, at('2026-06-10T20:00:00+02:00'));
    expect(counter.feed(1.5, at('2026-06-12T18:00:00+02:00'))).toBe(1.5);
  });

  it('is no daily counter where its level says so, whatever was configured', () => {
    const counter = daily();
    counter.feed(812.5, at('2026-06-10T20:00:00+02:00'));
    expect(counter.feed(813.5, at('2026-06-11T10:00:00+02:00'))).toBe(813.5);
  });

  it('needs three samples for a fall at noon', () => {
    const counter = daily();
    const noon = at('2026-06-10T12:00:00+02:00');
    expect([3.2, 0, 0.01, 0.02].map((value, i) => counter.feed(value, noon + i * MINUTE))).toEqual([
      3.2,
      undefined,
      undefined,
      3.22,
    ]);
  });
});

describe('monthly counter', () => {
  it('goes on over the end of the month and not over that of a day', () => {
    const counter = createCounter({ ...PLUG, resets: 'monthly' });
    counter.feed(80.5, at('2026-06-30T23:59:30+02:00'));
    expect(counter.change(0.02, at('2026-07-01T00:00:30+02:00'))).toBe('restart');
    counter.feed(1.5, at('2026-07-01T20:00:00+02:00'));
    expect(counter.feed(2.5, at('2026-07-02T20:00:00+02:00'))).toBe(83);
    expect(counter.feed(40, at('2026-08-10T20:00:00+02:00'))).toBe(123);
  });
});

describe('device that was swapped', () => {
  it('goes on from what was published, whatever the new one shows', () => {
    const counter = createCounter(PLUG);
    counter.feed(310.2, 0);
    for (const other of [5000, 0, 310.25]) {
      const { record } = counter;
      const before = record?.published ?? Number.NaN;
      counter.replace(record && { ...record, rebase: true });
      expect(counter.change(other, HOUR)).toBe('swap');
      expect(counter.record?.published).toBe(before);
      expect(counter.feed(other + 0.1, HOUR + 10 * MINUTE)).toBeCloseTo(before + 0.1, 6);
      counter.replace(counter.record && { ...counter.record, at: 0 });
    }
  });
});

describe('calendar', () => {
  const daysOf = (year: number, month: number, day: number, zone: string) => {
    const noon = Date.UTC(year, month - 1, day, 12);
    const { startMs, endMs } = createCalendar(zone)('daily', noon);
    return [new Date(startMs).toISOString(), (endMs - startMs) / HOUR];
  };

  it('knows the days on which the clock is changed', () => {
    expect(daysOf(2026, 3, 29, 'Europe/Berlin')).toEqual(['2026-03-28T23:00:00.000Z', 23]);
    expect(daysOf(2026, 10, 25, 'Europe/Berlin')).toEqual(['2026-10-24T22:00:00.000Z', 25]);
    expect(daysOf(2026, 12, 31, 'Europe/Berlin')).toEqual(['2026-12-30T23:00:00.000Z', 24]);
    expect(daysOf(2026, 6, 10, 'America/St_Johns')).toEqual(['2026-06-10T02:30:00.000Z', 24]);
  });

  it('covers a year without a gap', () => {
    for (const kind of ['daily', 'monthly'] as const) {
      const calendar = createCalendar('Europe/Berlin');
      let end = calendar(kind, at('2026-01-01T00:00:00+01:00')).endMs;
      for (let i = 0; i < 400; i++) {
        const next = calendar(kind, end);
        expect(next.startMs).toBe(end);
        expect(calendar(kind, next.endMs - 1)).toEqual(next);
        end = next.endMs;
      }
    }
  });
});
