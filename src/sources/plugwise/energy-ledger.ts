import type { LogEntry } from '../../protocols/plugwise/messages.ts';
import { type Calibration, pulsesToKilowattHours } from '../../protocols/plugwise/pulses.ts';

/**
 * Energy counters of one Circle, from what it counts itself: pulses of the running hour (with each power answer)
 * and the totals of past hours (its log). The ledger notes how many pulses of which hour have been counted; what
 * the log says beyond that is added, so that nothing between the last answer before and the first after the full
 * hour is lost, nor the hours in which nobody asked. Counters only ever grow.
 */
export interface EnergyLedger {
  importKwh: number;
  exportKwh: number;
  /** Hours (since 1970) up to this one are finished; undefined before the first count. */
  finishedHour: number | undefined;
  /** Of unfinished hours, by their number. */
  readonly hours: Map<number, CountedHour>;
  /** Hours whose rest could not be learned. */
  gaps: number;
}

export interface CountedHour {
  readonly consumed: number;
  /** Positive. */
  readonly produced: number;
  /** Wall clock of the last count. */
  readonly at: number;
  /** The node's counter fell, or its clock was set, in this hour: its total in the log says nothing. */
  readonly isBroken: boolean;
}

export interface HourCount {
  readonly consumed: number;
  readonly produced: number;
  readonly at: number;
}

const HOUR_MS = 3_600_000;
/** Clocks may be off by 5 s: so near to the full hour it is not certain whose pulses these are. */
const UNSURE_MS = 15_000;
/** Older hours are not looked for in the log. */
const MAX_HOURS_BACK = 24;

export function createEnergyLedger(): EnergyLedger {
  return { importKwh: 0, exportKwh: 0, finishedHour: undefined, hours: new Map(), gaps: 0 };
}

/** Adds the pulses that came since the last count; false where this one says nothing certain. */
export function addCount(ledger: EnergyLedger, count: HourCount, calibration: Calibration): boolean {
  const hour = Math.floor(count.at / HOUR_MS);
  const intoMs = count.at - hour * HOUR_MS;
  if (intoMs < UNSURE_MS || intoMs > HOUR_MS - UNSURE_MS) return false;
  if (ledger.finishedHour === undefined) {
    // Counting begins here: what the hour had before is not ours.
    ledger.finishedHour = hour - 1;
    ledger.hours.set(hour, { ...count, isBroken: false });
    return true;
  }
  if (hour <= ledger.finishedHour) return false;
  const before = ledger.hours.get(hour) ?? { consumed: 0, produced: 0, at: hour * HOUR_MS, isBroken: false };
  const hasFallen = count.consumed < before.consumed || count.produced < before.produced;
  if (!hasFallen) addPulses(ledger, before, count, count.at, calibration);
  ledger.hours.set(hour, { ...count, isBroken: before.isBroken || hasFallen });
  return true;
}

/** Finishes all hours before `currentHour` with what the log says of them. */
export function finishHours(
  ledger: EnergyLedger,
  entries: readonly LogEntry[],
  currentHour: number,
  calibration: Calibration,
): void {
  const { finishedHour } = ledger;
  if (finishedHour === undefined) return;
  const totals = totalsByHour(entries);
  for (let hour = finishedHour + 1; hour < currentHour; hour++) {
    const counted = ledger.hours.get(hour);
    ledger.hours.delete(hour);
    const total = totals.get(hour);
    if (total === undefined || counted?.isBroken === true) {
      ledger.gaps++;
      continue;
    }
    const before = counted ?? { consumed: 0, produced: 0, at: hour * HOUR_MS };
    addPulses(ledger, before, total, (hour + 1) * HOUR_MS, calibration);
  }
  ledger.finishedHour = Math.max(finishedHour, currentHour - 1);
}

/** The node's clock was set: its count of this hour begins somewhere, and its log is of no use for it. */
export function breakHour(ledger: EnergyLedger, at: number): void {
  const hour = Math.floor(at / HOUR_MS);
  const counted = ledger.hours.get(hour);
  // A count beyond every true one makes the next a fall, which begins anew.
  if (ledger.finishedHour === undefined || hour <= ledger.finishedHour) return;
  const begin = counted ?? { consumed: 0, produced: 0, at };
  const unknown = { ...begin, consumed: Number.MAX_SAFE_INTEGER, isBroken: true };
  ledger.hours.set(hour, unknown);
}

/** How many hours of the log are wanted at `at`; 0 where all is finished. */
export function hoursWanted(ledger: EnergyLedger, at: number): number {
  if (ledger.finishedHour === undefined) return 0;
  return Math.max(0, Math.floor(at / HOUR_MS) - 1 - ledger.finishedHour);
}

/** Gives up hours that are too long ago to be looked for. */
export function dropOldHours(ledger: EnergyLedger, at: number): void {
  const oldest = Math.floor(at / HOUR_MS) - 1 - MAX_HOURS_BACK;
  if (ledger.finishedHour === undefined || ledger.finishedHour >= oldest) return;
  ledger.gaps += oldest - ledger.finishedHour;
  ledger.finishedHour = oldest;
  for (const hour of ledger.hours.keys()) if (hour <= oldest) ledger.hours.delete(hour);
}

interface Pulses {
  readonly consumed: number;
  readonly produced: number;
}

function addPulses(
  ledger: EnergyLedger,
  before: Pulses & { readonly at: number },
  now: Pulses,
  untilMs: number,
  calibration: Calibration,
): void {
  const seconds = Math.max(1, (untilMs - before.at) / 1000);
  const kwh = (pulses: number) => (pulses > 0 ? pulsesToKilowattHours(pulses, seconds, calibration) : 0);
  ledger.importKwh += kwh(now.consumed - before.consumed);
  ledger.exportKwh += kwh(now.produced - before.produced);
}

// Entries bear the end of their time; those of one hour (two where production is logged) belong together.
function totalsByHour(entries: readonly LogEntry[]): ReadonlyMap<number, Pulses> {
  const totals = new Map<number, Pulses>();
  for (const { endMs, pulses } of entries) {
    if (endMs === undefined) continue;
    const hour = Math.floor((endMs - 1) / HOUR_MS);
    const { consumed, produced } = totals.get(hour) ?? { consumed: 0, produced: 0 };
    totals.set(hour, {
      consumed: consumed + Math.max(0, pulses),
      produced: produced + Math.max(0, -pulses),
    });
  }
  return totals;
}
