import { describe, expect, it } from 'vitest';
import {
  listOf,
  numberFrom,
  parseBauds,
  parseParities,
  parseUnit,
  parseUnits,
} from '../../../src/commands/arguments.ts';
import { connectionOf, hasSetting } from '../../../src/commands/connection-argument.ts';
import { describeFailure } from '../../../src/commands/failure.ts';

describe('lists of the command line', () => {
  it.each([
    ['1-4', [1, 2, 3, 4]],
    ['7', [7]],
    ['1,2,100-102', [1, 2, 100, 101, 102]],
    ['3, 1-3 ,0,255', [3, 1, 2, 0, 255]],
  ])('units "%s" are %j, each once', (text, units) => {
    expect(parseUnits(text)).toEqual(units);
  });

  it.each(['', '1-', '-4', '5-2', '256', '1-300', 'a', '1,,2', '1.5', '0x10'])(
    'units "%s" are refused',
    (text) => {
      expect(() => parseUnits(text)).toThrow(/allowed: numbers and ranges/);
    },
  );

  it('one unit is a whole number up to 255', () => {
    expect(parseUnit('247')).toBe(247);
    for (const text of ['256', '-1', '1e2', '', ' 1']) expect(() => parseUnit(text)).toThrow(/allowed/);
  });

  it('baud rates and parities are checked one by one', () => {
    expect(parseBauds('9600, 19200')).toEqual([9600, 19_200]);
    expect(() => parseBauds('9600,96')).toThrow(/found "96"/);
    expect(parseParities('none,odd')).toEqual(['none', 'odd']);
    expect(() => parseParities('none,N')).toThrow(/found "N"; allowed: none, even, odd/);
  });

  it('words keep their order and stay once', () => {
    expect(listOf('p, v_l1,,p')).toEqual(['p', 'v_l1']);
    expect(() => listOf(' , ')).toThrow(/found nothing/);
  });

  it('numbers have bounds, and no sign, exponent or unit', () => {
    const read = numberFrom(0.1, 60, 's');
    expect(read('0.5')).toBe(0.5);
    for (const text of ['0', '61', '-1', '1e1', '5s', 'NaN', ''])
      expect(() => read(text)).toThrow(/a number from 0.1 to 60, s/);
  });
});

describe('the connection argument', () => {
  it('says how a connection is written', () => {
    const failure = describeFailure(attempt(() => connectionOf('/dev/ttyUSB0')));
    expect(failure?.exitCode).toBe(64);
    expect(failure?.message).toContain('did you mean "rtu:/dev/ttyUSB0"?');
  });

  it('tells what the URL says from what it leaves open', () => {
    expect(hasSetting('rtu:/dev/x?baud=9600', 'baud')).toBe(true);
    expect(hasSetting('rtu:/dev/x?unit=1&parity=even', 'parity')).toBe(true);
    expect(hasSetting('rtu:/dev/baud=1', 'baud')).toBe(false);
  });
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
