import { backoffMs } from '../../lib/backoff.ts';
import type { LogEntry } from '../../protocols/plugwise/messages.ts';
import { createEnergyLedger, type EnergyLedger } from './energy-ledger.ts';

/** Where a Circle stands in the life of its stick. Times are wall-clock milliseconds. */
export interface NodeState {
  availability: 'unknown' | 'online' | 'offline';
  /** A node that measures nothing (a Scan, a Switch) is not asked for power. */
  isUnfit: boolean;
  /** Poll as soon as the stick is free, off the slots: at the start, and when it has just come back. */
  isPollWanted: boolean;
  /** When an offline node is pinged again. */
  probeAt: number;
  failedProbes: number;
  /** Power requests without an answer since the last one with. */
  unanswered: number;
  /** Whether a notice about its silence has not yet been followed by one of its return. */
  isSilenceTold: boolean;
  /** The slot that was served last; 0 for none since the node came (back). */
  lastSlotAt: number;
  lastSlotMonotonicMs: number;
  missedSlots: number;
  samples: number;
  /** The newest moment that a sample was taken at, so that a late answer never goes back in time. */
  newestAt: number;
  lateSamples: number;
  damaged: number;
  switches: number;
  /** When info and clock are asked for again (monotonic, ms). */
  infoDueAt: number;
  clockDueAt: number;
  clockSetAt: number | undefined;
  clockSets: number;
  clockErrorMs: number | undefined;
  /** Both clock and date were right when they were looked at last. */
  isClockRight: boolean;
  isClockTold: boolean;
  isOn: boolean | undefined;
  readonly energy: EnergyLedger;
  /** Blocks of its log that were read. */
  logBlocks: number;
  /** Entries of the log that were read so far, and the block that comes next; absent when none is wanted. */
  reading:
    | { readonly entries: LogEntry[]; block: number; readonly last: number; readonly hour: number }
    | undefined;
}

const PROBE = { firstMs: 30_000, maxMs: 300_000 };

export function createNodeState(): NodeState {
  return {
    availability: 'unknown',
    isUnfit: false,
    isPollWanted: true,
    probeAt: 0,
    failedProbes: 0,
    unanswered: 0,
    isSilenceTold: false,
    lastSlotAt: 0,
    lastSlotMonotonicMs: 0,
    missedSlots: 0,
    samples: 0,
    newestAt: 0,
    lateSamples: 0,
    damaged: 0,
    switches: 0,
    infoDueAt: 0,
    clockDueAt: 0,
    clockSetAt: undefined,
    clockSets: 0,
    clockErrorMs: undefined,
    isClockRight: false,
    isClockTold: false,
    isOn: undefined,
    energy: createEnergyLedger(),
    logBlocks: 0,
    reading: undefined,
  };
}

/** The next slot of an interval after `now`: a whole multiple of it on the wall clock. */
export function nextSlot(now: number, intervalMs: number): number {
  return (Math.floor(now / intervalMs) + 1) * intervalMs;
}

/** Notes that a slot is being served; the number of slots that were missed since the one before. */
export function noteSlot(
  state: NodeState,
  slotAt: number,
  slotMonotonicMs: number,
  intervalMs: number,
): number {
  const steps = Math.round((slotAt - state.lastSlotAt) / intervalMs);
  // A wall clock that was set is no missed slot.
  const elapsed = Math.round((slotMonotonicMs - state.lastSlotMonotonicMs) / intervalMs);
  const missed = state.lastSlotAt === 0 ? 0 : Math.max(0, Math.min(steps, elapsed) - 1);
  state.lastSlotAt = slotAt;
  state.lastSlotMonotonicMs = slotMonotonicMs;
  state.missedSlots += missed;
  return missed;
}

/** When the next ping is due, also after the wall clock was set back. */
export function probeDueAt(state: NodeState, now: number): number {
  if (state.isUnfit) return Number.POSITIVE_INFINITY;
  return state.probeAt > now + PROBE.maxMs ? now : state.probeAt;
}

/** Puts the next ping of a silent node further away each time, up to five minutes. */
export function postponeProbe(state: NodeState, now: number): void {
  state.probeAt = now + backoffMs(state.failedProbes, PROBE);
  state.failedProbes++;
}
