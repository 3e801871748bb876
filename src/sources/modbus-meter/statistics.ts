import type { Statistics } from '../../domain/source.ts';
import { type BusCounters, countersOf, type UnitCounters } from '../../protocols/modbus/bus-statistics.ts';
import type { SlotStatistics } from './bus-loop.ts';
import type { PolledMeter } from './poll-meter.ts';

/** What stands about one bus in `gateway/stats`. Times in milliseconds, load in per cent of the time since the start. */
export function busStatistics(
  counters: BusCounters,
  isOpen: boolean,
  slots: SlotStatistics,
  meters: readonly PolledMeter[],
  sinceStartMs: number,
): Statistics {
  const units = Object.fromEntries(
    meters.map((each) => [each.meter.device.id, meterStatistics(counters, each)]),
  );
  return {
    port: isOpen ? 'open' : 'closed',
    opened: counters.opened,
    lost: counters.lost,
    slots: slots.slots,
    missed_slots: slots.missed,
    lateness_p50_ms: round(slots.latenessMs.at(0.5) ?? 0),
    lateness_p99_ms: round(slots.latenessMs.at(0.99) ?? 0),
    line_ms: Math.round(counters.lineMs),
    load_percent: round((100 * counters.lineMs) / Math.max(1, sinceStartMs)),
    held_back: counters.heldBack,
    echoes: counters.echoes,
    unsolicited_bytes: counters.unsolicitedBytes,
    units,
  };
}

function meterStatistics(bus: BusCounters, { meter, state }: PolledMeter): Statistics {
  const unit: UnitCounters = countersOf(bus, meter.config.unitId);
  const faults = Object.fromEntries(
    Object.entries(unit.faults).map(([fault, count]) => [fault.replaceAll('-', '_'), count]),
  );
  return {
    unit: meter.config.unitId,
    availability: state.availability,
    samples: state.samples,
    missed_slots: state.missedSlots,
    requests: unit.requests,
    answers: unit.answers,
    timeouts: unit.timeouts,
    exceptions: unit.exceptions,
    late_answers: unit.lateAnswers,
    ...faults,
    line_ms: Math.round(unit.lineMs),
    latency_ms: round(meter.unit.latency.typicalMs ?? meter.unit.latency.longestMs ?? 0),
    allowed_latency_ms: round(meter.unit.latency.budgetMs),
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
