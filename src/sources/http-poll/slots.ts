import type { Clock } from '../../lib/clock.ts';

/** A clock that moves by more than this while we wait makes the slot meaningless. */
const CLOCK_JUMP_MS = 2000;

/** The slots of several intervals, each at whole multiples of its interval on the wall clock. */
export interface Slots {
  /** Waits for the next one; its time, or undefined at the end. */
  next(signal: AbortSignal): Promise<number | undefined>;
  readonly missed: number;
}

/** A slot that passed while the one before was served is counted and skipped; setting the clock misses none. */
export function createSlots(intervals: readonly number[], clock: Clock): Slots {
  const shortest = Math.min(...intervals);
  let last: { readonly at: number; readonly monotonicMs: number } | undefined;
  let missed = 0;

  function nextAfter(now: number): number {
    const lastAt = last !== undefined && last.at <= now + shortest ? last.at : 0;
    const from = Math.max(now - 1, lastAt);
    return Math.min(...intervals.map((interval) => (Math.floor(from / interval) + 1) * interval));
  }

  function note(at: number): void {
    const monotonicMs = clock.monotonicMs();
    if (last !== undefined) {
      const steps = Math.round((at - last.at) / shortest);
      const elapsed = Math.round((monotonicMs - last.monotonicMs) / shortest);
      missed += Math.max(0, Math.min(steps, elapsed) - 1);
    }
    last = { at, monotonicMs };
  }

  return {
    async next(signal) {
      let at = nextAfter(clock.now());
      let before = Number.POSITIVE_INFINITY;
      while (!signal.aborted) {
        const left = at - clock.now();
        if (left <= 0 && left > -CLOCK_JUMP_MS) {
          note(at);
          return at;
        }
        if (left <= 0 || left > before + CLOCK_JUMP_MS) {
          at = nextAfter(clock.now());
          before = Number.POSITIVE_INFINITY;
          continue;
        }
        before = left;
        // In two steps, because a long timer fires 0.1 % late.
        await clock.sleep(left > 60 ? Math.min(left - 30, 1000) : left, signal);
      }
      return undefined;
    },
    get missed() {
      return missed;
    },
  };
}
