import { PROTOCOL_FAULTS, type ProtocolFault } from './errors.ts';

/** Counters of one unit since the start. Times in milliseconds. */
export interface UnitCounters {
  requests: number;
  answers: number;
  timeouts: number;
  exceptions: number;
  lateAnswers: number;
  lineMs: number;
  readonly faults: Record<ProtocolFault, number>;
}

/** Counters of one bus since the start. */
export interface BusCounters {
  /** Bytes that nobody had asked for: late answers, echoes, noise. */
  unsolicitedBytes: number;
  echoes: number;
  /** Requests that waited because an answer of the same shape might still have come. */
  heldBack: number;
  opened: number;
  lost: number;
  lineMs: number;
  readonly units: Map<number, UnitCounters>;
}

export function createBusCounters(): BusCounters {
  return { unsolicitedBytes: 0, echoes: 0, heldBack: 0, opened: 0, lost: 0, lineMs: 0, units: new Map() };
}

/** The counters of a unit, made at first sight. */
export function countersOf(bus: BusCounters, unitId: number): UnitCounters {
  let unit = bus.units.get(unitId);
  if (unit === undefined) {
    const faults = Object.fromEntries(PROTOCOL_FAULTS.map((fault) => [fault, 0])) as Record<
      ProtocolFault,
      number
    >;
    unit = { requests: 0, answers: 0, timeouts: 0, exceptions: 0, lateAnswers: 0, lineMs: 0, faults };
    bus.units.set(unitId, unit);
  }
  return unit;
}
