import type { Device } from '../domain/device.ts';
import { type Reading, readingKey, type Sample } from '../domain/reading.ts';
import { type Bounds, gaugeBounds, highestRate, isCounter } from './bounds.ts';
import { CounterGuard } from './counter-guard.ts';

interface Rejection {
  readonly key: string;
  readonly value: number;
  /** Half a sentence for people: `more than 40 A fuses let through`. */
  readonly reason: string;
}

/** A counter that was found to go on from another level. */
export interface NewLevel {
  readonly key: string;
  readonly change: 'reset' | 'jump';
  readonly from: number;
  readonly to: number;
}

interface Judgement {
  /** The sample without what was rejected; the same object where nothing was. */
  readonly sample: Sample;
  readonly rejected: readonly Rejection[];
  readonly newLevels: readonly NewLevel[];
}

export type PlausibilityFilter = (sample: Sample) => Judgement;

const NOTHING: readonly never[] = [];

/**
 * Makes the filter of one device; it remembers the counters' levels and nothing else. What is physically
 * impossible is dropped, never clamped: a limit looks like a measurement. Active against apparent power is
 * not compared: a load that switches between the two reads makes a true pair look impossible.
 */
export function createPlausibilityFilter(device: Device): PlausibilityFilter {
  const bounds = new Map<string, Bounds | undefined>();
  const guards = new Map<string, CounterGuard>();

  const boundsOf = (key: string, reading: Reading) => {
    if (!bounds.has(key)) bounds.set(key, gaugeBounds(device, reading));
    return bounds.get(key);
  };
  const guardOf = (key: string, reading: Reading) => {
    const known = guards.get(key);
    if (known !== undefined) return known;
    const intervalMs =
      device.quantities.find((quantity) => readingKey(quantity) === key)?.intervalMs ?? device.intervalMs;
    const guard = new CounterGuard(highestRate(device, reading), intervalMs);
    guards.set(key, guard);
    return guard;
  };

  return (sample) => {
    const rejected: Rejection[] = [];
    const newLevels: NewLevel[] = [];
    const isKept = (reading: Reading): boolean => {
      const { value } = reading;
      const key = readingKey(reading);
      const reason = Number.isFinite(value)
        ? isCounter(reading.code)
          ? judgeCounter(guardOf(key, reading), key, value, sample.takenAt, newLevels)
          : judgeGauge(boundsOf(key, reading), value)
        : 'not a finite number';
      if (reason !== undefined) rejected.push({ key, value, reason });
      return reason === undefined;
    };
    const readings = sample.readings.filter(isKept);
    if (rejected.length === 0) return { sample, rejected: NOTHING, newLevels };
    return { sample: { ...sample, readings }, rejected, newLevels };
  };
}

function judgeGauge(bounds: Bounds | undefined, value: number): string | undefined {
  if (bounds === undefined || (value >= bounds.min && value <= bounds.max)) return undefined;
  return `outside ${rounded(bounds.min)} to ${rounded(bounds.max)}`;
}

function judgeCounter(
  guard: CounterGuard,
  key: string,
  value: number,
  atMs: number,
  newLevels: NewLevel[],
): string | undefined {
  const verdict = guard.judge(value, atMs);
  if (verdict.kind === 'rejected') return verdict.reason;
  if (verdict.kind === 'new-level')
    newLevels.push({ key, change: verdict.change, from: verdict.from, to: value });
  return undefined;
}

function rounded(bound: number): number {
  return Math.round(bound * 100) / 100;
}
