import { backoffMs } from '../../lib/backoff.ts';

/** Where a meter stands in the life of its bus. Times are wall-clock milliseconds. */
export interface MeterState {
  availability: 'unknown' | 'online' | 'offline';
  /** Poll as soon as the bus is free, off the slots: at the start, and when it has just come back. */
  isPollWanted: boolean;
  /** When an offline meter is asked again. */
  probeAt: number;
  failedProbes: number;
  /** Requests without an answer since the last one with. */
  unanswered: number;
  /** Whether damaged answers were told of and have not ended. */
  isDamageTold: boolean;
  cleanPolls: number;
  missedSlots: number;
  samples: number;
  /** The slot that was served last; 0 for none since the meter came (back). */
  lastSlotAt: number;
  /** Monotonic time of that slot, so that a clock that was set is no missed slot. */
  lastSlotMonotonicMs: number;
}

const PROBE = { firstMs: 1000, maxMs: 60_000 };

export function createMeterState(): MeterState {
  return {
    availability: 'unknown',
    isPollWanted: true,
    probeAt: 0,
    failedProbes: 0,
    unanswered: 0,
    isDamageTold: false,
    cleanPolls: 0,
    missedSlots: 0,
    samples: 0,
    lastSlotAt: 0,
    lastSlotMonotonicMs: 0,
  };
}

/** The next slot of an interval after `now`: a whole multiple of it on the wall clock. */
export function nextSlot(now: number, intervalMs: number): number {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

/** Notes that a slot is being served; the number of slots that were missed since the one before. */
export function noteSlot(
  state: MeterState,
  slotAt: number,
  slotMonotonicMs: number,
  intervalMs: number,
): number {
  const steps = Math.round((slotAt - state.lastSlotAt) / intervalMs);
  const elapsed = Math.round((slotMonotonicMs - state.lastSlotMonotonicMs) / intervalMs);
  const missed = state.lastSlotAt === 0 ? 0 : Math.max(0, Math.min(steps, elapsed) - 1);
  state.lastSlotAt = slotAt;
  state.lastSlotMonotonicMs = slotMonotonicMs;
  state.missedSlots += missed;
  return missed;
}

/** When the next probe is due, also after the wall clock was set back. */
export function probeDueAt(state: MeterState, now: number): number {
  return state.probeAt > now + PROBE.maxMs ? now : state.probeAt;
}

/** Puts the next probe of a silent meter further away each time, up to a minute. */
export function postponeProbe(state: MeterState, now: number): void {
  state.probeAt = now + backoffMs(state.failedProbes, PROBE);
  state.failedProbes++;
}
