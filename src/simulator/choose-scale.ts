import type { QuantityCode } from '../domain/quantity.ts';
import type { MeterProfile, MeterRegister, RegisterType, ScaleRegister } from '../meters/profile.ts';
import { inMeterUnit } from './encode-register.ts';

/**
 * Meters whose values fit 16 bits only with a scale that is set up on site (PM800, ION6200, SunSpec).
 * The simulated meter is set up for a house: the finest scale at which its largest values still fit.
 */
export interface ChosenScale {
  /** What stands in the scale register. */
  readonly raw: number;
  readonly factor: number;
}

// Largest values that a house brings about, in the units of the quantities; three lines of 43 A.
const LARGEST: Readonly<Partial<Record<QuantityCode, number>>> = {
  v: 460,
  i: 100,
  f: 65,
  p: 30_000,
  q: 30_000,
  s: 30_000,
  pf: 2,
  phi: 180,
  v_thd: 100,
  i_thd: 300,
};
const LARGEST_ENERGY = 200_000;

/** One choice for every scale register of the profile, by name. */
export function chooseScales(profile: MeterProfile): ReadonlyMap<string, ChosenScale> {
  return new Map(
    profile.scales.map((scale) => {
      const rows = profile.registers.filter(
        (row) => typeof row.scale === 'object' && row.scale.register === scale.name,
      );
      return [scale.name, finest(choicesOf(scale), rows)];
    }),
  );
}

/** What the raw number of a row is multiplied with. */
export function scaleOf(row: MeterRegister, scales: ReadonlyMap<string, ChosenScale>): number {
  if (typeof row.scale === 'number') return row.scale;
  const chosen = scales.get(row.scale.register);
  if (chosen === undefined) throw new Error(`the profile has no scale register "${row.scale.register}"`);
  return chosen.factor;
}

function choicesOf(scale: ScaleRegister): readonly ChosenScale[] {
  if (typeof scale.meaning === 'object') {
    return [...scale.meaning].map(([raw, factor]) => ({ raw, factor }));
  }
  if (scale.meaning === 'exponent') {
    const min = scale.min ?? -3;
    const count = (scale.max ?? 3) - min + 1;
    return Array.from({ length: count }, (_, n) => ({ raw: min + n, factor: 10 ** (min + n) }));
  }
  const smallest = Math.max(scale.min ?? 1, 1);
  return [1, 2, 5, 10, 20, 50, 100, 1000]
    .map((step) => ({ raw: smallest * step, factor: smallest * step }))
    .filter(({ raw }) => raw <= (scale.max ?? 1000));
}

function finest(choices: readonly ChosenScale[], rows: readonly MeterRegister[]): ChosenScale {
  const byFactor = [...choices].sort((a, b) => a.factor - b.factor);
  const fitting = byFactor.find(({ factor }) => rows.every((row) => fits(row, factor)));
  return fitting ?? byFactor.at(-1) ?? { raw: 1, factor: 1 };
}

function fits(row: MeterRegister, factor: number): boolean {
  const largest = inMeterUnit(LARGEST[row.code] ?? LARGEST_ENERGY, row.code, row.unit) / factor;
  return largest < Math.min(row.rawMax ?? Number.POSITIVE_INFINITY, largestRaw(row.type));
}

function largestRaw(type: RegisterType): number {
  switch (type) {
    case 'int16':
    case 'int16sm':
    case 'pf4q16':
      return 0x7fff;
    case 'uint16':
      return 0xffff;
    case 'int32':
      return 0x7fff_ffff;
    case 'uint32':
    case 'acc32':
      return 0xffff_ffff;
    case 'mod10k2':
      return 10 ** 8;
    case 'mod10k3':
      return 10 ** 12;
    default:
      return Number.MAX_SAFE_INTEGER;
  }
}
