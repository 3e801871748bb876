/** What a unit measures; a value only ever becomes one of the same dimension. */
export type Dimension =
  | 'active power'
  | 'reactive power'
  | 'apparent power'
  | 'voltage'
  | 'current'
  | 'frequency'
  | 'ratio'
  | 'angle'
  | 'active energy'
  | 'reactive energy'
  | 'apparent energy'
  | 'percentage'
  | 'temperature'
  | 'none';

/** (value + add) x multiply / divide is the value in the unit of the domain. */
export interface UnitFacts {
  readonly dimension: Dimension;
  readonly add?: number;
  readonly multiply?: number;
  readonly divide?: number;
}

interface Base extends UnitFacts {
  /** Spellings whose letters are as they should be: every prefix may stand before them. */
  readonly names: readonly string[];
  /** Careless ones: before them "m" could be milli or mega, so only kilo is understood. */
  readonly careless?: readonly string[];
}

const BASES: readonly Base[] = [
  { dimension: 'active power', names: ['W'], careless: ['w', 'watt', 'watts', 'Watt', 'Watts'] },
  { dimension: 'reactive power', names: ['var'], careless: ['VAR', 'VAr', 'Var'] },
  { dimension: 'apparent power', names: ['VA'], careless: ['va', 'Va'] },
  { dimension: 'voltage', names: ['V'], careless: ['v', 'volt', 'volts', 'Volt', 'Volts'] },
  { dimension: 'current', names: ['A'], careless: ['a', 'amp', 'amps', 'Amp', 'Amps'] },
  { dimension: 'frequency', names: ['Hz'], careless: ['hz', 'HZ'] },
  { dimension: 'active energy', names: ['Wh'], careless: ['wh', 'WH'], divide: 1000 },
  {
    dimension: 'active energy',
    names: ['Wmin', 'W·min', 'W*min', 'W-min'],
    careless: ['watt-minute', 'watt-minutes'],
    divide: 60_000,
  },
  { dimension: 'active energy', names: ['Ws', 'W·s', 'J'], divide: 3_600_000 },
  { dimension: 'reactive energy', names: ['varh'], careless: ['VARh', 'VArh', 'Varh', 'VARH'], divide: 1000 },
  { dimension: 'apparent energy', names: ['VAh'], careless: ['vah', 'VAH'], divide: 1000 },
];

const PREFIXES: readonly (readonly [string, { readonly multiply?: number; readonly divide?: number }])[] = [
  ['', {}],
  ['µ', { divide: 1_000_000 }],
  ['μ', { divide: 1_000_000 }],
  ['m', { divide: 1000 }],
  ['k', { multiply: 1000 }],
  ['K', { multiply: 1000 }],
  ['M', { multiply: 1_000_000 }],
  ['G', { multiply: 1_000_000_000 }],
];
const CARELESS_PREFIXES = ['', 'k', 'K'];

const SINGLE: readonly (readonly [readonly string[], readonly UnitFacts[]])[] = [
  [
    ['', '1'],
    [{ dimension: 'ratio' }, { dimension: 'none' }],
  ],
  [['%'], [{ dimension: 'percentage' }, { dimension: 'ratio', divide: 100 }]],
  [['‰'], [{ dimension: 'ratio', divide: 1000 }]],
  [['°', 'deg'], [{ dimension: 'angle' }]],
  [['rad'], [{ dimension: 'angle', multiply: 180, divide: Math.PI }]],
  [['°C', 'C'], [{ dimension: 'temperature' }]],
  [['K'], [{ dimension: 'temperature', add: -273.15 }]],
  [['°F', 'F'], [{ dimension: 'temperature', add: -32, multiply: 5, divide: 9 }]],
];

/** Every spelling that is understood; several facts where a unit serves several dimensions. */
export const UNITS: ReadonlyMap<string, readonly UnitFacts[]> = new Map([
  ...BASES.flatMap(({ names, careless = [], ...base }) => [
    ...PREFIXES.flatMap(([prefix, by]) => names.map((name) => entry(prefix + name, base, by))),
    ...PREFIXES.filter(([prefix]) => CARELESS_PREFIXES.includes(prefix)).flatMap(([prefix, by]) =>
      careless.map((name) => entry(prefix + name, base, by)),
    ),
  ]),
  ...SINGLE.flatMap(([names, facts]) => names.map((name) => [name, facts] as const)),
]);

// Both factors in lowest terms, so that kWh stay exactly what they are.
function entry(
  unit: string,
  base: UnitFacts,
  by: { readonly multiply?: number; readonly divide?: number },
): readonly [string, readonly UnitFacts[]] {
  const multiply = by.multiply ?? 1;
  const divide = (base.divide ?? 1) * (by.divide ?? 1);
  const common = divide > multiply ? multiply : divide;
  const isWhole = divide % common === 0 && multiply % common === 0;
  const factor = isWhole ? common : 1;
  return [unit, [{ dimension: base.dimension, multiply: multiply / factor, divide: divide / factor }]];
}
