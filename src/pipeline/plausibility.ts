import type { Device } from '../domain/device.ts';
import { type Reading, readingKey, type Sample } from '../domain/reading.ts';
import { type Bounds, gaugeBounds, isCounter } from './bounds.ts';

interface Rejection {
  readonly key: string;
  readonly value: number;
  /** Half a sentence for people: `more than 40 A fuses let through`. */
  readonly reason: string;
}

interface Judgement {
  /** The sample without what was rejected; the same object where nothing was. */
  readonly sample: Sample;
  readonly rejected: readonly Rejection[];
}

export type PlausibilityFilter = (sample: Sample) => Judgement;

const NOTHING: readonly never[] = [];

/**
 * Makes the filter of one device for all but its counters. What is physically impossible is dropped, never
 * clamped: a limit looks like a measurement. Active against apparent power is not compared: a load that switches
 * between the two reads makes a true pair look impossible.
 */
export function createPlausibilityFilter(device: Device): PlausibilityFilter {
  const bounds = new Map<string, Bounds | undefined>();
  const boundsOf = (key: string, reading: Reading) => {
    if (!bounds.has(key)) bounds.set(key, gaugeBounds(device, reading));
    return bounds.get(key);
  };

  return (sample) => {
    const rejected: Rejection[] = [];
    const isKept = (reading: Reading): boolean => {
      if (isCounter(reading.code)) return true;
      const { value } = reading;
      const key = readingKey(reading);
      const reason = Number.isFinite(value) ? judge(boundsOf(key, reading), value) : 'not a finite number';
      if (reason !== undefined) rejected.push({ key, value, reason });
      return reason === undefined;
    };
    const readings = sample.readings.filter(isKept);
    if (rejected.length === 0) return { sample, rejected: NOTHING };
    return { sample: { ...sample, readings }, rejected };
  };
}

function judge(bounds: Bounds | undefined, value: number): string | undefined {
  if (bounds === undefined || (value >= bounds.min && value <= bounds.max)) return undefined;
  return `outside ${rounded(bounds.min)} to ${rounded(bounds.max)}`;
}

function rounded(bound: number): number {
  return Math.round(bound * 100) / 100;
}
