import { createCalendar } from '../../../src/pipeline/calendar.ts';
import type { CounterRules } from '../../../src/pipeline/counter-guard.ts';
import type { CounterRecord } from '../../../src/pipeline/counter-memory.ts';
import { OwnCounter } from '../../../src/pipeline/own-counter.ts';

/** 40 A at 230 V, one line: about 17 kW at most, 0.29 kWh a minute. */
export const RATE = (40 * 1.45 * 230 * 1.3) / 1000;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export type Fed = ReturnType<typeof createCounter>;

/** A counter with its record, as the stage keeps it. */
export function createCounter(rules: Partial<CounterRules> = {}, known?: CounterRecord) {
  const calendar = createCalendar('Europe/Berlin');
  const counter = new OwnCounter({ highestRate: RATE, intervalMs: MINUTE, calendar, ...rules });
  let record = known;
  return {
    get record() {
      return record;
    },
    replace(next: CounterRecord | undefined) {
      record = next;
    },
    /** What is published; undefined where the value is rejected. */
    feed(value: number, atMs: number): number | undefined {
      const step = counter.step(record, value, atMs);
      if (step.kind === 'rejected') return undefined;
      record = step.record;
      return record.published;
    },
    change(value: number, atMs: number): string | undefined {
      const step = counter.step(record, value, atMs);
      if (step.kind === 'rejected') return 'rejected';
      record = step.record;
      return step.change;
    },
  };
}

/** Feeds a value a minute; what was published, or a dot for what was not. */
export function published(values: readonly number[], rules: Partial<CounterRules> = {}): string {
  const counter = createCounter(rules);
  return values.map((value, i) => String(counter.feed(value, i * MINUTE) ?? '.')).join(' ');
}
