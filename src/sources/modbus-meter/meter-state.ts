import { backoffMs } from '../../lib/backoff.ts';

/** Where a meter stands in the life of its bus. Times are wall-clock milliseconds. */
export interface MeterState {
  availability: 'unknown' | 'online' | 'offline';
  /** Poll as soon as the bus is free, off the slots: at the start, and when it has just come back. */
  isPollWanted: boolean;
  /** When an offline meter is asked again. */
  probeAt: number;
  failedProbes: number;
  /** Whether damaged answers were told of and have not ended. */
  isDamageTold: boolean;
  cleanPolls: number;
  missedSlots: number;
  samples: number;
  /** The slot that was served last. */
  lastSlotAt: number;
}

const PROBE = { firstMs: 1000, maxMs: 60_000 };

export function createMeterState(): MeterState {
  return {
    availability: 'unknown',
    isPollWanted: true,
    probeAt: 0,
    failedProbes: 0,
    isDamageTold: false,
    cleanPolls: 0,
    missedSlots: 0,
    samples: 0,
    lastSlotAt: 0,
  };
}

/** The next slot of an interval after `now`: a whole multiple of it on the wall clock. */
export function nextSlot(now: number, intervalMs: number): number {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

/** Puts the next probe of a silent meter further away each time, up to a minute. */
export function postponeProbe(state: MeterState, now: number): void {
  state.probeAt = now + backoffMs(state.failedProbes, PROBE);
  state.failedProbes++;
}
