import { describe, expect, it } from 'vitest';
import type { MeterRegister, RegisterType, WordOrder } from '../../../src/meters/profile.ts';
import { encodeNumber, encodeRegister } from '../../../src/simulator/encode-register.ts';
import { row } from './example-profile.ts';

const hex = (words: readonly number[]) =>
  words.map((word) => word.toString(16).toUpperCase().padStart(4, '0')).join(' ');

describe('numbers as words', () => {
  // Words worked out by hand, and from frames printed in manuals (230.2 V, -172.594 W, 239.59 V).
  const cases: readonly (readonly [number, RegisterType, WordOrder, string])[] = [
    [230.2, 'float32', 'big', '4366 3333'],
    [230.2, 'float32', 'little', '3333 4366'],
    [-172.594, 'float32', 'big', 'C32C 9810'],
    [1, 'float64', 'big', '3FF0 0000 0000 0000'],
    [-2, 'int16', 'big', 'FFFE'],
    [70_000, 'int16', 'big', '7FFF'],
    [-70_000, 'int16', 'big', '8000'],
    [65_535.4, 'uint16', 'big', 'FFFF'],
    [-5, 'uint16', 'big', '0000'],
    [-1726, 'int32', 'big', 'FFFF F942'],
    [-1726, 'int32', 'little', 'F942 FFFF'],
    [4_000_000_000, 'uint32', 'big', 'EE6B 2800'],
    [-1, 'int64', 'big', 'FFFF FFFF FFFF FFFF'],
    [18_342_117, 'uint64', 'little', 'E0E5 0117 0000 0000'],
    [-987, 'int16sm', 'big', '83DB'],
    [987, 'int16sm', 'big', '03DB'],
    [12_345_678, 'mod10k3', 'big', '0000 04D2 162E'],
    [12_345_678, 'mod10k4', 'little', '162E 04D2 0000 0000'],
    [12_345_678, 'mod10k2', 'big', '04D2 162E'],
    [16, 'acc32', 'big', '0000 0010'],
  ];
  it.each(cases)('%d as %s %s is %s', (value, type, order, words) => {
    expect(hex(encodeNumber(value, type, order))).toBe(words);
  });

  it('lets counters roll over where gauges stop at the end of the type', () => {
    expect(encodeNumber(65_536 + 7, 'uint16', 'big', true)).toEqual([7]);
    expect(encodeNumber(65_536 + 7, 'uint16', 'big', false)).toEqual([0xffff]);
    expect(encodeNumber(100_000_003, 'mod10k2', 'big')).toEqual([0, 3]);
  });

  it('refuses what is no number rather than inventing one', () => {
    expect(() => encodeNumber(Number.NaN, 'int32', 'big')).toThrow('NaN');
  });
});

describe('rows as words', () => {
  const encode = (facts: Partial<MeterRegister>, value: number | undefined, isLeading = false, scale = 1) =>
    encodeRegister(row({ code: 'p', address: 0, type: 'int32', ...facts }), { value, isLeading, scale });

  it('turns the unit of the quantity into the unit and scale of the meter', () => {
    expect(encode({ unit: 'kW' }, 2345, false, 0.001)).toEqual([0, 2345]);
    expect(encode({ code: 'e_imp', unit: 'Wh' }, 18342.117)).toEqual([279, 57573]);
    expect(encode({ code: 'pf', unit: '%', type: 'int16' }, -0.87)).toEqual([0xffa9]);
    expect(encode({ code: 'v', unit: 'V', type: 'uint16' }, 230.24, false, 0.1)).toEqual([2302]);
  });

  it('names a unit that the quantity does not have', () => {
    expect(() => encode({ unit: 'Wh' }, 1)).toThrow('"Wh"');
    expect(() => encode({ unit: 'constructor' }, 1)).toThrow('"constructor"');
  });

  it('writes the mark for "not available", or zeros where the meter has none', () => {
    expect(encode({ invalid: [[0x7fff], [0x8000, 0x0000]] }, undefined)).toEqual([0x8000, 0]);
    expect(encode({}, undefined)).toEqual([0, 0]);
  });

  it('turns the sign round for meters that count the other way', () => {
    expect(encode({ sign: 'invert' }, 5)).toEqual([0xffff, 0xfffb]);
  });

  it('tells leading from lagging where the sign is not the direction of power', () => {
    const facts: Partial<MeterRegister> = { code: 'pf', unit: '', type: 'int16', sign: 'absolute' };
    expect(encode(facts, -0.9, false, 0.001)).toEqual([900]);
    expect(encode(facts, 0.9, true, 0.001)).toEqual([0x10000 - 900]);
  });

  it('folds the power factor of the four quadrants as Schneider does', () => {
    const facts: Partial<MeterRegister> = { code: 'pf', unit: '', type: 'pf4q16' };
    expect(encode(facts, 0.8, false, 0.001)).toEqual([800]);
    expect(encode(facts, 0.8, true, 0.001)).toEqual([1200]);
    expect(encode(facts, -0.8, false, 0.001)).toEqual([0x10000 - 800]);
    expect(encode(facts, -0.8, true, 0.001)).toEqual([0x10000 - 1200]);
  });

  it('shows the magnitude where the register has no sign', () => {
    expect(encode({ type: 'uint32' }, -1500)).toEqual([0, 1500]);
  });

  it('stops at the largest content that is a value, short of the overflow mark', () => {
    expect(encode({ rawMax: 1000 }, 5000)).toEqual([0, 1000]);
  });

  it('looks states up, and has none for a value without content', () => {
    const values = new Map([
      [0, 0],
      [65_535, 1],
    ]);
    expect(encode({ code: 'alarm', unit: '', type: 'uint16', values }, 1)).toEqual([65_535]);
    expect(encode({ code: 'alarm', unit: '', type: 'uint16', values, invalid: [[9]] }, 4)).toEqual([9]);
  });
});
