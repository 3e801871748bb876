import type { Calendar, Period } from './calendar.ts';

/** What becomes of one value of a device's own counter. */
export type CounterVerdict =
  | { readonly kind: 'accepted' }
  /** The counter goes on from another level; `offset` is what is to be added to it from now on. */
  | { readonly kind: 'new-level'; readonly change: LevelChange; readonly offset: number }
  | { readonly kind: 'rejected'; readonly reason: string };

/**
 * - `restart`: a daily or monthly counter began its new period
 * - `reset`: it began again at 0; what it has counted since is energy
 * - `level`, `jump`: it stands lower or higher than any reset or load explains; that is no energy
 * - `back`: the change before was none; the former level goes on
 */
export type LevelChange = 'restart' | 'reset' | 'level' | 'jump' | 'back';

export interface CounterRules {
  /** Most it can gain, in the unit of the counter, per hour. */
  readonly highestRate: number;
  readonly intervalMs: number;
  readonly resets?: 'daily' | 'monthly' | 'at-boot';
  readonly calendar: Calendar;
}

/** The value that was believed last. */
export interface CounterLevel {
  readonly raw: number;
  readonly offset: number;
  readonly at: number;
}

/** Samples that must agree before a fall counts as a true reset of the meter. */
const CONFIRM_RESET = 3;
/** ... and before a rise that no load can explain is believed (a replaced meter, a corrected register). */
const CONFIRM_JUMP = 5;
/** A counter that only trembles by its last digit is not a reset. */
const TREMBLE_STEPS = 2;
/** ... and one that begins at 0 with each boot is often small when it does. */
const TREMBLE_STEPS_AT_BOOT = 1;
/** kWh; what lies beyond is no counter but damage, and would leave no digits for what follows. */
export const MOST_ENERGY = 1e9;
const MS_PER_HOUR = 3_600_000;
// Counters that the meter holds as 32-bit floats lose digits as they grow.
const FLOAT32_NOISE = 2.4e-7;
/** Plugs and bridges repeat an old counter for minutes beside fresh power; the next value catches up. */
const STANDSTILL_MS = 10 * 60_000;
/** How far the clock of a device that restarts at midnight may be off. */
const CLOCK_GRACE_MS = 15 * 60_000;
/** So long after midnight even a device whose clock is off has restarted, though nobody saw it. */
const UNSEEN_RESTART_MS = MS_PER_HOUR;
/** How long after a change of level the former one is recognised. */
const FORMER_MS = MS_PER_HOUR;
/** In the first samples after a change, what fits the former level and the new one belongs to the former. */
const FORMER_FIRST_SAMPLES = 2;

interface Point {
  readonly value: number;
  readonly atMs: number;
  /** Since when it has stood at this value. */
  readonly movedMs: number;
}

/**
 * Guards one counter of a device. A value is accepted when it is not below the last one and not further above
 * than the highest rate allows in the time between; the first value is taken as it is. It remembers only what
 * helps to decide the next values; the level itself is the caller's.
 */
export class CounterGuard {
  #candidate: { readonly first: Point; readonly last: Point; readonly count: number } | undefined;
  #former: { readonly level: CounterLevel; samples: number } | undefined;
  #movedMs: number | undefined;
  /** Smallest step seen in its values: 1 to 0.001; coarse counters move in leaps. */
  #step = 1;

  constructor(private readonly rules: CounterRules) {}

  judge(last: CounterLevel | undefined, value: number, atMs: number): CounterVerdict {
    const reason = impossible(value);
    if (reason !== undefined) return { kind: 'rejected', reason };
    if (last === undefined) return this.#accept(value, atMs, undefined);
    this.#step = Math.min(this.#step, stepOf(last.raw));
    if (this.#isFormer(last, value, atMs)) return this.#goBack(last, value, atMs);
    if (this.#isRestart(last, value, atMs)) return this.#change('restart', last, total(last), value, atMs);
    const from = { value: last.raw, atMs: last.at, movedMs: this.#movedMs ?? last.at };
    if (this.#isPlausibleRise(from, value, atMs)) return this.#accept(value, atMs, last);
    if (value >= last.raw) return this.#suspect(last, value, atMs, CONFIRM_JUMP);
    if (last.raw - value <= this.#tremble(last.raw, value)) {
      this.#candidate = undefined;
      return { kind: 'rejected', reason: `fell back from ${last.raw}` };
    }
    // A device that is known to begin at 0 with each boot needs no proof, and one that boots more often than
    // three samples would never be believed. If it was none, the next value is back at the former level.
    if (this.rules.resets === 'at-boot' && this.#isGainable(value, last.at, atMs))
      return this.#change('reset', last, total(last), value, atMs);
    return this.#suspect(last, value, atMs, CONFIRM_RESET);
  }

  #tremble(from: number, value: number): number {
    const steps = this.rules.resets === 'at-boot' ? TREMBLE_STEPS_AT_BOOT : TREMBLE_STEPS;
    return steps * this.#stepAt(value) * (1 + 1e-6) + from * FLOAT32_NOISE;
  }

  #suspect(last: CounterLevel, value: number, atMs: number, enough: number): CounterVerdict {
    const isFall = value < last.raw;
    const before = this.#candidate;
    const isSameLevel =
      before !== undefined &&
      before.first.value < last.raw === isFall &&
      this.#isPlausibleRise(before.last, value, atMs);
    const movedMs = isSameLevel && before.last.value === value ? before.last.movedMs : atMs;
    const point = { value, atMs, movedMs };
    const candidate = isSameLevel
      ? { first: before.first, last: point, count: before.count + 1 }
      : { first: point, last: point, count: 1 };
    this.#candidate = candidate;
    if (candidate.count >= enough) {
      const { first } = candidate;
      const isReset = isFall && this.#isGainable(first.value, last.at, first.atMs);
      const change = isReset ? 'reset' : isFall ? 'level' : 'jump';
      // What it has gained since the first of the agreeing values was drawn by somebody.
      return this.#change(change, last, total(last) - (isReset ? 0 : first.value), value, atMs);
    }
    const how = isFall ? `fell from ${last.raw}` : `rose from ${last.raw} faster than any load can draw`;
    return { kind: 'rejected', reason: how };
  }

  #accept(value: number, atMs: number, last: CounterLevel | undefined): CounterVerdict {
    if (last?.raw !== value) this.#movedMs = atMs;
    this.#candidate = undefined;
    this.#step = Math.min(this.#step, stepOf(value));
    if (this.#former !== undefined) this.#former.samples += 1;
    return { kind: 'accepted' };
  }

  #change(change: LevelChange, last: CounterLevel, offset: number, value: number, atMs: number) {
    this.#accept(value, atMs, undefined);
    this.#former = { level: last, samples: 0 };
    return { kind: 'new-level', change, offset } as const;
  }

  #goBack(last: CounterLevel, value: number, atMs: number): CounterVerdict {
    const offset = this.#former?.level.offset ?? last.offset;
    this.#accept(value, atMs, undefined);
    this.#former = undefined;
    return { kind: 'new-level', change: 'back', offset };
  }

  // A meter that showed zeros for a while goes on where it was; without this the energy between would be lost,
  // and the display never be matched again. It must come out above what has been published.
  #isFormer(last: CounterLevel, value: number, atMs: number): boolean {
    const former = this.#former;
    if (former === undefined || Math.abs(atMs - former.level.at) > FORMER_MS) return false;
    const { level } = former;
    if (value + level.offset < total(last) - 1e-9) return false;
    if (!this.#isPlausibleRise({ value: level.raw, atMs: level.at, movedMs: level.at }, value, atMs))
      return false;
    const current = { value: last.raw, atMs: last.at, movedMs: last.at };
    return former.samples < FORMER_FIRST_SAMPLES || !this.#isPlausibleRise(current, value, atMs);
  }

  // By date, not by the fall alone: after days without the gateway the new value may well be the higher one.
  #isRestart(last: CounterLevel, value: number, atMs: number): boolean {
    const { resets, calendar } = this.rules;
    if (resets !== 'daily' && resets !== 'monthly') return false;
    const period = calendar(resets, atMs);
    const isNewPeriod = last.at < period.startMs;
    // The very same value is that of a device that has not been heard since.
    if (value === last.raw) return false;
    if (value > last.raw) {
      const sinceMs = atMs - period.startMs;
      return isNewPeriod && sinceMs > UNSEEN_RESTART_MS && this.#isGainable(value, period.startMs, atMs);
    }
    if (!isNewPeriod && distanceToEdge(period, atMs) > CLOCK_GRACE_MS) return false;
    const earliest = isNewPeriod ? Math.max(last.at, period.startMs - CLOCK_GRACE_MS) : last.at;
    return this.#isGainable(value, earliest, atMs);
  }

  /** Whether a counter that began at 0 not before `fromMs` can have come so far. */
  #isGainable(value: number, fromMs: number, atMs: number): boolean {
    return value <= this.#mostGain(fromMs, atMs) + this.#stepAt(value);
  }

  #isPlausibleRise(from: Point, value: number, atMs: number): boolean {
    const rise = value - from.value;
    if (rise < 0) return false;
    const sinceMs = Math.min(from.atMs, Math.max(from.movedMs, from.atMs - STANDSTILL_MS));
    return rise <= this.#mostGain(sinceMs, atMs) + this.#stepAt(value) + Math.abs(value) * FLOAT32_NOISE;
  }

  // The digits of the value itself say something of the step, even before it is believed.
  #stepAt(value: number): number {
    return Math.min(this.#step, stepOf(value));
  }

  // The clock may have been set back, and the meter updates its register when it likes: one interval more
  // than the time between is always allowed.
  #mostGain(fromMs: number, toMs: number): number {
    const hours = (Math.max(0, toMs - fromMs) + this.rules.intervalMs) / MS_PER_HOUR;
    return this.rules.highestRate * hours;
  }
}

/** Why no counter can show this value; undefined where it can. */
export function impossible(value: number): string | undefined {
  if (!Number.isFinite(value)) return 'not a finite number';
  if (value < 0) return 'an energy counter is never negative';
  return value > MOST_ENERGY ? 'no counter comes so far' : undefined;
}

function total(level: CounterLevel): number {
  return level.raw + level.offset;
}

function distanceToEdge(period: Period, atMs: number): number {
  return Math.min(atMs - period.startMs, period.endMs - atMs);
}

function stepOf(value: number): number {
  for (const step of [1, 0.1, 0.01]) {
    const steps = value / step;
    if (Math.abs(steps - Math.round(steps)) < Math.max(1e-6, Math.abs(steps) * FLOAT32_NOISE)) return step;
  }
  return 0.001;
}
