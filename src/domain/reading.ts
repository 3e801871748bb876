import type { Phase, QuantityCode } from './quantity.ts';

/** One value, always in the unit of its quantity, always finite. What is absent has no reading at all. */
export interface Reading {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  readonly value: number;
}

/** All readings that one poll took from one device. */
export interface Sample {
  readonly deviceId: string;
  /** When it was measured: milliseconds since 1970, the middle of the bus transactions of the poll. */
  readonly takenAt: number;
  readonly readings: readonly Reading[];
}

/** The last topic level and the key in the JSON documents: `p`, `v_l1`, `e_imp`. */
export function readingKey(reading: { readonly code: QuantityCode; readonly phase?: Phase }): string {
  return reading.phase === undefined ? reading.code : `${reading.code}_${reading.phase}`;
}
