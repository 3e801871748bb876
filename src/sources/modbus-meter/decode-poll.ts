import type { Reading } from '../../domain/reading.ts';
import { decodeRegister, decodeScale } from '../../meters/decode-register.ts';
import { invertedCode, type MeterRow, type ScaleRow } from './meter-rows.ts';
import type { PlannedRead } from './plan-reads.ts';

/** The words of one answered read. */
export interface AnsweredRead {
  readonly read: PlannedRead;
  readonly words: readonly number[];
}

/** The words of each row that was answered, by key. */
export function wordsByKey(answers: readonly AnsweredRead[]): ReadonlyMap<string, readonly number[]> {
  const words = new Map<string, readonly number[]>();
  for (const { read, words: all } of answers) {
    for (const row of read.rows) {
      const offset = row.address - read.address;
      words.set(row.key, all.slice(offset, offset + row.count));
    }
  }
  return words;
}

/** Factors of the scale registers that were answered; an impossible one is left out. */
export function decodeScales(
  scales: readonly ScaleRow[],
  words: ReadonlyMap<string, readonly number[]>,
): Map<string, number> {
  const factors = new Map<string, number>();
  for (const { plan, scale } of scales) {
    const own = words.get(plan.key);
    const factor = own === undefined ? undefined : decodeScale(scale, own);
    if (factor !== undefined) factors.set(scale.name, factor);
  }
  return factors;
}

/** Readings of the rows that were answered and are available in the meter. */
export function decodeReadings(
  rows: readonly MeterRow[],
  words: ReadonlyMap<string, readonly number[]>,
  factors: ReadonlyMap<string, number>,
  isInverted: boolean,
): Reading[] {
  const readings: Reading[] = [];
  for (const { plan, register } of rows) {
    const own = words.get(plan.key);
    const value = own === undefined ? undefined : decodeRegister(register, own, factors);
    if (value === undefined || !Number.isFinite(value)) continue;
    const { code, phase } = register;
    const reading = { code, ...(phase === undefined ? {} : { phase }), value };
    readings.push(isInverted ? invert(reading) : reading);
  }
  return readings;
}

const SIGNED = new Set(['p', 'q', 'pf']);

function invert(reading: Reading): Reading {
  const value = SIGNED.has(reading.code) ? -reading.value : reading.value;
  return { ...reading, code: invertedCode(reading.code), value };
}
