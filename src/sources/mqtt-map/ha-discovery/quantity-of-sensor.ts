import type { QuantityCode } from '../../../domain/quantity.ts';
import { codeOfUnit } from '../../../mapping/unit-conversion.ts';
import type { DiscoveredSensor } from '../../../protocols/ha-discovery/discovery-config.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

/** What a sensor is taken for, and how well it fits; a higher rank wins its quantity. */
export interface Guess {
  readonly code: QuantityCode;
  readonly resets: PushedValue['resets'] | undefined;
  readonly rank: number;
}

const wordsOf = ({ objectId, uniqueId = '', name = '' }: DiscoveredSensor) =>
  `${objectId} ${uniqueId} ${name}`.toLowerCase();

/** Sums of past times and extremes have the unit of what is measured now, and are not it. */
const NOT_NOW = /yesterday|last|previous|period|week|year|average|(^|[^a-z])(avg|min|max|peak|limit|target)/;
const EXPORT = /produc|return|export|feed|inject|deliver/;
const DAILY = /today|daily|_day(?![a-z])/;
const MONTHLY = /month/;

/**
 * The quantity of a sensor: by its unit first, because device classes are often wrong (var and kWh labelled as
 * power); the class only where the unit leaves it open. Undefined where neither says it.
 */
export function quantityOfSensor(sensor: DiscoveredSensor): Guess | undefined {
  const code = codeOf(sensor);
  const words = wordsOf(sensor);
  if (code === undefined || NOT_NOW.test(words)) return undefined;
  if (code !== 'e_imp' && code !== 'eq_imp') return { code, resets: undefined, rank: 1 };
  // Energy that is "measured" goes up and down: no counter.
  if (sensor.stateClass === 'measurement') return undefined;
  const resets = DAILY.test(words) ? 'daily' : MONTHLY.test(words) ? 'monthly' : undefined;
  const rank = (sensor.stateClass === undefined ? 1 : 2) - (resets === undefined ? 0 : 2);
  if (!EXPORT.test(words)) return { code, resets, rank };
  return { code: code === 'e_imp' ? 'e_exp' : 'eq_exp', resets, rank };
}

function codeOf({ unit, deviceClass }: DiscoveredSensor): QuantityCode | undefined {
  if (unit !== undefined) {
    const code = codeOfUnit(unit);
    if (code !== undefined) return code;
  }
  // A power factor is announced in per cent or without a unit.
  return deviceClass === 'power_factor' && (unit === undefined || unit === '%') ? 'pf' : undefined;
}
