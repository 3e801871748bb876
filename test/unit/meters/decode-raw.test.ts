import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRaw, unfoldPowerFactor, wordCount } from '../../../src/meters/decode-register.ts';
import { REGISTER_TYPES, type RegisterType, type WordOrder } from '../../../src/meters/profile.ts';
import { encodeWords } from './encode-words.ts';

// Words as they stand on the wire with the most significant first; worked out by hand.
const CASES: readonly (readonly [RegisterType, readonly number[], number | undefined])[] = [
  ['int16', [0x7fff], 32767],
  ['int16', [0x8000], -32768],
  ['int16', [0xffff], -1],
  ['uint16', [0xffff], 65535],
  ['uint16', [0x0000], 0],
  ['int32', [0x0001, 0x0002], 65538],
  ['int32', [0xffff, 0xfffe], -2],
  ['int32', [0x8000, 0x0000], -2147483648],
  ['uint32', [0xffff, 0xfffe], 4294967294],
  ['uint32', [0x04c6, 0x40d8], 80101592],
  ['int64', [0, 0, 0x0001, 0x0002], 65538],
  ['int64', [0xffff, 0xffff, 0xffff, 0xff85], -123],
  ['int64', [0x001f, 0xffff, 0xffff, 0xffff], Number.MAX_SAFE_INTEGER],
  ['int64', [0x7fff, 0xffff, 0xffff, 0xffff], 2 ** 63],
  ['int64', [0x8000, 0, 0, 0], -(2 ** 63)],
  ['uint64', [0x8000, 0, 0, 0], 2 ** 63],
  ['uint64', [0xffff, 0xffff, 0xffff, 0xffff], 2 ** 64],
  ['float32', [0x4366, 0x3333], 230.1999969482422],
  ['float32', [0xc32c, 0x9822], -172.59426879882812],
  ['float32', [0x3f80, 0x0000], 1],
  ['float32', [0x0000, 0x0001], 2 ** -149],
  ['float32', [0x7f7f, 0xffff], 3.4028234663852886e38],
  ['float32', [0x7f80, 0x0000], undefined],
  ['float32', [0xff80, 0x0000], undefined],
  ['float32', [0x7fc0, 0x0000], undefined],
  ['float32', [0xffc0, 0x0000], undefined],
  ['float32', [0x7f80, 0x0001], undefined],
  ['float64', [0x406c, 0xc666, 0x6666, 0x6666], 230.2],
  ['float64', [0xbff0, 0, 0, 0], -1],
  ['float64', [0x7ff0, 0, 0, 0], undefined],
  ['float64', [0xfff8, 0, 0, 0], undefined],
  ['int16sm', [0x01f4], 500],
  ['int16sm', [0x81f4], -500],
  ['int16sm', [0x7fff], 32767],
  ['int16sm', [0xffff], -32767],
  ['mod10k2', [123, 4567], 1234567],
  ['mod10k2', [9999, 9999], 99999999],
  ['mod10k2', [0, 10000], undefined],
  ['mod10k2', [10000, 0], undefined],
  ['mod10k3', [1, 2, 3], 100020003],
  ['mod10k3', [0, 0x8000, 0], undefined],
  ['mod10k4', [0, 0, 123, 4567], 1234567],
  ['mod10k4', [1, 0, 0, 1], 1000000000001],
  ['mod10k4', [0x8000, 0x8000, 0x8000, 0x8000], undefined],
  ['acc32', [0, 0], undefined],
  ['acc32', [0, 1], 1],
  ['acc32', [0xffff, 0xffff], 4294967295],
  ['pf4q16', [0xfe0c], -500],
  ['pf4q32', [0x3fff, 0x0069], 0xff0069 / 2 ** 23],
  ['pf4q32', [0xffc0, 0x0000], undefined],
];

describe('decodeRaw', () => {
  it.each(CASES)('reads %s %j as %s, most significant word first', (type, words, value) => {
    expect(decodeRaw(type, 'big', words)).toBe(value);
  });

  it.each(CASES)('reads %s %j reversed as %s, least significant word first', (type, words, value) => {
    expect(decodeRaw(type, 'little', [...words].reverse())).toBe(value);
  });

  it('covers every register type with a case', () => {
    expect(new Set(CASES.map(([type]) => type))).toEqual(new Set(REGISTER_TYPES));
  });

  it('gives another number when two different words change places', () => {
    expect(decodeRaw('uint32', 'little', [0x0001, 0x0002])).toBe(131073);
    expect(decodeRaw('float32', 'little', [0x4366, 0x3333])).not.toBeCloseTo(230.2, 3);
  });

  it.each(REGISTER_TYPES)('gives nothing for %s with too few, too many or broken words', (type) => {
    const count = wordCount(type);
    for (const words of [Array(count - 1).fill(1), Array(count + 1).fill(1), []])
      expect(decodeRaw(type, 'big', words)).toBeUndefined();
    for (const bad of [-1, 65536, 1.5, Number.NaN])
      expect(decodeRaw(type, 'big', [bad, ...Array(count - 1).fill(1)])).toBeUndefined();
  });

  it('does not change the words it is given', () => {
    const words = Object.freeze([1, 2, 3, 4]);
    decodeRaw('uint64', 'little', words);
    expect(words).toEqual([1, 2, 3, 4]);
  });
});

const whole = (min: number, max: number) => fc.integer({ min, max });
const VALUES: Readonly<Record<RegisterType, fc.Arbitrary<number>>> = {
  int16: whole(-32768, 32767),
  uint16: whole(0, 65535),
  int32: whole(-2147483648, 2147483647),
  uint32: whole(0, 4294967295),
  int64: fc.maxSafeInteger(),
  uint64: fc.maxSafeNat(),
  float32: fc.float({ noNaN: true, noDefaultInfinity: true }),
  float64: fc.double({ noNaN: true, noDefaultInfinity: true }),
  int16sm: whole(-32767, 32767),
  mod10k2: whole(0, 99_999_999),
  mod10k3: whole(0, 999_999_999_999),
  mod10k4: fc.maxSafeNat(),
  acc32: whole(1, 4294967295),
  pf4q16: whole(-2000, 2000),
  pf4q32: fc.float({ min: -2, max: 2, noNaN: true }),
};

describe('decodeRaw of what a meter encoded', () => {
  const orders: readonly WordOrder[] = ['big', 'little'];
  it.each(REGISTER_TYPES.flatMap((type) => orders.map((order) => [type, order] as const)))(
    'gives back every %s in %s order',
    (type, order) => {
      fc.assert(
        fc.property(VALUES[type], (value) => {
          expect(decodeRaw(type, order, encodeWords(type, order, value))).toBe(value);
        }),
        { numRuns: 500 },
      );
    },
  );

  it('never throws and never gives a number that is not finite, whatever the words', () => {
    const words = fc.array(whole(0, 65535), { maxLength: 5 });
    fc.assert(
      fc.property(fc.constantFrom(...REGISTER_TYPES), words, (type, raw) => {
        const value = decodeRaw(type, 'big', raw);
        expect(value === undefined || Number.isFinite(value)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('unfoldPowerFactor', () => {
  it.each([
    [0.9, 0.9],
    [-0.9, -0.9],
    [1, 1],
    [-1, -1],
    [1.25, 0.75],
    [-1.25, -0.75],
    [2, 0],
    [2.01, undefined],
    [-2.01, undefined],
  ])('makes %d to %s', (coded, expected) => {
    expect(unfoldPowerFactor(coded)).toBe(expected);
  });

  it('stays within -1 and 1 and keeps the sign of the power', () => {
    fc.assert(
      fc.property(fc.double({ min: -2, max: 2, noNaN: true }), (coded) => {
        const value = unfoldPowerFactor(coded) ?? Number.NaN;
        expect(Math.abs(value)).toBeLessThanOrEqual(1);
        expect(value * coded).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
