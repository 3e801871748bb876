export type DerivedCode = 'p' | 'q';

/** One sample of a term: its power, its reactive power where it has any, and when they were measured. */
interface TermPoint {
  readonly at: number;
  readonly p: number;
  readonly q: number | undefined;
  /** The device was gone between the point before and this one: nothing is known of the time between them. */
  readonly isAfterGap: boolean;
}

/** What a term was at a moment, as far as its samples before and after it tell. */
export interface TermValue {
  /** On the straight line between the two samples. */
  readonly value: number;
  /** The difference between the two: nobody knows when between them it changed. */
  readonly difference: number;
  /** What the line is off where the whole difference came at once, right beside the nearer sample. */
  readonly bend: number;
  /** Between the highest and the lowest of these two and five before; infinite while there are not so many. */
  readonly spread: number;
  /** The smallest difference that the device can tell, as far as is known. */
  readonly resolution: number;
}

// A device that tells of each change keeps no more than this many samples for moments that may still come.
const MAX_POINTS = 1000;
/** Samples before a moment that tell whether a load is steady, or switches faster than it is measured. */
const STEADY_POINTS = 6;
const MAX_DECIMALS = 3;

/** The samples of one term around the moments that still wait for it; asked for rising moments only. */
export class DerivedTerm {
  #points: TermPoint[] = [];
  /** Index of the newest point at or before the moment asked for last. */
  #cursor = 0;
  #isGapDue = false;
  readonly #decimals = { p: 0, q: 0 };

  constructor(
    readonly deviceId: string,
    readonly sign: 1 | -1,
    /** ms; samples further apart than this say nothing about the time between them. */
    public freshMs: number,
  ) {}

  /** Whether a moment still waits for a sample of this term. */
  isBehind(moment: number): boolean {
    const latest = this.#points.at(-1);
    return latest === undefined || latest.at < moment;
  }

  /** False for a sample that is not newer than the last. */
  add(at: number, p: number, q: number | undefined): boolean {
    const latest = this.#points.at(-1);
    if (latest !== undefined && latest.at >= at) return false;
    this.#points.push({ at, p, q, isAfterGap: this.#isGapDue });
    this.#isGapDue = false;
    this.#learnResolution('p', p);
    if (q !== undefined) this.#learnResolution('q', q);
    if (this.#points.length - this.#cursor > MAX_POINTS) this.#cursor += 1;
    this.#trim();
    return true;
  }

  /** The device has gone: what comes next has nothing to do with what was. */
  breakOff(): void {
    this.#isGapDue = this.#points.length > 0;
  }

  /** Moves on to a moment; false where the samples around it are missing or too far apart. */
  seek(moment: number): boolean {
    while ((this.#points[this.#cursor + 1]?.at ?? Number.POSITIVE_INFINITY) <= moment) this.#cursor += 1;
    this.#trim();
    const before = this.#points[this.#cursor];
    if (before === undefined || before.at > moment) return false;
    if (before.at === moment) return true;
    const after = this.#points[this.#cursor + 1];
    return after !== undefined && !after.isAfterGap && after.at - before.at <= this.freshMs;
  }

  /** The term at the moment of the last `seek`, which was true; undefined where it has no such quantity. */
  valueAt(moment: number, code: DerivedCode): TermValue | undefined {
    const before = this.#points[this.#cursor];
    const first = before?.[code];
    if (before === undefined || first === undefined) return undefined;
    if (before.at === moment) return { value: first, difference: 0, bend: 0, spread: 0, resolution: 0 };
    const after = this.#points[this.#cursor + 1];
    const second = after?.[code];
    if (after === undefined || second === undefined) return undefined;
    const share = (moment - before.at) / (after.at - before.at);
    const difference = Math.abs(second - first);
    return {
      value: first + (second - first) * share,
      difference,
      bend: Math.min(share, 1 - share) * difference,
      spread: this.#spread(code),
      resolution: 10 ** -this.#decimals[code],
    };
  }

  #spread(code: DerivedCode): number {
    const from = this.#cursor + 1 - STEADY_POINTS;
    let lowest = Number.POSITIVE_INFINITY;
    let highest = Number.NEGATIVE_INFINITY;
    for (let index = from; index <= this.#cursor + 1; index++) {
      const value = this.#points[index]?.[code];
      if (value === undefined) return Number.POSITIVE_INFINITY;
      lowest = Math.min(lowest, value);
      highest = Math.max(highest, value);
    }
    return highest - lowest;
  }

  // A plug that says whole watts only hides up to half of one, at each of its samples alike.
  #learnResolution(code: DerivedCode, value: number): void {
    while (this.#decimals[code] < MAX_DECIMALS) {
      const scaled = value * 10 ** this.#decimals[code];
      if (Math.abs(scaled - Math.round(scaled)) < 1e-6) return;
      this.#decimals[code] += 1;
    }
  }

  // Cut off in large pieces, so that a sample costs the same however many wait.
  #trim(): void {
    const useless = this.#cursor - STEADY_POINTS;
    if (useless < 64 || useless * 2 < this.#points.length) return;
    this.#points = this.#points.slice(useless);
    this.#cursor -= useless;
  }
}
