import {
  CounterGuard,
  type CounterRules,
  type CounterVerdict,
  impossible,
  type LevelChange,
} from './counter-guard.ts';
import type { CounterRecord } from './counter-memory.ts';

/** What one value of a device's own counter comes to. */
export type CounterStep =
  | { readonly kind: 'rejected'; readonly reason: string }
  | {
      readonly kind: 'counted';
      readonly record: CounterRecord;
      /** Set where the counter goes on from another level. */
      readonly change?: LevelChange | 'swap';
    };

/** A sum counted here that is younger than this gives way to the device's own counter, once that is known. */
const STAND_IN_MS = 10 * 60_000;

/** One counter of a device: turns what the device says into what is published, which never falls. */
export class OwnCounter {
  #guard: CounterGuard;
  #lastRecord: CounterRecord | undefined;

  constructor(private readonly rules: CounterRules) {
    this.#guard = new CounterGuard(rules);
  }

  /** Takes the next value; `known` is what is remembered, which people may have changed since the last call. */
  step(known: CounterRecord | undefined, value: number, atMs: number): CounterStep {
    if (known !== this.#lastRecord) this.#guard = new CounterGuard(this.rules);
    const before = known?.origin === 'integrated' ? afterSum(known, atMs) : known;
    if (before?.rebase === true) {
      const reason = impossible(value);
      if (reason !== undefined) return { kind: 'rejected', reason };
      this.#guard = new CounterGuard(this.rules);
      const offset = before.raw + before.offset - value;
      return this.#counted(moved(before, value, atMs, offset), 'swap');
    }
    const verdict = this.#guard.judge(before, value, atMs);
    if (verdict.kind === 'rejected') {
      this.#lastRecord = known;
      return verdict;
    }
    if (before === undefined) {
      const published = Math.max(value, known?.published ?? 0);
      const first = { raw: value, offset: 0, published, at: atMs, since: atMs, resets: 0 };
      return this.#counted(first);
    }
    return this.#next(before, verdict, value, atMs);
  }

  #next(
    before: CounterRecord,
    verdict: Exclude<CounterVerdict, { kind: 'rejected' }>,
    value: number,
    atMs: number,
  ): CounterStep {
    if (verdict.kind === 'new-level') {
      const record = moved(before, value, atMs, verdict.offset);
      const resets = verdict.change === 'back' ? Math.max(0, before.resets - 1) : record.resets;
      return this.#counted({ ...record, resets }, verdict.change);
    }
    // The device has counted on from what a killed run knew: its own figure is right, whatever was published.
    const { mayHavePublished: _, ...rest } = before;
    const published = Math.max(before.published, sum(value, before.offset));
    return this.#counted({ ...rest, raw: value, at: atMs, published });
  }

  #counted(record: CounterRecord, change?: LevelChange | 'swap'): CounterStep {
    this.#lastRecord = record;
    return change === undefined ? { kind: 'counted', record } : { kind: 'counted', record, change };
  }
}

// What has a level of its own goes on from the sum, as after a swap, unless the sum has hardly begun.
function afterSum(known: CounterRecord, atMs: number): CounterRecord | undefined {
  if (Math.abs(atMs - known.since) < STAND_IN_MS) return undefined;
  const { origin: _, ...rest } = known;
  return { ...rest, rebase: true };
}

function moved(before: CounterRecord, value: number, atMs: number, offset: number): CounterRecord {
  const { rebase: _, mayHavePublished = 0, ...rest } = before;
  const exact = roundEnergy(offset);
  const published = Math.max(before.published, mayHavePublished, sum(value, exact));
  return { ...rest, raw: value, offset: exact, at: atMs, published, resets: before.resets + 1 };
}

/** A counter without offset is shown exactly as the device gave it. */
export function sum(raw: number, offset: number): number {
  return offset === 0 ? raw : roundEnergy(raw + offset);
}

// A thousandth of the last digit that is printed: sums of binary fractions leave dust behind it.
function roundEnergy(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
