import type { Device } from '../../domain/device.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { Framing } from '../../protocols/modbus/framing.ts';
import { createLearnedLatency } from '../../protocols/modbus/latency.ts';
import type { LineTiming } from '../../protocols/modbus/line-timing.ts';
import { type ModbusRequest, readRegisters } from '../../protocols/modbus/pdu.ts';
import type { UnitNeeds } from '../../protocols/modbus/transactor.ts';
import type { ModbusDeviceConfig } from './config.ts';
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
  readonly refused: ReadonlySet<string>;
  /** Never asks for the row again, nor bridges its registers unless another row needs them. */
  refuse(key: string): void;
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
  const refused = new Set<string>();
  const wholeProbe = rows[0] && plans.plan([rows[0].plan], ASSUMED_LATENCY_MS)[0];
  const latencyNow = () => latency.typicalMs ?? ASSUMED_LATENCY_MS;
  const meter: Meter = {
    device: describeDevice(config, profile, rows),
    config,
    unit: { gapMs, latency },
    plans,
    scales,
    factors: new Map(),
    scalesReadAt: Number.NEGATIVE_INFINITY,
    refused,
    refuse(key) {
      refused.add(key);
      const all = [...rows, ...scales].map((row) => row.plan);
      const own = all.find((row) => row.key === key);
      if (own !== undefined && !all.some((row) => !refused.has(row.key) && overlap(row, own)))
        plans.forbid({ table: own.table, first: own.address, last: own.address + own.count - 1 });
    },
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
      const row = meter.dueRows(undefined)[0];
      // Where the meter refuses every row, its refusal still says that it is there.
      const read = row === undefined ? wholeProbe : plans.plan([row.plan], ASSUMED_LATENCY_MS)[0];
      if (read === undefined) throw new RangeError(`${config.id} has no rows to read`);
      return read;
    },
    request: (read) =>
      readRegisters({ unitId: config.unitId, table: read.table, address: read.address, count: read.count }),
  };
  return meter;
}

function overlap(a: PlanRow, b: PlanRow): boolean {
  return a.table === b.table && a.address < b.address + b.count && b.address < a.address + a.count;
}

function liveFirst(reads: readonly PlannedRead[], live: ReadonlySet<string>): PlannedRead[] {
  const isLive = (read: PlannedRead) => read.rows.some((row) => live.has(row.key));
  return [...reads.filter(isLive), ...reads.filter((read) => !isLive(read))];
}
