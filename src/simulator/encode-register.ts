import { type QuantityCode, quantityFacts } from '../domain/quantity.ts';
import type { MeterRegister, RegisterType, WordOrder } from '../meters/profile.ts';

/**
 * From a physical value to the words of a register, as the meter's firmware would write them.
 *
 *     230.2 V  float32 big     43 66 | 33 33
 *     230.2 V  float32 little  33 33 | 43 66
 *     -172.6 W int32 x0.1      FF FF | F9 42
 *     12 345 678 Wh mod10k3    00 00 | 04 D2 | 16 2E   (0, 1234, 5678)
 *
 * Written without a look at the decoder that reads it: a mistake shared by both would show nothing.
 */

// What one unit of the quantity is in the unit of the meter.
const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  W: { W: 1, kW: 1e-3, MW: 1e-6, mW: 1e3 },
  var: { var: 1, kvar: 1e-3, Mvar: 1e-6, mvar: 1e3 },
  VA: { VA: 1, kVA: 1e-3, MVA: 1e-6, mVA: 1e3 },
  V: { V: 1, mV: 1e3, kV: 1e-3, MV: 1e-6 },
  A: { A: 1, mA: 1e3, kA: 1e-3, MA: 1e-6 },
  Hz: { Hz: 1, mHz: 1e3, kHz: 1e-3, MHz: 1e-6 },
  kWh: { kWh: 1, Wh: 1e3, MWh: 1e-3, GWh: 1e-6 },
  kvarh: { kvarh: 1, varh: 1e3, Mvarh: 1e-3, Gvarh: 1e-6 },
  kVAh: { kVAh: 1, VAh: 1e3, MVAh: 1e-3, GVAh: 1e-6 },
  '%': { '%': 1, '': 0.01, '1': 0.01 },
  '°': { '°': 1, deg: 1, rad: Math.PI / 180 },
  '': { '': 1, '1': 1, '%': 100, '‰': 1000 },
};

const WORDS: Readonly<Record<RegisterType, number>> = {
  int16: 1,
  uint16: 1,
  int16sm: 1,
  pf4q16: 1,
  int32: 2,
  uint32: 2,
  acc32: 2,
  float32: 2,
  pf4q32: 2,
  mod10k2: 2,
  mod10k3: 3,
  mod10k4: 4,
  int64: 4,
  uint64: 4,
  float64: 4,
};

// A meter that has no sign to give shows the magnitude (PZEM: power without direction).
const UNSIGNED: ReadonlySet<RegisterType> = new Set([
  'uint16',
  'uint32',
  'uint64',
  'acc32',
  'mod10k2',
  'mod10k3',
  'mod10k4',
]);

/** How many registers a value of the type takes. */
export function wordCount(type: RegisterType): number {
  return WORDS[type];
}

/** The value in the unit of the meter. Throws for a unit that is not one of the quantity. */
export function inMeterUnit(value: number, code: QuantityCode, unit: string): number {
  const units = UNITS[quantityFacts(code).unit];
  if (units === undefined || !Object.hasOwn(units, unit)) {
    throw new Error(`the simulator cannot express ${code} in the unit "${unit}"`);
  }
  return value * (units[unit] ?? 1);
}

export interface RowValue {
  /** In the unit of the quantity; undefined where the model does not measure it. */
  readonly value: number | undefined;
  /** Whether the current leads the voltage, for power factors with a sign of their own. */
  readonly isLeading: boolean;
  /** What the raw number is multiplied with. */
  readonly scale: number;
}

/** The words of one row, most significant first or last as the row says. */
export function encodeRegister(row: MeterRegister, { value, isLeading, scale }: RowValue): readonly number[] {
  if (value === undefined) return notAvailable(row);
  if (row.values !== undefined) return encodeState(row, row.values, value);
  const signed =
    row.sign === 'invert' ? -value : row.sign === 'absolute' ? withOwnSign(value, isLeading) : value;
  if (row.type === 'pf4q16' || row.type === 'pf4q32') {
    return encodeNumber(fourQuadrant(value, isLeading) / scale, row.type, row.wordOrder);
  }
  const raw = inMeterUnit(UNSIGNED.has(row.type) ? Math.abs(signed) : signed, row.code, row.unit) / scale;
  return encodeNumber(
    inLimits(raw, row),
    row.type,
    row.wordOrder,
    quantityFacts(row.code).kind === 'counter',
  );
}

function notAvailable(row: MeterRegister): readonly number[] {
  const words = wordCount(row.type);
  return row.invalid.find((mark) => mark.length === words) ?? new Array<number>(words).fill(0);
}

function encodeState(
  row: MeterRegister,
  values: ReadonlyMap<number, number>,
  value: number,
): readonly number[] {
  for (const [raw, meaning] of values) {
    if (meaning === value) return encodeNumber(raw, row.type, row.wordOrder);
  }
  return notAvailable(row);
}

// Where the sign is not the direction of power it tells inductive from capacitive.
function withOwnSign(value: number, isLeading: boolean): number {
  return isLeading ? -Math.abs(value) : Math.abs(value);
}

// IEC power factor folded into -2..2: beyond 1 the current leads, and the distance from 2 is the factor.
function fourQuadrant(powerFactor: number, isLeading: boolean): number {
  if (!isLeading) return powerFactor;
  return powerFactor < 0 ? -2 - powerFactor : 2 - powerFactor;
}

// A meter shows its limit rather than its overflow mark while it can still measure.
function inLimits(raw: number, row: MeterRegister): number {
  return Math.min(
    row.rawMax ?? Number.POSITIVE_INFINITY,
    Math.max(row.rawMin ?? Number.NEGATIVE_INFINITY, raw),
  );
}

const INTEGERS: Readonly<
  Partial<Record<RegisterType, { readonly bits: number; readonly isSigned: boolean }>>
> = {
  int16: { bits: 16, isSigned: true },
  uint16: { bits: 16, isSigned: false },
  pf4q16: { bits: 16, isSigned: true },
  int32: { bits: 32, isSigned: true },
  uint32: { bits: 32, isSigned: false },
  acc32: { bits: 32, isSigned: false },
  int64: { bits: 64, isSigned: true },
  uint64: { bits: 64, isSigned: false },
};

/** A raw number as words. Counters roll over at the end of the type; everything else stops at it. */
export function encodeNumber(
  raw: number,
  type: RegisterType,
  wordOrder: WordOrder,
  isCounter = false,
): readonly number[] {
  const big = mostSignificantFirst(raw, type, isCounter);
  return wordOrder === 'little' ? [...big].reverse() : big;
}

function mostSignificantFirst(raw: number, type: RegisterType, isCounter: boolean): readonly number[] {
  const words = wordCount(type);
  if (type === 'float32' || type === 'pf4q32' || type === 'float64') {
    const bytes = new DataView(new ArrayBuffer(words * 2));
    if (type === 'float64') bytes.setFloat64(0, raw);
    else bytes.setFloat32(0, raw);
    return Array.from({ length: words }, (_, n) => bytes.getUint16(n * 2));
  }
  if (!Number.isFinite(raw)) throw new Error(`${raw} cannot be written as ${type}`);
  if (type === 'int16sm') {
    const magnitude = Math.min(Math.round(Math.abs(raw)), 0x7fff);
    return [raw < 0 && magnitude > 0 ? magnitude | 0x8000 : magnitude];
  }
  const integer = INTEGERS[type];
  if (integer === undefined) return tenThousands(raw, words);
  const { bits, isSigned } = integer;
  const lowest = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const highest = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  let whole = BigInt(Math.round(raw));
  if (isCounter && whole > highest) whole %= highest + 1n;
  if (whole < lowest) whole = lowest;
  if (whole > highest) whole = highest;
  const pattern = BigInt.asUintN(bits, whole);
  return Array.from({ length: words }, (_, n) => Number((pattern >> BigInt(16 * (words - 1 - n))) & 0xffffn));
}

function tenThousands(raw: number, words: number): readonly number[] {
  const digits: number[] = [];
  let rest = Math.round(Math.abs(raw)) % 10_000 ** words;
  for (let n = 0; n < words; n++) {
    digits.unshift(rest % 10_000);
    rest = Math.floor(rest / 10_000);
  }
  return digits;
}
