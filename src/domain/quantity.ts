/**
 * Every quantity that can stand in a topic, one row each. Adding a quantity is adding a row.
 *
 * `unit` is the only unit in which a value of that code is ever published; `decimals` the most decimals
 * that are printed; `class` the word Home Assistant uses for the quantity (absent where it has none).
 */
export interface QuantityFacts {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'counter';
  readonly decimals: number;
  readonly class?: string;
}

export const QUANTITIES = {
  p: { name: 'active power', unit: 'W', kind: 'gauge', decimals: 2, class: 'power' },
  q: { name: 'reactive power', unit: 'var', kind: 'gauge', decimals: 2, class: 'reactive_power' },
  s: { name: 'apparent power', unit: 'VA', kind: 'gauge', decimals: 2, class: 'apparent_power' },
  v: { name: 'voltage', unit: 'V', kind: 'gauge', decimals: 2, class: 'voltage' },
  i: { name: 'current', unit: 'A', kind: 'gauge', decimals: 3, class: 'current' },
  f: { name: 'frequency', unit: 'Hz', kind: 'gauge', decimals: 3, class: 'frequency' },
  pf: { name: 'power factor', unit: '', kind: 'gauge', decimals: 3, class: 'power_factor' },
  phi: { name: 'phase angle', unit: '°', kind: 'gauge', decimals: 2 },
  e_imp: { name: 'active energy imported', unit: 'kWh', kind: 'counter', decimals: 3, class: 'energy' },
  e_exp: { name: 'active energy exported', unit: 'kWh', kind: 'counter', decimals: 3, class: 'energy' },
  e_tot: {
    name: 'active energy, both directions added',
    unit: 'kWh',
    kind: 'counter',
    decimals: 3,
    class: 'energy',
  },
  eq_imp: {
    name: 'reactive energy imported',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_exp: {
    name: 'reactive energy exported',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_tot: {
    name: 'reactive energy, both directions added',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_imp_ind: {
    name: 'inductive reactive energy during import',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_imp_cap: {
    name: 'capacitive reactive energy during import',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_exp_ind: {
    name: 'inductive reactive energy during export',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  eq_exp_cap: {
    name: 'capacitive reactive energy during export',
    unit: 'kvarh',
    kind: 'counter',
    decimals: 3,
    class: 'reactive_energy',
  },
  es: { name: 'apparent energy', unit: 'kVAh', kind: 'counter', decimals: 3 },
  es_imp: { name: 'apparent energy during import', unit: 'kVAh', kind: 'counter', decimals: 3 },
  es_exp: { name: 'apparent energy during export', unit: 'kVAh', kind: 'counter', decimals: 3 },
  v_thd: { name: 'total harmonic distortion of the voltage', unit: '%', kind: 'gauge', decimals: 2 },
  i_thd: { name: 'total harmonic distortion of the current', unit: '%', kind: 'gauge', decimals: 2 },
  rotation: { name: 'phase sequence, 1 right and -1 wrong', unit: '', kind: 'gauge', decimals: 0 },
  relay: { name: 'relay, 1 on and 0 off', unit: '', kind: 'gauge', decimals: 0 },
  temp: { name: 'temperature', unit: '°C', kind: 'gauge', decimals: 1, class: 'temperature' },
  alarm: { name: 'alarm, 0 or 1', unit: '', kind: 'gauge', decimals: 0 },
} as const satisfies Record<string, QuantityFacts>;

export type QuantityCode = keyof typeof QUANTITIES;

/**
 * What a reading belongs to within the device: a line, the neutral, the protective earth, two lines, the
 * mean of the three line-to-line voltages (`ll`), the sum of the line currents (`sum`). Absent means the
 * whole device: the sum for powers and energies, the mean of the lines for voltage and current.
 */
export const PHASES = ['l1', 'l2', 'l3', 'n', 'pe', 'l1l2', 'l2l3', 'l3l1', 'll', 'sum'] as const;
export type Phase = (typeof PHASES)[number];

/** Looks a code up without ever touching an inherited property (codes come from files). */
export function isQuantityCode(text: string): text is QuantityCode {
  return Object.hasOwn(QUANTITIES, text);
}

/** The facts of a code, typed as facts rather than as the literal row. */
export function quantityFacts(code: QuantityCode): QuantityFacts {
  return QUANTITIES[code];
}
