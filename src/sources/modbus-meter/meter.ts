import type { ModbusDeviceConfig } from '../../config/types.ts';
import type { Device } from '../../domain/device.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { Framing } from '../../protocols/modbus/framing.ts';
import { createLearnedLatency } from '../../protocols/modbus/latency.ts';
import type { LineTiming } from '../../protocols/modbus/line-timing.ts';
import { type ModbusRequest, readRegisters } from '../../protocols/modbus/pdu.ts';
import type { UnitNeeds } from '../../protocols/modbus/transactor.ts';
import { describeDevice, type MeterRow, rowsOf, type ScaleRow } from './meter-rows.ts';
import type { PlannedRead, PlanRow } from './plan-reads.ts';
import { ASSUMED_LATENCY_MS, createReadPlans, type ReadPlans, readCost } from './read-plans.ts';

/** How long factors in the meter are believed before they are read again, ms. */
const SCALES_VALID_MS = 300_000;

/** One meter on a bus: what it is asked for and what has been learned of it. */
export interface Meter {
  readonly device: Device;
  readonly config: ModbusDeviceConfig;
  readonly unit: UnitNeeds;
  readonly plans: ReadPlans;
  readonly scales: readonly ScaleRow[];
  /** Factors read from the meter; empty until they were. */
  factors: ReadonlyMap<string, number>;
  scalesReadAt: number;
  /** Rows that the meter refused, by key; no longer asked for until the gateway is started again. */
  readonly refused: Set<string>;
  /** The rows whose interval has a slot at `slotAt` (ms since 1970); all of them without a slot. */
  dueRows(slotAt: number | undefined): readonly MeterRow[];
  /** The reads for those rows, scale registers among them when they are due, and the live values first. */
  planFor(rows: readonly MeterRow[], now: number): readonly PlannedRead[];
  /** The smallest read that says whether the meter is there. */
  probe(): PlannedRead;
  request(read: PlannedRead): ModbusRequest;
}

export function createMeter(
  config: ModbusDeviceConfig,
  profile: MeterProfile,
  framing: Framing,
  timing: LineTiming,
): Meter {
  const { rows, scales, limits } = rowsOf(config, profile);
  const gapMs = config.gapMs ?? profile.gapMs;
  const latency = createLearnedLatency(config.latencyMs ?? profile.latencyMs);
  const plans = createReadPlans(limits, (latencyMs) => readCost(framing, timing, gapMs, latencyMs));
  const latencyNow = () => latency.typicalMs ?? ASSUMED_LATENCY_MS;
  const meter: Meter = {
    device: describeDevice(config, profile, rows),
    config,
    unit: { gapMs, latency },
    plans,
    scales,
    factors: new Map(),
    scalesReadAt: Number.NEGATIVE_INFINITY,
    refused: new Set(),
    dueRows(slotAt) {
      const isDue = (row: MeterRow) => slotAt === undefined || slotAt % row.intervalMs === 0;
      return rows.filter((row) => !meter.refused.has(row.plan.key) && isDue(row));
    },
    planFor(due, now) {
      const isScaleDue = now - meter.scalesReadAt >= SCALES_VALID_MS || meter.factors.size < scales.length;
      const wanted: PlanRow[] = due.map((row) => row.plan);
      if (isScaleDue)
        wanted.push(...scales.map((row) => row.plan).filter((row) => !meter.refused.has(row.key)));
      const live = new Set(due.filter((row) => row.register.cadence === 'live').map((row) => row.plan.key));
      return liveFirst(plans.plan(wanted, latencyNow()), live);
    },
    probe() {
      const smallest = meter.dueRows(undefined)[0] ?? rows[0];
      if (smallest === undefined) throw new RangeError(`${config.id} has no rows to read`);
      const read = plans.plan([smallest.plan], ASSUMED_LATENCY_MS)[0];
      if (read === undefined) throw new RangeError(`${config.id} has no rows to read`);
      return read;
    },
    request: (read) =>
      readRegisters({ unitId: config.unitId, table: read.table, address: read.address, count: read.count }),
  };
  return meter;
}

function liveFirst(reads: readonly PlannedRead[], live: ReadonlySet<string>): PlannedRead[] {
  const isLive = (read: PlannedRead) => read.rows.some((row) => live.has(row.key));
  return [...reads.filter(isLive), ...reads.filter((read) => !isLive(read))];
}
