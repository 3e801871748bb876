import type { AddressRange, ReadLimits } from '../../meters/profile.ts';
import type { Framing } from '../../protocols/modbus/framing.ts';
import type { LineTiming } from '../../protocols/modbus/line-timing.ts';
import { type PlannedRead, type PlanRow, planReads, type ReadCost } from './plan-reads.ts';

/** Latency that a plan reckons with before the meter's own is known, ms. */
export const ASSUMED_LATENCY_MS = 30;
/** What this program and the system add to each request, ms; measured, docs/decisions/0003. */
const OWN_OVERHEAD_MS = 0.5;

/** What a request of this meter costs on this line. */
export function readCost(framing: Framing, timing: LineTiming, gapMs: number, latencyMs: number): ReadCost {
  const perByte = (framing.frameLength(1) - framing.frameLength(0)) * timing.characterMs;
  const frames = (framing.frameLength(5) + framing.frameLength(2)) * timing.characterMs;
  const silence = timing.silentIntervalMs + Math.max(timing.silentIntervalMs, gapMs);
  return { requestMs: frames + silence + latencyMs + OWN_OVERHEAD_MS, registerMs: 2 * perByte };
}

/** Plans for sets of due rows, made once each. What a meter refused changes the limits and drops the plans. */
export interface ReadPlans {
  plan(rows: readonly PlanRow[], latencyMs: number): readonly PlannedRead[];
  readonly limits: ReadLimits;
  /** No read touches these registers any more. */
  forbid(range: AddressRange): void;
  /** The meter refused a block whose rows it answers one by one: never bridge, never read that long again. */
  refuseLongReads(count: number): void;
}

export function createReadPlans(limits: ReadLimits, cost: (latencyMs: number) => ReadCost): ReadPlans {
  let current = limits;
  let plans = new Map<string, readonly PlannedRead[]>();
  return {
    get limits() {
      return current;
    },
    plan(rows, latencyMs) {
      // Steps of a quarter, so that a latency that wanders does not make a new plan each time.
      const step = Math.round(Math.log2(Math.max(1, latencyMs)) * 4);
      const key = `${step}|${rows.map((row) => row.key).join()}`;
      let plan = plans.get(key);
      if (plan === undefined) {
        if (plans.size > 64) plans.clear();
        plan = planReads(rows, current, cost(2 ** (step / 4)));
        plans.set(key, plan);
      }
      return plan;
    },
    forbid(range) {
      current = { ...current, forbidden: [...current.forbidden, range] };
      plans = new Map();
    },
    refuseLongReads(count) {
      const shorter = current.canBridge ? current.maxRegisters : Math.max(4, Math.floor(count / 2));
      current = { ...current, canBridge: false, maxRegisters: Math.min(current.maxRegisters, shorter) };
      plans = new Map();
    },
  };
}
