import { readingKey } from '../../domain/reading.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { Framing } from '../../protocols/modbus/framing.ts';
import type { LineTiming } from '../../protocols/modbus/line-timing.ts';
import type { ModbusDeviceConfig } from './config.ts';
import { combinedIntervals, leastCommonMultiple } from './interval-kinds.ts';
import { type MeterRows, rowsOf } from './meter-rows.ts';
import { type PlannedRead, planCostMs } from './plan-reads.ts';
import { ASSUMED_LATENCY_MS, createReadPlans, readCost } from './read-plans.ts';

/** One request and how long it keeps the line busy, ms: both frames, silence, latency of the meter. */
export interface CostedRead {
  readonly read: PlannedRead;
  readonly lineMs: number;
}

/** What is asked for at slots of one kind. */
export interface SlotPlan {
  /** These slots are whole multiples of it, and not of the longer intervals of the same device. */
  readonly intervalMs: number;
  /** How many of them there are in a second, on average. */
  readonly perSecond: number;
  readonly reads: readonly CostedRead[];
  /** All reads together, ms. */
  readonly lineMs: number;
  /** Keys of the values that a sample then holds. */
  readonly keys: readonly string[];
}

export interface DevicePlan {
  readonly id: string;
  readonly meter: string;
  readonly unitId: number;
  readonly intervalMs: number;
  /** Shortest interval first; at the last kind everything is due. */
  readonly slots: readonly SlotPlan[];
  /** Registers that scale others: read at the start and every five minutes, not counted in the line time. */
  readonly scaleRegisters: number;
  /** Share of the time that the line is busy with this device, per cent. */
  readonly loadPercent: number;
}

export interface PlanProblem {
  /** `impossible`: the configuration cannot do what it says. */
  readonly level: 'impossible' | 'warning';
  readonly text: string;
}

export interface BusPlan {
  readonly id: string;
  readonly devices: readonly DevicePlan[];
  readonly loadPercent: number;
  /** Line time of the slot at which everything is due, ms. */
  readonly fullSlotMs: number;
  readonly problems: readonly PlanProblem[];
}

/** A device with what its model says. */
export interface PlannedDevice {
  readonly config: ModbusDeviceConfig;
  readonly profile: MeterProfile;
}

/**
 * What the bus loop will ask for, and how long that takes. `latencyMs` is reckoned with for each answer;
 * the gateway itself begins with the same number and then learns the meter's own.
 */
export function planBus(
  id: string,
  devices: readonly PlannedDevice[],
  line: { readonly framing: Framing; readonly timing: LineTiming },
  latencyMs: number = ASSUMED_LATENCY_MS,
): BusPlan {
  const problems: PlanProblem[] = [];
  const plans = devices.flatMap((device) => {
    problems.push(...rowProblems(device));
    try {
      return [planDevice(device, line, latencyMs)];
    } catch (error) {
      // A row that no legal read can hold; anything else is a mistake of this program.
      if (!(error instanceof RangeError)) throw error;
      problems.push({ level: 'impossible', text: `${device.config.id}: ${error.message}` });
      return [];
    }
  });
  const loadPercent = plans.reduce((sum, plan) => sum + plan.loadPercent, 0);
  const fullSlotMs = plans.reduce((sum, plan) => sum + (plan.slots.at(-1)?.lineMs ?? 0), 0);
  problems.push(...loadProblems(id, plans, loadPercent, fullSlotMs));
  return { id, devices: plans, loadPercent, fullSlotMs, problems };
}

function planDevice(
  { config, profile }: PlannedDevice,
  { framing, timing }: { readonly framing: Framing; readonly timing: LineTiming },
  latencyMs: number,
): DevicePlan {
  const found = rowsOf(config, profile);
  const costAt = (ms: number) => readCost(framing, timing, config.gapMs ?? profile.gapMs, ms);
  const plans = createReadPlans(found.limits, costAt);
  const cost = costAt(latencyMs);
  const slots = slotKinds(found, config.intervalMs).map(({ intervalMs, perSecond, rows }) => {
    const reads = plans.plan(
      rows.map((row) => row.plan),
      latencyMs,
    );
    return {
      intervalMs,
      perSecond,
      reads: reads.map((read) => ({ read, lineMs: planCostMs([read], cost) })),
      lineMs: planCostMs(reads, cost),
      keys: rows.map((row) => row.plan.key),
    };
  });
  return {
    id: config.id,
    meter: profile.id,
    unitId: config.unitId,
    intervalMs: config.intervalMs,
    slots,
    scaleRegisters: found.scales.reduce((sum, { plan }) => sum + plan.count, 0),
    loadPercent: slots.reduce((sum, slot) => sum + (slot.perSecond * slot.lineMs) / 10, 0),
  };
}

// A row is due at slots of the device that are multiples of its own interval as well.
function slotKinds({ rows }: MeterRows, deviceMs: number) {
  const due = rows.map((row) => ({ row, everyMs: leastCommonMultiple(deviceMs, row.intervalMs) }));
  return combinedIntervals(due.map(({ everyMs }) => everyMs)).map(({ intervalMs, perSecond }) => ({
    intervalMs,
    perSecond,
    rows: due.filter(({ everyMs }) => intervalMs % everyMs === 0).map(({ row }) => row),
  }));
}

function rowProblems({ config, profile }: PlannedDevice): PlanProblem[] {
  const { rows } = rowsOf(config, profile);
  const read = new Set(rows.map((row) => row.plan.key));
  const enabled = new Map(profile.registers.map((row) => [readingKey(row), row.enabled]));
  const warn = (text: string): PlanProblem => ({ level: 'warning', text: `${config.id}: ${text}` });
  const named = [...(config.only ?? []), ...config.enable, ...config.disable];
  const problems = [...new Set(named)].flatMap((key) => {
    if (!enabled.has(key))
      return [warn(`${profile.id} has no ${key}; \`busbar meters ${profile.id}\` lists what it has`)];
    const isOff = config.only?.includes(key) === true && !read.has(key) && !config.disable.includes(key);
    return isOff ? [warn(`${key} is switched off in ${profile.id}; write it under "enable" too`)] : [];
  });
  const uneven = [...new Set(rows.map((row) => row.intervalMs))].filter((ms) => ms % config.intervalMs !== 0);
  for (const ms of uneven) {
    const effective = leastCommonMultiple(config.intervalMs, ms);
    problems.push(
      warn(
        `values asked for every ${ms / 1000} s come every ${effective / 1000} s, because the device is polled every ` +
          `${config.intervalMs / 1000} s; use a whole multiple of its interval`,
      ),
    );
  }
  if (rows.length === 0)
    problems.push({
      level: 'impossible',
      text: `${config.id}: nothing is left to read; check "only", "enable" and "disable"`,
    });
  return problems;
}

/** Beyond it there is little time left for repeats and probes. */
const BUSY_PERCENT = 80;

function loadProblems(
  id: string,
  plans: readonly DevicePlan[],
  loadPercent: number,
  fullSlotMs: number,
): PlanProblem[] {
  const advice =
    'poll less often (interval, counterInterval), read fewer values (only), or raise the baud rate';
  const percent = Math.round(loadPercent);
  if (loadPercent > 100)
    return [
      {
        level: 'impossible',
        text: `${id}: the line cannot carry these intervals: ${plans.map(loadWords).join(' + ')} = ${percent} % of the time; ${advice}`,
      },
    ];
  const problems: PlanProblem[] = [];
  const fastest = plans.reduce<DevicePlan | undefined>(
    (a, b) => (a === undefined || b.intervalMs < a.intervalMs ? b : a),
    undefined,
  );
  if (fastest !== undefined && fullSlotMs > fastest.intervalMs) {
    const skipped = Math.ceil(fullSlotMs / fastest.intervalMs) - 1;
    const parts = plans
      .map((plan) => `${plan.id} ${Math.round(plan.slots.at(-1)?.lineMs ?? 0)} ms`)
      .join(' + ');
    problems.push({
      level: 'warning',
      text:
        `${id}: when everything is due at once it takes ${parts} = ${Math.round(fullSlotMs)} ms, longer than the ` +
        `${fastest.intervalMs} ms between two polls of ${fastest.id}: ${skipped} of them ${skipped === 1 ? 'is' : 'are'} skipped each time; ${advice}`,
    });
  }
  if (loadPercent > BUSY_PERCENT)
    problems.push({
      level: 'warning',
      text: `${id}: the line is busy ${percent} % of the time, little is left for repeats; ${advice}`,
    });
  return problems;
}

function loadWords(plan: DevicePlan): string {
  const parts = plan.slots.map((slot) => `${Math.round(slot.lineMs)} ms every ${slot.intervalMs / 1000} s`);
  return `${plan.id} (${parts.join(', ')}) ${Math.round(plan.loadPercent)} %`;
}
