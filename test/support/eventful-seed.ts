import { LOADS } from '../../src/simulator/house-loads.ts';

const DAY_MS = 86_400_000;
/** The simulated house repeats its days after so many of them. */
const CYCLE_DAYS = 14;
const SEEDS = 4000;
const LEAST_STEP_W = 20;

/** A change of the power of one load. */
export interface Step {
  readonly load: string;
  readonly at: number;
  readonly watts: number;
}

/** The seed with which most loads of the house change within a span of time, and those changes. */
export function eventfulSeed(
  from: number,
  to: number,
): { readonly seed: number; readonly steps: readonly Step[] } {
  let best = { seed: 1, steps: stepsOf(1, from, to) };
  for (let seed = 2; seed <= SEEDS; seed++) {
    const steps = stepsOf(seed, from, to);
    if (loadsIn(steps) > loadsIn(best.steps)) best = { seed, steps };
  }
  return best;
}

const loadsIn = (steps: readonly Step[]) => new Set(steps.map(({ load }) => load)).size;

function stepsOf(seed: number, from: number, to: number): Step[] {
  const midnight = Math.floor(from / DAY_MS) * DAY_MS;
  const index = (midnight / DAY_MS) % CYCLE_DAYS;
  const day = { seed, index, weekday: (index + 4) % 7 };
  return Object.entries(LOADS).flatMap(([load, { plan }]) => {
    const pieces = plan(day);
    return pieces.slice(1).flatMap((piece, n) => {
      const at = midnight + 1000 * piece.start;
      const watts = piece.active - (pieces[n]?.active ?? 0);
      return at >= from && at <= to && Math.abs(watts) >= LEAST_STEP_W ? [{ load, at, watts }] : [];
    });
  });
}
