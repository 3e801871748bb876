import type { QuantityCode } from '../domain/quantity.ts';
import { type Dimension, UNITS } from './units.ts';

const DIMENSION_OF: Readonly<Record<QuantityCode, Dimension>> = {
  p: 'active power',
  q: 'reactive power',
  s: 'apparent power',
  v: 'voltage',
  i: 'current',
  f: 'frequency',
  pf: 'ratio',
  phi: 'angle',
  e_imp: 'active energy',
  e_exp: 'active energy',
  e_tot: 'active energy',
  eq_imp: 'reactive energy',
  eq_exp: 'reactive energy',
  eq_tot: 'reactive energy',
  eq_imp_ind: 'reactive energy',
  eq_imp_cap: 'reactive energy',
  eq_exp_ind: 'reactive energy',
  eq_exp_cap: 'reactive energy',
  es: 'apparent energy',
  es_imp: 'apparent energy',
  es_exp: 'apparent energy',
  v_thd: 'percentage',
  i_thd: 'percentage',
  rotation: 'none',
  relay: 'none',
  temp: 'temperature',
  alarm: 'none',
};

const CODE_OF: Partial<Record<Dimension, QuantityCode>> = {
  'active power': 'p',
  'reactive power': 'q',
  'apparent power': 's',
  voltage: 'v',
  current: 'i',
  frequency: 'f',
  angle: 'phi',
  'active energy': 'e_imp',
  'reactive energy': 'eq_imp',
  'apparent energy': 'es',
  temperature: 'temp',
};

/**
 * How a value in a declared unit becomes one in the unit of its quantity; undefined where the unit is not known
 * or does not fit: watts are no reactive power, volt-amperes no active one.
 */
export function unitConversion(unit: string, code: QuantityCode): ((value: number) => number) | undefined {
  const wanted = DIMENSION_OF[code];
  const facts = UNITS.get(unit.trim())?.find(({ dimension }) => dimension === wanted);
  if (facts === undefined) return undefined;
  const { multiply = 1, divide = 1, add = 0 } = facts;
  // Dividing keeps decimals that multiplying by 0.001 would smear.
  return (value) => ((value + add) * multiply) / divide;
}

/** What a value of this unit is where nothing else is known: 'W' is `p`, 'kWh' is `e_imp`; '%' could be anything. */
export function codeOfUnit(unit: string): QuantityCode | undefined {
  const facts = UNITS.get(unit.trim());
  return facts?.length === 1 && facts[0] !== undefined ? CODE_OF[facts[0].dimension] : undefined;
}
