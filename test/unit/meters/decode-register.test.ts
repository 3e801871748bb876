import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUANTITIES, type QuantityCode } from '../../../src/domain/quantity.ts';
import {
  decodeRegister,
  decodeScale,
  decodeText,
  withWordOrder,
} from '../../../src/meters/decode-register.ts';
import type { MeterRegister, ScaleRegister } from '../../../src/meters/profile.ts';
import { unitsOf } from '../../../src/meters/units.ts';

const NO_SCALES: ReadonlyMap<string, number> = new Map();

function row(facts: Partial<MeterRegister>): MeterRegister {
  return {
    code: 'p',
    table: 'holding',
    address: 0,
    type: 'uint16',
    wordOrder: 'big',
    scale: 1,
    unit: 'W',
    invalid: [],
    cadence: 'live',
    enabled: true,
    optional: false,
    sources: [],
    ...facts,
  };
}
const scaleRow = (facts: Partial<ScaleRegister>): ScaleRegister => ({
  name: 'F',
  table: 'holding',
  address: 0,
  type: 'int16',
  wordOrder: 'big',
  meaning: 'exponent',
  ...facts,
});

describe('decodeRegister', () => {
  it.each([
    ['v', 'V', 0.1, 2257, 225.7],
    ['v', 'V', 0.1, 2302, 230.2],
    ['f', 'Hz', 0.01, 4999, 49.99],
    ['i', 'A', 0.001, 108, 0.108],
    ['i', 'mA', 1, 108, 0.108],
    ['pf', '', 0.0001, 9999, 0.9999],
    ['pf', '%', 0.1, 987, 0.987],
    ['p', 'kW', 0.001, 2257, 2257],
    ['p', 'kW', 0.01, 1234, 12340],
    ['p', 'MW', 0.001, 3, 3000],
    ['p', 'W', 2.5, 3, 7.5],
    ['p', 'W', 10, 23, 230],
    ['e_imp', 'Wh', 1, 38, 0.038],
    ['e_imp', 'Wh', 10, 38, 0.38],
    ['e_imp', 'kWh', 0.1, 12345, 1234.5],
    ['e_imp', 'MWh', 1, 7, 7000],
    ['eq_imp', 'varh', 0.1, 38, 0.0038],
    ['es', 'VAh', 1, 5, 0.005],
    ['q', 'kvar', 1, 2, 2000],
    ['s', 'kVA', 1, 2, 2000],
    ['v', 'mV', 1, 1, 0.001],
    ['v', 'kV', 1, 11, 11000],
    ['f', 'mHz', 1, 50003, 50.003],
    ['v_thd', '%', 0.1, 33, 3.3],
    ['v_thd', '1', 0.001, 33, 3.3],
    ['phi', 'deg', 0.1, 1205, 120.5],
  ] as const)('makes %s in "%s" times %d of %d to exactly %d', (code, unit, scale, raw, value) => {
    expect(decodeRegister(row({ code, unit, scale }), [raw], NO_SCALES)).toBe(value);
  });

  it('gives the decimal that a decimal scale means, for every raw number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 5 }), (raw, decimals) => {
        const scale = Number(`1e-${decimals}`);
        expect(decodeRegister(row({ scale }), [raw], NO_SCALES)).toBe(Number(`${raw}e-${decimals}`));
      }),
    );
  });

  it('makes no reading of words that mean "not available"', () => {
    const register = row({ type: 'float32', invalid: [[0x8000, 0x8000]] });
    expect(decodeRegister(register, [0x8000, 0x8000], NO_SCALES)).toBeUndefined();
    expect(decodeRegister(register, [0x8000, 0x8001], NO_SCALES)).toBeDefined();
  });

  it('compares "not available" with the words as on the wire, before their order is looked at', () => {
    const register = row({ type: 'int32', wordOrder: 'little', invalid: [[0x0000, 0x8000]] });
    expect(decodeRegister(register, [0x0000, 0x8000], NO_SCALES)).toBeUndefined();
    expect(decodeRegister(register, [0x8000, 0x0000], NO_SCALES)).toBe(32768);
  });

  it('makes no reading beyond the smallest and largest raw number', () => {
    const register = row({ type: 'int16', rawMin: -5, rawMax: 10 });
    const decoded = [-6, -5, 10, 11].map((raw) => decodeRegister(register, [raw & 0xffff], NO_SCALES));
    expect(decoded).toEqual([undefined, -5, 10, undefined]);
  });

  it('makes no reading of the wrong number of words', () => {
    expect(decodeRegister(row({}), [], NO_SCALES)).toBeUndefined();
    expect(decodeRegister(row({}), [1, 2], NO_SCALES)).toBeUndefined();
  });

  it('looks states up, and makes no reading of one that is not listed', () => {
    const alarm = row({
      code: 'alarm',
      unit: '',
      values: new Map([
        [0, 0],
        [65535, 1],
      ]),
    });
    expect([0, 65535, 7].map((raw) => decodeRegister(alarm, [raw], NO_SCALES))).toEqual([0, 1, undefined]);
  });

  it('takes the factor of the named scale register, and makes no reading without it', () => {
    const register = row({ type: 'int16', unit: 'kW', scale: { register: 'F' } });
    expect(decodeRegister(register, [2257], new Map([['F', 0.001]]))).toBe(2257);
    expect(decodeRegister(register, [0xfff6], new Map([['F', 0.1]]))).toBe(-1000);
    expect(decodeRegister(register, [2257], new Map([['G', 0.001]]))).toBeUndefined();
  });

  it('turns and drops the sign where the row says so, and never gives negative zero', () => {
    const words = [0xff9c];
    expect(decodeRegister(row({ type: 'int16' }), words, NO_SCALES)).toBe(-100);
    expect(decodeRegister(row({ type: 'int16', sign: 'invert' }), words, NO_SCALES)).toBe(100);
    expect(decodeRegister(row({ type: 'int16', sign: 'absolute' }), words, NO_SCALES)).toBe(100);
    expect(decodeRegister(row({ type: 'int16', sign: 'invert' }), [0], NO_SCALES)).toBe(0);
    expect(decodeRegister(row({ type: 'float32' }), [0x8000, 0], NO_SCALES)).toBe(0);
  });

  it('unfolds a four-quadrant power factor after its scale', () => {
    const pf = row({ code: 'pf', unit: '', type: 'pf4q16', scale: 0.001 });
    const decoded = [950, 1250, -950, -1250, 2001].map((raw) =>
      decodeRegister(pf, [raw & 0xffff], NO_SCALES),
    );
    expect(decoded).toEqual([0.95, 0.75, -0.95, -0.75, undefined]);
  });

  it('makes no reading when the unit is none of the quantity', () => {
    expect(decodeRegister(row({ unit: 'kWh' }), [1], NO_SCALES)).toBeUndefined();
    expect(decodeRegister(row({ unit: 'constructor' }), [1], NO_SCALES)).toBeUndefined();
  });

  it('makes no reading of a number that the scale carries beyond what is finite', () => {
    const register = row({ type: 'float64', scale: 1e300 });
    expect(decodeRegister(register, [0x7fef, 0xffff, 0xffff, 0xffff], NO_SCALES)).toBeUndefined();
  });

  it('takes every quantity in its own unit unchanged', () => {
    for (const code of Object.keys(QUANTITIES) as QuantityCode[]) {
      expect(unitsOf(code)).toContain(QUANTITIES[code].unit);
      expect(decodeRegister(row({ code, unit: QUANTITIES[code].unit }), [1], NO_SCALES)).toBe(1);
    }
  });
});

describe('decodeScale', () => {
  it('reads an exponent as a power of ten', () => {
    const factors = [-3, -1, 0, 2].map((raw) => decodeScale(scaleRow({}), [raw & 0xffff]));
    expect(factors).toEqual([0.001, 0.1, 1, 100]);
  });

  it('gives nothing outside its range or where the power of ten is no number', () => {
    const bounded = scaleRow({ min: -3, max: 3 });
    expect(decodeScale(bounded, [4])).toBeUndefined();
    expect(decodeScale(bounded, [0x8000])).toBeUndefined();
    expect(decodeScale(scaleRow({}), [400])).toBeUndefined();
    expect(decodeScale(scaleRow({}), [0x8000])).toBeUndefined();
    expect(decodeScale(scaleRow({ type: 'float32' }), [0x3f00, 0])).toBeUndefined();
  });

  it('reads a factor as it stands, and none of zero', () => {
    expect(decodeScale(scaleRow({ meaning: 'factor', type: 'uint16' }), [40])).toBe(40);
    expect(decodeScale(scaleRow({ meaning: 'factor', type: 'uint16' }), [0])).toBeUndefined();
  });

  it('looks an enumeration up, and gives nothing for what is not listed', () => {
    const listed = scaleRow({ meaning: new Map([[2, 10]]) });
    expect(decodeScale(listed, [2])).toBe(10);
    expect(decodeScale(listed, [7])).toBeUndefined();
  });

  it('gives nothing for missing words', () => {
    expect(decodeScale(scaleRow({}), [])).toBeUndefined();
  });
});

describe('decodeText', () => {
  const wordsOf = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    return Array.from({ length: Math.ceil(bytes.length / 2) }, (_, index) => {
      return ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0);
    });
  };

  it.each([
    ['iEM3255', 'iEM3255'],
    ['iEM3255\0\0\0\0', 'iEM3255'],
    ['  PM5110  \0', 'PM5110'],
    ['AB\0leftover', 'AB'],
    ['Zähler 7', 'Zähler 7'],
    ['\u001b[31mred\u0007', '[31mred'],
    ['\0\0\0\0', ''],
    ['', ''],
  ])('reads %j as %j', (stored, text) => {
    expect(decodeText(wordsOf(stored))).toBe(text);
  });

  it('reads one character a register', () => {
    expect(decodeText([0x53, 0x44, 0x4d, 0, 0])).toBe('SDM');
  });

  it('never throws, whatever the words', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 65535 }), { maxLength: 30 }), (words) => {
        expect(decodeText(words)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});

describe('withWordOrder', () => {
  it('turns the "not available" words with the value', () => {
    const big = row({ type: 'int32', invalid: [[0x8000, 0x0001]] });
    const little = withWordOrder(big, 'little');
    expect(decodeRegister(little, [0x0001, 0x8000], NO_SCALES)).toBeUndefined();
    expect(decodeRegister(little, [0x0002, 0x0001], NO_SCALES)).toBe(65538);
    expect(withWordOrder(big, 'big')).toBe(big);
  });
});
