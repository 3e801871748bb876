import { DAY_S, type DayOfHouse, LOADS, type LoadFacts, type Piece } from './house-loads.ts';
import { wanderAt } from './noise.ts';

/**
 * One day of the house as segments of constant power, on a grid of whole seconds: a segment ends where a
 * load changes and at least every five seconds. Energy is the sum of power times time over the segments,
 * so that it belongs to the power exactly.
 */

export const LOAD_NAMES: readonly string[] = Object.keys(LOADS);
export const SOLAR = LOAD_NAMES.length;
const CIRCUITS = LOAD_NAMES.length + 1;
const FACTS: readonly LoadFacts[] = Object.values(LOADS);
const THIRD = 1 / 3;

/** Share of circuit `c` (a load, or SOLAR) on line 0, 1 or 2. */
export function shareOf(circuit: number, line: number): number {
  return circuit === SOLAR ? THIRD : (FACTS[circuit]?.shares[line] ?? 0);
}

const GRID_S = 5;
const HOUR_S = 3600;
const NOMINAL_V = 230;
/** Source impedance of the supply up to the meter, ohm per line. */
const SOURCE_R = 0.26;
const SOURCE_X = 0.11;

/** Eight sums a channel, Ws: import, export, reactive by quadrant 1 to 4, apparent in import and in export. */
export const SUMS = 8;
/** Channels: mains total, mains L1 to L3, then each load, then solar. */
export const CHANNELS = 4 + CIRCUITS;

/** Adds `seconds` of one power to the eight sums of a channel. */
function accumulate(sums: Float64Array, channel: number, p: number, q: number, seconds: number): void {
  const at = channel * SUMS;
  const apparent = Math.sqrt(p * p + q * q) * seconds;
  const quadrant = p >= 0 ? (q >= 0 ? 2 : 5) : q >= 0 ? 3 : 4;
  sums[at + quadrant] = (sums[at + quadrant] ?? 0) + Math.abs(q) * seconds;
  const direction = p >= 0 ? 0 : 1;
  sums[at + direction] = (sums[at + direction] ?? 0) + Math.abs(p) * seconds;
  sums[at + 6 + direction] = (sums[at + 6 + direction] ?? 0) + apparent;
}

/** Voltage of a line before the load pulls it down, V. */
export function supplyVoltage(day: DayOfHouse, line: number, second: number): number {
  const evening = Math.exp(-(((second - 68_400) / 7_000) ** 2));
  const slow = wanderAt(day.seed, 40 + line, day.index * 144 + second / 600);
  const fast = wanderAt(day.seed, 50 + line, day.index * 1_920 + second / 45);
  return NOMINAL_V * (1.006 - 0.007 * evening + 0.005 * slow + 0.0012 * fast);
}

/** Voltage at the meter while `p` and `q` flow on the line. */
export function sagged(supply: number, p: number, q: number): number {
  return supply - (SOURCE_R * p + SOURCE_X * q) / supply;
}

/** Feeding in is export: solar power is negative. A roof of 3 kWp under the clouds of this seed. */
function solarPower(day: DayOfHouse, second: number): number {
  const share = (second - 24_300) / (68_400 - 24_300);
  if (share <= 0 || share >= 1) return 0;
  const clear = 2_700 * Math.sin(Math.PI * share) ** 1.35;
  const overcast = 0.5 + 0.5 * wanderAt(day.seed, 60, day.index);
  const cover = wanderAt(day.seed, 61, day.index * 96 + second / 900);
  const edge = wanderAt(day.seed, 62, day.index * 1_440 + second / 60);
  const clouds = Math.min(1, Math.max(0, 1.6 * (overcast - 0.45) + 0.9 * cover + 0.25 * edge));
  return -clear * (1 - 0.82 * clouds);
}

export interface HouseDay {
  readonly day: DayOfHouse;
  /** Start of each segment, seconds of the day; one more entry holds the end of the day. */
  readonly starts: Int32Array;
  /** Power of circuit `c` in segment `n` at `n * CIRCUITS + c`. */
  readonly p: Float64Array;
  readonly q: Float64Array;
  /** The sums at each full hour of the day; the last row is the whole day. */
  readonly hours: readonly Float64Array[];
  readonly firstOfHour: readonly number[];
}

export function buildDay(day: DayOfHouse): HouseDay {
  const plans = FACTS.map((facts) => facts.plan(day));
  const starts = segmentStarts(plans);
  const count = starts.length - 1;
  const built = {
    day,
    starts,
    p: new Float64Array(count * CIRCUITS),
    q: new Float64Array(count * CIRCUITS),
  };
  fillPowers(built, plans);
  const hours: Float64Array[] = [];
  const firstOfHour: number[] = [];
  const sums = new Float64Array(CHANNELS * SUMS);
  for (let n = 0; n < count; n++) {
    const start = starts[n] ?? 0;
    if (start % HOUR_S === 0) {
      hours.push(sums.slice());
      firstOfHour.push(n);
    }
    addSegment(built, n, (starts[n + 1] ?? DAY_S) - start, sums);
  }
  hours.push(sums);
  return { ...built, hours, firstOfHour };
}

function segmentStarts(plans: readonly (readonly Piece[])[]): Int32Array {
  const isStart = new Uint8Array(DAY_S);
  for (let second = 0; second < DAY_S; second += GRID_S) isStart[second] = 1;
  for (const plan of plans) {
    for (const piece of plan) if (piece.start < DAY_S) isStart[piece.start] = 1;
  }
  const starts: number[] = [];
  for (let second = 0; second < DAY_S; second++) if (isStart[second] === 1) starts.push(second);
  starts.push(DAY_S);
  return Int32Array.from(starts);
}

type Powers = Pick<HouseDay, 'day' | 'starts' | 'p' | 'q'>;

function fillPowers({ day, starts, p, q }: Powers, plans: readonly (readonly Piece[])[]): void {
  const cursors = plans.map(() => 0);
  for (let n = 0; n < starts.length - 1; n++) {
    const second = starts[n] ?? 0;
    const base = n * CIRCUITS;
    let heating = 0;
    for (let c = 0; c < SOLAR; c++) {
      const plan = plans[c] ?? [];
      let cursor = cursors[c] ?? 0;
      while ((plan[cursor + 1]?.start ?? DAY_S) <= second) cursor++;
      cursors[c] = cursor;
      const piece = plan[cursor];
      if (piece === undefined) continue;
      const wander = FACTS[c]?.wander ?? 0;
      const factor =
        wander === 0 ? 1 : 1 + wander * wanderAt(day.seed, 70 + c, day.index * 4_320 + second / 20);
      p[base + c] = piece.active * factor;
      q[base + c] = piece.reactive * factor;
      if (piece.isResistive === true) heating |= 1 << c;
    }
    const solar = solarPower(day, second);
    p[base + SOLAR] = solar;
    q[base + SOLAR] = 0.03 * solar - (solar < 0 ? 24 : 6);
    if (heating !== 0) heatWithVoltage({ day, p, q }, base, second, heating);
  }
}

// An element takes (V / 230)^2 of its nominal power, at the voltage that its own load leaves.
function heatWithVoltage(
  powers: Omit<Powers, 'starts'>,
  base: number,
  second: number,
  heating: number,
): void {
  const nominal = powers.p.slice(base, base + CIRCUITS);
  for (let c = 0; c < SOLAR; c++) {
    if ((heating & (1 << c)) === 0) continue;
    const line = FACTS[c]?.shares.findIndex((share) => share > 0) ?? 0;
    let p = 0;
    let q = 0;
    for (let other = 0; other < CIRCUITS; other++) {
      p += (nominal[other] ?? 0) * shareOf(other, line);
      q += (powers.q[base + other] ?? 0) * shareOf(other, line);
    }
    const v = sagged(supplyVoltage(powers.day, line, second), p, q);
    powers.p[base + c] = (nominal[c] ?? 0) * (v / NOMINAL_V) ** 2;
  }
}

/** Power of the whole house on one line in segment `n`. */
export function linePower(
  powers: Powers,
  n: number,
  line: number,
): { readonly p: number; readonly q: number } {
  let p = 0;
  let q = 0;
  for (let c = 0; c < CIRCUITS; c++) {
    const share = shareOf(c, line);
    if (share === 0) continue;
    p += (powers.p[n * CIRCUITS + c] ?? 0) * share;
    q += (powers.q[n * CIRCUITS + c] ?? 0) * share;
  }
  return { p, q };
}

/** Adds `seconds` of segment `n` to the sums of every channel. */
export function addSegment(powers: Powers, n: number, seconds: number, sums: Float64Array): void {
  let totalP = 0;
  let totalQ = 0;
  for (let line = 0; line < 3; line++) {
    const { p, q } = linePower(powers, n, line);
    accumulate(sums, 1 + line, p, q, seconds);
    totalP += p;
    totalQ += q;
  }
  accumulate(sums, 0, totalP, totalQ, seconds);
  for (let c = 0; c < CIRCUITS; c++) {
    accumulate(sums, 4 + c, powers.p[n * CIRCUITS + c] ?? 0, powers.q[n * CIRCUITS + c] ?? 0, seconds);
  }
}

/** Powers of one circuit in segment `n`. */
export function circuitPower(
  powers: Powers,
  n: number,
  circuit: number,
): { readonly p: number; readonly q: number } {
  return { p: powers.p[n * CIRCUITS + circuit] ?? 0, q: powers.q[n * CIRCUITS + circuit] ?? 0 };
}

/** Distortion of a circuit's current, %. */
export function distortionOf(circuit: number): number {
  return circuit === SOLAR ? 3 : (FACTS[circuit]?.distortion ?? 0);
}
