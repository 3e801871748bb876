export type DerivedCode = 'p' | 'q';

/** One sample of a term: its power, its reactive power where it has any, and when they were measured. */
interface TermPoint {
  readonly at: number;
  readonly p: number;
  readonly q: number | undefined;
  /** The device was gone between the point before and this one: nothing is known of the time between them. */
  readonly isAfterGap: boolean;
}

/** The time between two samples of a term that follow one another. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What a term was at a moment, as far as its samples before and after it tell. */
export interface TermValue {
  /** On the straight line between the two samples. */
  readonly value: number;
  /** The difference between the two: nobody knows when between them it changed. */
  readonly difference: number;
  /** What the line is off where the whole difference came at once, right beside the nearer sample. */
  readonly bend: number;
  /** The largest difference between neighbours among these two samples and three before; infinite without them. */
  readonly unrest: number;
  /** The smallest difference that the device can tell, as far as is known. */
  readonly resolution: number;
  /** Undefined where there is a sample at the very moment. */
  readonly gap: Gap | undefined;
}

// A device that tells of each change keeps no more than this many samples for moments that may still come.
const MAX_POINTS = 1000;
/** Samples up to a moment that tell whether a load is steady, or changes faster than it is measured. */
const STEADY_POINTS = 4;
/** W or var; a device that has said nothing but 0 may tell whole ones only, and hides no more than this behind it. */
const HIDDEN = 0.5;
const FINEST = 0.0015; // 0.001 is the last, however it was divided

/** The samples of one term around the moments that still wait for it; asked for rising moments only. */
export class DerivedTerm {
  #points: TermPoint[] = [];
  /** Index of the newest point at or before the moment asked for last. */
  #cursor = 0;
  #isGapDue = false;
  /** The smallest difference that the device can tell, as far as is known. */
  readonly #resolution = { p: HIDDEN, q: HIDDEN };

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
    const resolution = this.#resolution[code];
    if (before.at === moment)
      return { value: first, difference: 0, bend: 0, unrest: 0, resolution, gap: undefined };
    const after = this.#points[this.#cursor + 1];
    const second = after?.[code];
    if (after === undefined || second === undefined) return undefined;
    const share = (moment - before.at) / (after.at - before.at);
    const difference = Math.abs(second - first);
    return {
      value: first + (second - first) * share,
      difference,
      bend: Math.min(share, 1 - share) * difference,
      unrest: this.#unrest(code),
      resolution,
      gap: { from: before.at, to: after.at },
    };
  }

  #unrest(code: DerivedCode): number {
    let largest = 0;
    for (let index = this.#cursor + 1 - STEADY_POINTS; index <= this.#cursor; index++) {
      const value = this.#points[index]?.[code];
      const next = this.#points[index + 1]?.[code];
      if (value === undefined || next === undefined) return Number.POSITIVE_INFINITY;
      largest = Math.max(largest, Math.abs(next - value));
    }
    return largest;
  }

  // Whole numbers until it says another: half a step is hidden, at each of its samples alike.
  #learnResolution(code: DerivedCode, value: number): void {
    if (value === 0) return;
    if (this.#resolution[code] === HIDDEN) this.#resolution[code] = 1;
    while (this.#resolution[code] > FINEST) {
      const steps = value / this.#resolution[code];
      if (Math.abs(steps - Math.round(steps)) < 1e-6) return;
      this.#resolution[code] /= 10;
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
