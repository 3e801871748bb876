import type { Phase, QuantityCode } from '../domain/quantity.ts';

/** How a meter model is described, after its YAML file was read and checked. Addresses are as on the wire. */

export type RegisterTable = 'holding' | 'input';
export type WordOrder = 'big' | 'little';

export const REGISTER_TYPES = [
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'int16sm', // sign in bit 15, magnitude below it
  'mod10k2', // modulo-10000: each word holds 0 to 9999, least significant word first in `little`
  'mod10k3',
  'mod10k4',
  'acc32', // SunSpec accumulator: unsigned, 0 means not accumulated
  'pf4q16', // Schneider four-quadrant power factor in a signed 16-bit word (use with scale)
  'pf4q32', // the same as float32
] as const;
export type RegisterType = (typeof REGISTER_TYPES)[number];

/** What the raw number is multiplied with. */
export type Scale =
  | number
  /** A named register of the profile says it; see ScaleRegister. */
  | { readonly register: string };

/** A register whose content scales others (PM800 exponents, ION6200 enumerations). */
export interface ScaleRegister {
  readonly name: string;
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
  readonly wordOrder: WordOrder;
  /** Factor = 10^raw (PM800), or looked up by raw value (ION6200), or the raw number itself. */
  readonly meaning: 'exponent' | 'factor' | ReadonlyMap<number, number>;
  readonly min?: number;
  readonly max?: number;
}

/** One row: one quantity in the meter. */
export interface MeterRegister {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
  readonly wordOrder: WordOrder;
  readonly scale: Scale;
  /** Unit in the meter; the decoder converts it to the unit of the quantity (kW to W, Wh to kWh). */
  readonly unit: string;
  /** Added after scaling turns e.g. `abs`: what the meter's sign means. */
  readonly sign?: 'invert' | 'absolute';
  /** Raw words that mean "not available", each as long as the value. Tested before any conversion. */
  readonly invalid: readonly (readonly number[])[];
  /** Smallest and largest raw number that is a value; beyond them is the meter's overflow mark: no reading. */
  readonly rawMin?: number;
  readonly rawMax?: number;
  /** Raw numbers that stand for others (an alarm word 65535 that means 1); others make no reading. */
  readonly values?: ReadonlyMap<number, number>;
  /** `live` rows are read at the device's interval, `counter` and `slow` rows at longer ones. */
  readonly cadence: 'live' | 'counter' | 'slow';
  /** A row that is known but not trusted enough to be read unless the user asks for it. */
  readonly enabled: boolean;
  readonly optional: boolean;
  readonly doubt?: string;
  readonly note?: string;
  readonly sources: readonly string[];
}

export interface AddressRange {
  readonly table: RegisterTable;
  readonly first: number;
  readonly last: number;
}

/** One way to recognise the model by reading only. `matches` is a regular expression, searched in the text. */
export type Identification =
  | {
      readonly by: 'register';
      readonly table: RegisterTable;
      readonly address: number;
      readonly type: RegisterType;
      readonly wordOrder: WordOrder;
      readonly equals: readonly number[];
    }
  | {
      readonly by: 'text';
      readonly table: RegisterTable;
      readonly address: number;
      readonly count: number;
      readonly matches: string;
    }
  | { readonly by: 'server-id'; readonly matches: string }
  | { readonly by: 'device-identification'; readonly matches: string };

export interface SerialDefaults {
  readonly baud: number;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  readonly unitId?: number;
}

export interface ReadLimits {
  readonly maxRegisters: number;
  /** Addresses and counts must be multiples of it (Eastron: 2). */
  readonly step: 1 | 2;
  /** Whether a read may run over registers that no row describes. */
  readonly canBridge: boolean;
  /** Largest run of undescribed registers inside a read. */
  readonly maxGap: number;
  /** Reads must stay inside one of these, where given. */
  readonly blocks: readonly AddressRange[];
  readonly forbidden: readonly AddressRange[];
  /** Holding and input registers hold the same values at the same addresses. */
  readonly tablesAlike: boolean;
}

export interface MeterProfile {
  readonly id: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly aliases: readonly string[];
  readonly lines: 1 | 3;
  readonly serial?: SerialDefaults;
  /** Silence that the meter needs before a request, ms, where more than 3.5 characters. */
  readonly gapMs: number;
  /** Longest time from the end of a request to the begin of its answer, ms, until it is learned. */
  readonly latencyMs: number;
  readonly limits: ReadLimits;
  readonly identify: readonly Identification[];
  readonly scales: readonly ScaleRegister[];
  readonly registers: readonly MeterRegister[];
  readonly notes: readonly string[];
  readonly doubts: readonly string[];
  /** Short name of a document to its full reference. */
  readonly sources: ReadonlyMap<string, string>;
}
