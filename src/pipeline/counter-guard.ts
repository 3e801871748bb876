/** What becomes of one value of a counter. */
export type CounterVerdict =
  | { readonly kind: 'accepted' }
  /** The new level was confirmed; the counter goes on from it. */
  | { readonly kind: 'new-level'; readonly change: 'reset' | 'jump'; readonly from: number }
  | { readonly kind: 'rejected'; readonly reason: string };

/** Samples that must agree before a fall counts as a true reset of the meter. */
const CONFIRM_RESET = 3;
/** ... and before a rise that no load can explain is believed (a replaced meter, a corrected register). */
const CONFIRM_JUMP = 5;
/** A counter that only trembles by its last digit is not a reset. */
const TREMBLE_STEPS = 2;
const MS_PER_HOUR = 3_600_000;
// Counters that the meter holds as 32-bit floats lose digits as they grow.
const FLOAT32_NOISE = 2.4e-7;

interface Level {
  readonly value: number;
  readonly atMs: number;
}

/**
 * Guards one energy counter. A value is accepted when it is not below the last accepted one and not further
 * above than the highest rate allows in the time between. The first value is taken as it is.
 */
export class CounterGuard {
  #accepted: Level | undefined;
  #candidate: (Level & { readonly count: number }) | undefined;
  /** Smallest step seen in its values: 1, 0.1 or 0.01; coarse counters move in leaps. */
  #step = 1;

  constructor(
    /** In the unit of the counter, per hour. */
    private readonly highestRate: number,
    private readonly intervalMs: number,
  ) {}

  judge(value: number, atMs: number): CounterVerdict {
    if (value < 0) return { kind: 'rejected', reason: 'an energy counter is never negative' };
    const last = this.#accepted;
    if (last === undefined || this.#isPlausibleRise(last, value, atMs)) {
      this.#accept(value, atMs);
      return { kind: 'accepted' };
    }
    const isFall = value < last.value;
    if (isFall && last.value - value <= TREMBLE_STEPS * this.#step * (1 + 1e-6)) {
      this.#candidate = undefined;
      return { kind: 'rejected', reason: `fell back from ${last.value}` };
    }
    const before = this.#candidate;
    const isSameLevel =
      before !== undefined &&
      before.value < last.value === isFall &&
      this.#isPlausibleRise(before, value, atMs);
    const count = isSameLevel ? before.count + 1 : 1;
    this.#candidate = { value, atMs, count };
    if (count >= (isFall ? CONFIRM_RESET : CONFIRM_JUMP)) {
      this.#accept(value, atMs);
      return { kind: 'new-level', change: isFall ? 'reset' : 'jump', from: last.value };
    }
    return {
      kind: 'rejected',
      reason: isFall ? `fell from ${last.value}` : `rose from ${last.value} faster than any load can draw`,
    };
  }

  #accept(value: number, atMs: number): void {
    this.#accepted = { value, atMs };
    this.#candidate = undefined;
    this.#step = Math.min(this.#step, stepOf(value));
  }

  // The clock may have been set back, and the meter updates its register when it likes: one interval more
  // than the time between, and one step of its display, are always allowed.
  #isPlausibleRise(from: Level, value: number, atMs: number): boolean {
    const noise = Math.abs(value) * FLOAT32_NOISE;
    const rise = value - from.value;
    if (rise < 0) return false;
    const hours = (Math.max(0, atMs - from.atMs) + this.intervalMs) / MS_PER_HOUR;
    return rise <= this.highestRate * hours + this.#step + noise;
  }
}

function stepOf(value: number): number {
  for (const step of [1, 0.1]) {
    const steps = value / step;
    if (Math.abs(steps - Math.round(steps)) < Math.max(1e-6, Math.abs(steps) * FLOAT32_NOISE)) return step;
  }
  return 0.01;
}
