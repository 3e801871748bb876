import { readFileSync } from 'node:fs';
import type { RegisterType } from '../../../src/meters/profile.ts';

/** One quantity of the collected facts: test/fixtures/meters/reference.json. */
export interface ReferenceQuantity {
  readonly quantity: string;
  readonly phase: string;
  readonly address: number;
  readonly type: RegisterType;
  readonly scale: number | null;
  readonly scaleRef?: string;
  readonly unit: string;
  readonly wordOrder?: string;
  readonly encoding?: string;
  readonly confidence?: string;
  readonly note?: string;
  readonly optional?: boolean;
  readonly enabled?: boolean;
  readonly sources: readonly string[];
}

export interface ReferenceMeter {
  readonly id: string;
  readonly phases: string;
  readonly defaultSerial: {
    readonly baud: number | null;
    readonly parity: string | null;
    readonly stopBits: number | null;
    readonly unitId: number | string | null;
  };
  readonly wordOrderCode: 'ABCD' | 'CDAB';
  readonly maxRegistersPerRead: number;
  readonly functionCode: 3 | 4;
  readonly scaleRegisters?: readonly { readonly name: string; readonly address: number }[];
  readonly sources: readonly string[];
  readonly quantities: readonly ReferenceQuantity[];
  readonly testVectors: readonly Readonly<Record<string, unknown>>[];
}

/** Reads a JSON file of test/fixtures/meters. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../fixtures/meters/${name}`, import.meta.url), 'utf8')) as T;
}

export const REFERENCE = readFixture<{ readonly meters: readonly ReferenceMeter[] }>('reference.json').meters;

const CODES: Readonly<Record<string, string>> = {
  voltageLN: 'v',
  voltageLL: 'v',
  current: 'i',
  frequency: 'f',
  activePower: 'p',
  reactivePower: 'q',
  apparentPower: 's',
  powerFactor: 'pf',
  phaseAngle: 'phi',
  energyActiveImport: 'e_imp',
  energyActiveExport: 'e_exp',
  energyActiveTotal: 'e_tot',
  energyReactiveImport: 'eq_imp',
  energyReactiveExport: 'eq_exp',
  energyReactiveTotal: 'eq_tot',
  energyReactiveImportInductive: 'eq_imp_ind',
  energyReactiveImportCapacitive: 'eq_imp_cap',
  energyReactiveExportInductive: 'eq_exp_ind',
  energyReactiveExportCapacitive: 'eq_exp_cap',
  energyApparentTotal: 'es',
  energyApparentImport: 'es_imp',
  energyApparentExport: 'es_exp',
  thdVoltage: 'v_thd',
  thdCurrent: 'i_thd',
  phaseSequence: 'rotation',
  alarm: 'alarm',
};
const PHASES: Readonly<Record<string, string>> = {
  L1: '_l1',
  L2: '_l2',
  L3: '_l3',
  'L1-L2': '_l1l2',
  'L2-L3': '_l2l3',
  'L3-L1': '_l3l1',
  neutral: '_n',
  ground: '_pe',
  sumOfLines: '_sum',
  average: '',
  total: '',
};

/** The topic key that a quantity of the facts has, or undefined where none is published (demand). */
export function keyOf(fact: ReferenceQuantity, lines: 1 | 3): string | undefined {
  const code = CODES[fact.quantity];
  if (code === undefined) return undefined;
  if (fact.quantity === 'voltageLL' && fact.phase === 'average') return 'v_ll';
  return lines === 1 ? code : `${code}${PHASES[fact.phase]}`;
}

/** A raw number in the unit that is published, by prefix alone: an independent second opinion. */
export function publishedValue(fact: ReferenceQuantity, raw: number, scale: number): number {
  const isEnergy = fact.quantity.startsWith('energy');
  const kilo = fact.unit.startsWith('k') ? 1000 : 1;
  return (raw * scale * kilo) / (isEnergy ? 1000 : 1);
}
