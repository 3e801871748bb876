import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QUANTITIES, type QuantityCode } from '../../../src/domain/quantity.ts';
import { toNumber } from '../../../src/mapping/number-text.ts';
import { isSentinel } from '../../../src/mapping/sentinels.ts';
import { toTime } from '../../../src/mapping/time-text.ts';
import { codeOfUnit, unitConversion } from '../../../src/mapping/unit-conversion.ts';

describe('toNumber', () => {
  it.each([
    [12, 12],
    ['12', 12],
    [' -1.5e3\r\n', -1500],
    ['+.5', 0.5],
    ['5.', 5],
    ['007', 7],
    ['-0', 0],
  ])('%j is %s', (value, number) => expect(toNumber(value)).toBe(number));

  const numberless: readonly unknown[] = [
    '',
    ' ',
    'nan',
    'NaN',
    'unavailable',
    'unknown',
    '0x1f',
    '12abc',
    '1,5',
    '1 2',
    '1e',
    'Infinity',
    '1e999',
    '--1',
    '1_000',
    '٣',
    null,
    undefined,
    true,
    [],
    [1],
    {},
    { valueOf: () => 1 },
    1n,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '1'.repeat(100),
  ];
  it.each(numberless.map((value) => [value] as const))('%# has no number', (value) =>
    expect(toNumber(value)).toBeUndefined(),
  );

  it('reads every finite number back from its text', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(toNumber(String(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  it('is done at once with ten million digits', () => {
    expect(toNumber(`${'1'.repeat(10_000_000)}x`)).toBeUndefined();
  });

  it('never throws', () => fc.assert(fc.property(fc.anything(), (value) => void toNumber(value))));
});

describe('units', () => {
  it.each<[number, string, QuantityCode, number]>([
    [1.5, 'kW', 'p', 1500],
    [88, 'W', 'p', 88],
    [2500, 'mW', 'p', 2.5],
    [1, 'MW', 'p', 1e6],
    [3121, 'VA', 's', 3121],
    [87, 'VAR', 'q', 87],
    [0.2, 'kvar', 'q', 200],
    [230_100, 'mV', 'v', 230.1],
    [1500, 'mA', 'i', 1.5],
    [50, 'Hz', 'f', 50],
    [1.2, 'kWh', 'e_imp', 1.2],
    [96_201, 'Wh', 'e_imp', 96.201],
    [1, 'MWh', 'e_exp', 1000],
    [81_010, 'Wmin', 'e_imp', 1.3501666666666667],
    [1_500_000, 'mWh', 'e_imp', 1.5],
    [3_600_000, 'J', 'e_imp', 1],
    [3600, 'kWs', 'e_imp', 1],
    [12, 'kvarh', 'eq_imp', 12],
    [97, '%', 'pf', 0.97],
    [973, '‰', 'pf', 0.973],
    [0.97, '', 'pf', 0.97],
    [3, '%', 'v_thd', 3],
    [21, '°C', 'temp', 21],
    [212, '°F', 'temp', 100],
    [273.15, 'K', 'temp', 0],
    [1, '', 'relay', 1],
  ])('%s %s for %s is %s', (value, unit, code, wanted) => {
    expect(unitConversion(unit, code)?.(value)).toBe(wanted);
  });

  it.each<[string, QuantityCode]>([
    ['VA', 'p'],
    ['W', 's'],
    ['W', 'q'],
    ['kWh', 'p'],
    ['W', 'e_imp'],
    ['mwh', 'e_imp'],
    ['mw', 'p'],
    ['%', 'p'],
    ['', 'p'],
    ['constructor', 'p'],
    ['€', 'p'],
  ])('%j makes no %s', (unit, code) => expect(unitConversion(unit, code)).toBeUndefined());

  it('converts the unit of every quantity to itself', () => {
    for (const [code, { unit }] of Object.entries(QUANTITIES))
      expect(unitConversion(unit, code as QuantityCode)?.(42.5), code).toBe(42.5);
  });

  it.each([
    ['W', 'p'],
    ['kW', 'p'],
    ['V', 'v'],
    ['mA', 'i'],
    ['Hz', 'f'],
    ['VA', 's'],
    ['var', 'q'],
    ['kWh', 'e_imp'],
    ['Wmin', 'e_imp'],
    ['kvarh', 'eq_imp'],
    ['°C', 'temp'],
    ['%', undefined],
    ['', undefined],
    ['lx', undefined],
  ])('%j alone means %s', (unit, code) => expect(codeOfUnit(unit)).toBe(code));
});

describe('isSentinel', () => {
  it.each<[number, QuantityCode]>([
    [-8_388_608, 'p'],
    [8_388_607, 'p'],
    [-838_860.8, 'p'],
    [83_886.07, 'p'],
    [65_535, 'p'],
    [-32_768, 'v'],
    [4_294_967_295, 'e_imp'],
    [2_147_483_647, 'f'],
  ])('%s is nothing for %s', (value, code) => expect(isSentinel(value, code)).toBe(true));

  it.each<[number, QuantityCode]>([
    [0, 'p'],
    [655.35, 'p'],
    [230.1, 'v'],
    [65_535, 'e_imp'],
    [83_886.07, 'e_imp'],
    [-1234.5, 'p'],
    [1, 'pf'],
  ])('%s is a value for %s', (value, code) => expect(isSentinel(value, code)).toBe(false));
});

describe('toTime', () => {
  const noon = Date.UTC(2026, 10, 22, 12, 0, 0);
  it.each<[unknown, number]>([
    [noon, noon],
    [noon / 1000, noon],
    [String(noon / 1000), noon],
    ['1763812800.25', 1_763_812_800_250],
    ['2026-11-22T12:00:00Z', noon],
    ['2026-11-22T13:00:00+01:00', noon],
    ['2026-11-22 07:00:00-0500', noon],
    ['2026-11-22T12:00:00.250Z', noon + 250],
    ['2026-11-22T12:00Z', noon],
  ])('%j is a time', (value, ms) => expect(toTime(value)).toBe(ms));

  it.each([
    '2026-11-22T12:00:00',
    '2026-02-30T12:00:00Z',
    '2026-11-22T25:00:00Z',
    '2026-11-22T12:61:00Z',
    '12:00',
    '1970-01-01T00:00:00Z',
    0,
    12_345,
    -5,
    9e15,
    null,
    true,
    '',
    'yesterday',
    {},
    '2150-01-01T00:00:00Z',
  ])('%j is none', (value) => expect(toTime(value)).toBeUndefined());

  it('never throws', () => fc.assert(fc.property(fc.anything(), (value) => void toTime(value))));

  it('reads every ISO time between 2000 and 2100 back', () => {
    const date = fc.date({ min: new Date('2000-01-01Z'), max: new Date('2099-12-31Z'), noInvalidDate: true });
    fc.assert(
      fc.property(date, (each) => {
        expect(toTime(each.toISOString())).toBe(each.getTime());
      }),
    );
  });
});
