import type { DeviceQuantity } from '../domain/device.ts';
import type { QuantityCode } from '../domain/quantity.ts';
import type { Reading } from '../domain/reading.ts';

const SIGNED: ReadonlySet<QuantityCode> = new Set(['p', 'q', 'pf']);

const OPPOSITE: Partial<Record<QuantityCode, QuantityCode>> = {
  e_imp: 'e_exp',
  e_exp: 'e_imp',
  eq_imp: 'eq_exp',
  eq_exp: 'eq_imp',
  eq_imp_ind: 'eq_exp_ind',
  eq_exp_ind: 'eq_imp_ind',
  eq_imp_cap: 'eq_exp_cap',
  eq_exp_cap: 'eq_imp_cap',
  es_imp: 'es_exp',
  es_exp: 'es_imp',
};

const inverted = (code: QuantityCode) => OPPOSITE[code] ?? code;

/** Readings of a device that is installed backwards: powers and the power factor change sign, counters their place. */
export function invertReadings(readings: readonly Reading[]): readonly Reading[] {
  return readings.map((reading) => ({
    ...reading,
    code: inverted(reading.code),
    value: SIGNED.has(reading.code) && reading.value !== 0 ? -reading.value : reading.value,
  }));
}

/** What such a device can tell: where it counts import, export is told. */
export function invertQuantities(quantities: readonly DeviceQuantity[]): readonly DeviceQuantity[] {
  return quantities.map((quantity) => ({ ...quantity, code: inverted(quantity.code) }));
}
