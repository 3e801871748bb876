import { findCycles, weightAt } from './cycles.ts';

/** How steps of the converter become volts and amperes. */
export interface Calibration {
  readonly voltsPerStep: number;
  readonly ampsPerStep: number;
  /** By how many degrees the measured current leads the true one; delayed by as much before it is used. */
  readonly phaseDeg: number;
  /** -1 where the current transformer is clipped on the other way round. */
  readonly polarity: 1 | -1;
}

/** What a block of samples says: V, A, W, VA, var (positive where the current lags), 1, Hz. */
export interface Measured {
  readonly v: number;
  readonly i: number;
  readonly p: number;
  readonly s: number;
  readonly q: number;
  /** Absent without any current. */
  readonly pf: number | undefined;
  readonly f: number;
}

/** Why a block says nothing. */
export type Absence = 'clipped' | 'no-cycles';

/** So many samples at the end of the scale may be a spark; more are a waveform whose top is missing. */
const MAX_CLIPPED = 3;
const MAINS_HZ = { from: 40, to: 70 };

function isClipped(samples: Float64Array, limit: number): boolean {
  let count = 0;
  for (const sample of samples) if (sample >= limit || sample <= -limit) count++;
  return count > MAX_CLIPPED;
}

/**
 * Powers of one circuit over the whole cycles of a block. `clippedAt` is the value in steps from which a sample
 * is at the end of the scale. P is the mean of v x i, S the product of the rms values, Q has the sign of the lag
 * of the fundamental and the size that completes P to S.
 */
export function measureBlock(
  voltage: Float64Array,
  current: Float64Array,
  rate: number,
  calibration: Calibration,
  clippedAt: number,
): Measured | Absence {
  if (isClipped(voltage, clippedAt) || isClipped(current, clippedAt)) return 'clipped';
  const shiftOf = (hz: number) => ((calibration.phaseDeg / 360) * rate) / hz;
  const margin = Math.abs(shiftOf(MAINS_HZ.from)) + 2;
  const cycles = findCycles(voltage, margin);
  if (cycles === undefined) return 'no-cycles';
  const f = (cycles.count * rate) / (cycles.last - cycles.first);
  if (f < MAINS_HZ.from || f > MAINS_HZ.to) return 'no-cycles';
  const sums = sumUp(voltage, current, cycles, shiftOf(f));
  const { voltsPerStep, ampsPerStep, polarity } = calibration;
  const v = Math.sqrt(sums.vv) * voltsPerStep;
  const i = Math.sqrt(sums.ii) * ampsPerStep;
  const s = v * i;
  const real = polarity * sums.vi * voltsPerStep * ampsPerStep;
  const p = Math.min(s, Math.max(-s, real));
  const lag = polarity * sums.lag;
  const q = (lag < 0 ? -1 : 1) * Math.sqrt(Math.max(0, s * s - p * p));
  return { v, i, p, s, q: q === 0 ? 0 : q, pf: s === 0 ? undefined : p / s, f };
}

interface Sums {
  readonly vv: number;
  readonly ii: number;
  readonly vi: number;
  /** Positive where the fundamental of the current comes later than that of the voltage. */
  readonly lag: number;
}

function sumUp(
  voltage: Float64Array,
  current: Float64Array,
  { first, last, count, mean }: { first: number; last: number; count: number; mean: number },
  shift: number,
): Sums {
  const length = last - first;
  const step = (2 * Math.PI * count) / length;
  let [sumI, vv, ii, vi, weights, sumV] = [0, 0, 0, 0, 0, 0];
  const wave = { vSin: 0, vCos: 0, iSin: 0, iCos: 0 };
  for (let index = Math.floor(first); index <= Math.ceil(last); index++) {
    const weight = weightAt(index, first, last);
    const v = (voltage[index] ?? 0) - mean;
    const i = delayed(current, index, shift);
    const [sin, cos] = [Math.sin((index - first) * step), Math.cos((index - first) * step)];
    weights += weight;
    sumV += weight * v;
    sumI += weight * i;
    vv += weight * v * v;
    ii += weight * i * i;
    vi += weight * v * i;
    wave.vSin += weight * v * sin;
    wave.vCos += weight * v * cos;
    wave.iSin += weight * i * sin;
    wave.iCos += weight * i * cos;
  }
  const [meanV, meanI] = [sumV / weights, sumI / weights];
  return {
    vv: Math.max(0, vv / weights - meanV ** 2),
    // What is left of the difference of two large numbers may be a little below zero.
    ii: Math.max(0, ii / weights - meanI ** 2),
    vi: vi / weights - meanV * meanI,
    lag: wave.vCos * wave.iSin - wave.vSin * wave.iCos,
  };
}

// The current `shift` samples before a sample: four points and the smooth curve through them (Catmull-Rom).
function delayed(samples: Float64Array, index: number, shift: number): number {
  if (shift === 0) return samples[index] ?? 0;
  const at = index - shift;
  const whole = Math.floor(at);
  const t = at - whole;
  const sample = (place: number) => samples[place] ?? 0;
  const [a, b, c, d] = [sample(whole - 1), sample(whole), sample(whole + 1), sample(whole + 2)];
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
