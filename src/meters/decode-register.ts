/**
 * From register words to a number in the unit of its quantity.
 *
 *     230.2 V as float32, big (ABCD)       43 66 | 33 33      word 0 is the most significant
 *     230.2 V as float32, little (CDAB)    33 33 | 43 66      word 0 is the least significant
 *     1 234 567 Wh as mod10k4, little      4567 | 0123 | 0 | 0
 *
 * Bytes inside a register are always high byte first (MODBUS Application Protocol V1.1b3, 4.2); the order of
 * the words is the meter's own. Everything here is pure, and what is absent is undefined.
 */
import type { MeterRegister, RegisterType, ScaleRegister, WordOrder } from './profile.ts';
import { decimalFraction, multiply, unitConversion } from './units.ts';

const WORD_COUNTS: Readonly<Record<RegisterType, 1 | 2 | 3 | 4>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
  int16sm: 1,
  mod10k2: 2,
  mod10k3: 3,
  mod10k4: 4,
  acc32: 2,
  pf4q16: 1,
  pf4q32: 2,
};

/** How many registers a value of this type takes. */
export function wordCount(type: RegisterType): 1 | 2 | 3 | 4 {
  return WORD_COUNTS[type];
}

/**
 * The number in the words, before scale and unit. Undefined for what is no number: NaN, infinity, a mod-10000
 * word over 9999, an accumulator that has not accumulated, and words that do not fit the type.
 * A four-quadrant power factor comes as the meter codes it, -2 to 2: see `unfoldPowerFactor`.
 */
export function decodeRaw(
  type: RegisterType,
  wordOrder: WordOrder,
  words: readonly number[],
): number | undefined {
  if (words.length !== wordCount(type) || !words.every(isWord)) return undefined;
  const bits = bitsOf(wordOrder === 'big' ? words : words.toReversed());
  const value = numberIn(type, bits);
  return value !== undefined && Number.isFinite(value) ? value : undefined;
}

function isWord(word: number): boolean {
  return Number.isInteger(word) && word >= 0 && word <= 0xffff;
}

function bitsOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(words.length * 2));
  words.forEach((word, index) => {
    view.setUint16(index * 2, word);
  });
  return view;
}

function numberIn(type: RegisterType, bits: DataView): number | undefined {
  switch (type) {
    case 'int16':
    case 'pf4q16':
      return bits.getInt16(0);
    case 'uint16':
      return bits.getUint16(0);
    case 'int32':
      return bits.getInt32(0);
    case 'uint32':
      return bits.getUint32(0);
    case 'int64':
      return Number(bits.getBigInt64(0));
    case 'uint64':
      return Number(bits.getBigUint64(0));
    case 'float32':
    case 'pf4q32':
      return bits.getFloat32(0);
    case 'float64':
      return bits.getFloat64(0);
    case 'int16sm':
      return signedMagnitude(bits.getUint16(0));
    case 'mod10k2':
    case 'mod10k3':
    case 'mod10k4':
      return modulo10000(bits);
    case 'acc32':
      return bits.getUint32(0) === 0 ? undefined : bits.getUint32(0);
  }
}

function signedMagnitude(word: number): number {
  const magnitude = word & 0x7fff;
  return word > 0x7fff ? 0 - magnitude : magnitude;
}

function modulo10000(bits: DataView): number | undefined {
  let value = 0;
  for (let offset = 0; offset < bits.byteLength; offset += 2) {
    const digits = bits.getUint16(offset);
    if (digits > 9999) return undefined;
    value = value * 10_000 + digits;
  }
  return value;
}

/**
 * Four-quadrant power factor, as Schneider meters code it: within -1 to 1 it is the power factor of a lagging
 * current; 1 to 2 stands for 2 - v and -2 to -1 for -2 - v, both with a leading current.
 *
 * What is left has the sign of the active power, as every reading has: positive import, negative export.
 * Whether the current leads or lags is not told by it; the sign of the reactive power tells that.
 */
export function unfoldPowerFactor(coded: number): number | undefined {
  if (Math.abs(coded) > 2) return undefined;
  if (coded > 1) return 2 - coded;
  if (coded < -1) return -2 - coded;
  return coded;
}

/**
 * The reading in the unit of its quantity, or undefined where the meter has none. `scales` holds the factors
 * of the profile's scale registers by name; a value whose factor is missing is no reading.
 */
export function decodeRegister(
  register: MeterRegister,
  words: readonly number[],
  scales: ReadonlyMap<string, number>,
): number | undefined {
  if (register.invalid.some((pattern) => isSameWords(pattern, words))) return undefined;
  const raw = decodeRaw(register.type, register.wordOrder, words);
  if (raw === undefined || raw < (register.rawMin ?? raw) || raw > (register.rawMax ?? raw)) return undefined;
  const plain = register.values === undefined ? raw : register.values.get(raw);
  const factor = typeof register.scale === 'number' ? register.scale : scales.get(register.scale.register);
  const conversion = unitConversion(register.unit, register.code);
  if (plain === undefined || factor === undefined || conversion === undefined) return undefined;
  const isFolded = register.type === 'pf4q16' || register.type === 'pf4q32';
  const value = isFolded
    ? unfoldPowerFactor(multiply(plain, decimalFraction(factor), conversion))
    : multiply(plain, decimalFraction(factor), conversion);
  return value === undefined || !Number.isFinite(value) ? undefined : withSign(value, register.sign);
}

function isSameWords(pattern: readonly number[], words: readonly number[]): boolean {
  return pattern.length === words.length && pattern.every((word, index) => word === words[index]);
}

function withSign(value: number, sign: MeterRegister['sign']): number {
  // Negative zero would be printed as -0 by some readers of the topics.
  if (value === 0) return 0;
  if (sign === 'invert') return -value;
  return sign === 'absolute' ? Math.abs(value) : value;
}

/** The factor that a scale register stands for, or undefined where its content makes no sense. */
export function decodeScale(scaleRegister: ScaleRegister, words: readonly number[]): number | undefined {
  const { type, wordOrder, meaning, min, max } = scaleRegister;
  const raw = decodeRaw(type, wordOrder, words);
  if (raw === undefined || raw < (min ?? raw) || raw > (max ?? raw)) return undefined;
  if (typeof meaning !== 'string') return meaning.get(raw);
  if (meaning === 'factor') return raw === 0 ? undefined : raw;
  // Parsed, because a literal is rounded correctly and a power need not be.
  const factor = Number.isInteger(raw) ? Number(`1e${raw}`) : Number.NaN;
  return Number.isFinite(factor) && factor > 0 ? factor : undefined;
}

/**
 * Text in registers, high byte first, or one character a register. It ends at the first NUL after its begin,
 * without the spaces around it; control characters, which would disturb a terminal, are left out.
 */
export function decodeText(words: readonly number[]): string {
  const isOneEach = words.every((word) => word <= 0xff);
  const bytes = words.flatMap((word) => (isOneEach ? [word] : [(word >> 8) & 0xff, word & 0xff]));
  const begin = bytes.findIndex((byte) => byte !== 0);
  if (begin < 0) return '';
  const end = bytes.indexOf(0, begin);
  const text = new TextDecoder().decode(Uint8Array.from(bytes.slice(begin, end < 0 ? undefined : end)));
  return text.replaceAll(/\p{Cc}/gu, '').trim();
}

/** The same row as a meter holds it whose words are set the other way round. */
export function withWordOrder(register: MeterRegister, wordOrder: WordOrder): MeterRegister {
  if (register.wordOrder === wordOrder) return register;
  return { ...register, wordOrder, invalid: register.invalid.map((pattern) => pattern.toReversed()) };
}
