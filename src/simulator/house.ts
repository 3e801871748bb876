import { addSegment, buildDay, CHANNELS, type HouseDay, LOAD_NAMES, SUMS } from './house-day.ts';
import { DAY_S } from './house-loads.ts';
import { createHouseState, type HouseState } from './house-state.ts';
import { chanceAt } from './noise.ts';

/**
 * The simulated house: what flows on every line at any moment, and exact energies.
 *
 * A pure function of seed and time. Two weeks make one cycle of days; the counters at a midnight are
 * whole cycles plus the days of the running one, so they go on across restarts without integrating years,
 * and inside a day they are the sum of power times time. Time of day is UTC.
 */
export interface House {
  /** The house at a moment (ms since 1970). The same moment gives the same values in any order of calls. */
  at(timeMs: number): HouseState;
  /** What can be measured: `mains`, `solar` and the loads. */
  readonly circuits: readonly string[];
}

export interface HouseOptions {
  readonly seed: number;
  /** The counters stand at their first figures at the midnight before it. Default: 2025-01-01 UTC. */
  readonly startAt?: number;
}

export const CIRCUIT_NAMES: readonly string[] = ['mains', ...LOAD_NAMES, 'solar'];

/** Where the counters stand by default: 2025-01-01T00:00:00Z. */
export const HOUSE_START = Date.UTC(2025, 0, 1);

const CYCLE_DAYS = 14;
const KEPT_DAYS = 2;
const WS_PER_KWH = 3_600_000;

interface Position {
  readonly house: HouseDay;
  readonly cycleDay: number;
  readonly segment: number;
  /** The sums of the day up to the start of the segment. */
  readonly sums: Float64Array;
}

export function createHouse({ seed, startAt = HOUSE_START }: HouseOptions): House {
  const days = createDays(seed);
  const startDay = Math.floor(startAt / 1000 / DAY_S);
  const first = firstFigures(seed);
  let position: Position | undefined;
  return {
    circuits: CIRCUIT_NAMES,
    at(timeMs) {
      const second = timeMs / 1000;
      const dayNumber = Math.floor(second / DAY_S);
      const ofDay = second - dayNumber * DAY_S;
      const cycleDay = mod(dayNumber, CYCLE_DAYS);
      const { house, before } = days.get(cycleDay);
      const segment = segmentAt(house.starts, ofDay);
      position = advance(position, house, cycleDay, segment);
      const sums = position.sums.slice();
      addSegment(house, segment, ofDay - (house.starts[segment] ?? 0), sums);
      const cycles = Math.floor(dayNumber / CYCLE_DAYS) - Math.floor(startDay / CYCLE_DAYS);
      const { cycle, before: beforeStart } = days.sumsAt(mod(startDay, CYCLE_DAYS));
      for (let n = 0; n < sums.length; n++) {
        const days = cycles * (cycle[n] ?? 0) + (before[n] ?? 0) - (beforeStart[n] ?? 0);
        sums[n] = (first[n] ?? 0) + days + (sums[n] ?? 0);
      }
      return createHouseState({ timeMs, house, segment, second: Math.floor(second), sums });
    },
  };
}

const build = (seed: number, index: number) => buildDay({ seed, index, weekday: (index + 4) % 7 }); // day 0 of 1970 was a Thursday

const NONE = new Float64Array(CHANNELS * SUMS);
const KEPT_SEEDS = 4;
const knownSums = new Map<number, readonly Float64Array[]>();

// The sums up to the midnight of each day of the cycle. They depend on the seed alone and cost some tenths
// of a second, so that further houses of the same seed share them.
function sumsOfCycle(seed: number): readonly Float64Array[] {
  const known = knownSums.get(seed);
  if (known !== undefined) return known;
  let sums = NONE;
  const prefix = [sums];
  for (let index = 0; index < CYCLE_DAYS; index++) {
    const total = build(seed, index).hours.at(-1);
    sums = sums.map((sum, n) => sum + (total?.[n] ?? 0));
    prefix.push(sums);
  }
  const [oldest] = knownSums.keys();
  if (knownSums.size >= KEPT_SEEDS && oldest !== undefined) knownSums.delete(oldest);
  knownSums.set(seed, prefix);
  return prefix;
}

/** The day plans of the cycle, made when first asked for; the sums of all, the power of the last few. */
function createDays(seed: number) {
  const kept = new Map<number, HouseDay>();
  return {
    get(index: number): { readonly house: HouseDay; readonly before: Float64Array } {
      let house = kept.get(index);
      if (house === undefined) {
        house = build(seed, index);
        kept.set(index, house);
        const [oldest] = kept.keys();
        if (kept.size > KEPT_DAYS && oldest !== undefined) kept.delete(oldest);
      }
      return { house, before: sumsOfCycle(seed)[index] ?? NONE };
    },
    sumsAt: (index: number) => ({
      cycle: sumsOfCycle(seed)[CYCLE_DAYS] ?? NONE,
      before: sumsOfCycle(seed)[index] ?? NONE,
    }),
  };
}

// Goes on from the last position where it can, so that a running house adds one segment and not a day.
function advance(last: Position | undefined, house: HouseDay, cycleDay: number, segment: number): Position {
  let from = last;
  if (from?.house !== house || from.segment > segment) {
    const hour = Math.floor((house.starts[segment] ?? 0) / 3600);
    const sums = house.hours[hour]?.slice() ?? new Float64Array(CHANNELS * SUMS);
    from = { house, cycleDay, segment: house.firstOfHour[hour] ?? 0, sums };
  }
  if (from.segment === segment) return from;
  const sums = from.sums.slice();
  for (let n = from.segment; n < segment; n++) {
    addSegment(house, n, (house.starts[n + 1] ?? DAY_S) - (house.starts[n] ?? 0), sums);
  }
  return { house, cycleDay, segment, sums };
}

function segmentAt(starts: Int32Array, ofDay: number): number {
  let low = 0;
  let high = starts.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= ofDay) low = middle;
    else high = middle - 1;
  }
  return low;
}

// Mains and its lines: a meter that has been in the house for some years. Order of the sums: house-day.ts.
const MAINS_KWH = [18342.117, 6120.482, 1812.336, 1204.905, 344.218, 3917.64, 19877.204, 6532.919];
/** The whole, and how the three lines share it. */
const MAINS_LINES = [1, 0.31, 0.33, 0.36];
// A plug on a load has never seen energy flow out of it, nor the meter of the roof energy flow in.
const LOAD_SHARES = [1, 0, 0.12, 0, 0, 0.18, 1.06, 0];
const ROOF_SHARES = [0.004, 1, 0, 0.01, 0.05, 0, 0.01, 1.01];

function firstFigures(seed: number): Float64Array {
  const sums = new Float64Array(CHANNELS * SUMS);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const isMains = channel < 4;
    const own = 90 + 400 * chanceAt(seed, 80, channel);
    const scale = isMains ? (MAINS_LINES[channel] ?? 0) : own;
    const shares = isMains ? MAINS_KWH : channel === CHANNELS - 1 ? ROOF_SHARES : LOAD_SHARES;
    for (let n = 0; n < SUMS; n++) sums[channel * SUMS + n] = scale * (shares[n] ?? 0) * WS_PER_KWH;
  }
  return sums;
}

function mod(value: number, by: number): number {
  return ((value % by) + by) % by;
}
