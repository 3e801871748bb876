/**
 * Whole cycles of the mains in a block of samples:
 *
 *      v   .-.     .-.     .-.          x marks where the voltage rises through its mean, between two samples
 *      ---x---\---x---\---x---\--->     (a straight line lies between them); cycles run from x to x.
 *         first           last
 */
export interface Cycles {
  /** Fractions of samples. */
  readonly first: number;
  readonly last: number;
  readonly count: number;
  /** Mean of the voltage over these cycles, in steps. */
  readonly mean: number;
}

/** Below this share of the rms a wobble around zero is noise, and no new cycle. */
const HYSTERESIS = 0.1;
/** A cycle that differs by more from the others is no cycle of the mains. */
const MAX_UNEVENNESS = 0.1;

/**
 * Finds the cycles of a voltage that begin at `margin` samples or later and end as far before the end; undefined
 * where there is none, or where they are not even (noise of an unplugged transformer).
 */
export function findCycles(voltage: Float64Array, margin: number): Cycles | undefined {
  let mean = weightedMean(voltage, 0, voltage.length - 1);
  let found: Cycles | undefined;
  // The mean of a block that is cut anywhere is not that of its cycles: twice is exact enough.
  for (let round = 0; round < 3; round++) {
    const crossings = risingCrossings(voltage, mean).filter(
      (at) => at >= margin && at <= voltage.length - 1 - margin,
    );
    const [first] = crossings;
    const last = crossings.at(-1);
    if (first === undefined || last === undefined || last <= first || !areEven(crossings)) return undefined;
    mean = weightedMean(voltage, first, last);
    found = { first, last, count: crossings.length - 1, mean };
  }
  return found;
}

function risingCrossings(samples: Float64Array, mean: number): number[] {
  let squares = 0;
  for (const sample of samples) squares += (sample - mean) ** 2;
  const low = -HYSTERESIS * Math.sqrt(squares / samples.length);
  const crossings: number[] = [];
  let hasBeenLow = false;
  let lastRise = Number.NaN;
  for (let index = 1; index < samples.length; index++) {
    const before = (samples[index - 1] ?? 0) - mean;
    const value = (samples[index] ?? 0) - mean;
    if (value < low) hasBeenLow = true;
    if (before < 0 && value >= 0) lastRise = index - 1 + before / (before - value);
    // Counted when it has risen clear of the noise, at the place where it last went through zero.
    if (hasBeenLow && value > -low && !Number.isNaN(lastRise)) {
      crossings.push(lastRise);
      hasBeenLow = false;
      lastRise = Number.NaN;
    }
  }
  return crossings;
}

function areEven(crossings: readonly number[]): boolean {
  const lengths = crossings.slice(1).map((at, index) => at - (crossings[index] ?? 0));
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return lengths.every((length) => Math.abs(length - mean) <= MAX_UNEVENNESS * mean);
}

/** Each sample stands for the time half a sample around it; at both ends only for what lies inside. */
export function weightAt(index: number, first: number, last: number): number {
  return Math.max(0, Math.min(index + 0.5, last) - Math.max(index - 0.5, first));
}

function weightedMean(samples: Float64Array, first: number, last: number): number {
  let sum = 0;
  for (let index = Math.floor(first); index <= Math.ceil(last); index++)
    sum += weightAt(index, first, last) * (samples[index] ?? 0);
  return sum / (last - first);
}
