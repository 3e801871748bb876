import { describe, expect, it } from 'vitest';
import { formatHex, formatInterval, formatMs } from '../../../src/commands/output.ts';
import { formatTable, wrapText } from '../../../src/lib/table.ts';

describe('formatTable', () => {
  it('aligns columns, numbers to the right, without spaces at the ends of lines', () => {
    const columns = [{ title: 'KEY' }, { title: 'VALUE', align: 'right' }, { title: '' }] as const;
    expect(
      formatTable(columns, [
        ['p', '-1234.5', ''],
        ['v_l1l2', '9', '?'],
      ]),
    ).toEqual(['KEY       VALUE', 'p       -1234.5', 'v_l1l2        9  ?']);
  });

  it('takes missing cells for empty and counts characters, not bytes', () => {
    expect(formatTable([{ title: 'A' }, { title: 'B' }], [['°', 'x'], ['long']])).toEqual([
      'A     B',
      '°     x',
      'long',
    ]);
  });

  it('keeps what a device sends from disturbing the terminal', () => {
    expect(formatTable([{ title: 'A' }], [['a\x1b[2Jb\nc']]).join('|')).toBe('A|a [2Jb c');
  });
});

describe('wrapText', () => {
  it('breaks at spaces, indents what follows and keeps the indent of the first line', () => {
    expect(wrapText('  one two three four', 10, '    ')).toEqual(['  one two', '    three', '    four']);
  });

  it('leaves a word that is too long whole, and gives nothing for nothing', () => {
    expect(wrapText('http://a.very.long/address x', 8)).toEqual(['http://a.very.long/address', 'x']);
    expect(wrapText('  ', 8)).toEqual([]);
  });
});

describe('numbers for people', () => {
  it.each([
    [0.04, '0 ms'],
    [3.25, '3.3 ms'],
    [72.17, '72 ms'],
    [1154.4, '1154 ms'],
    [90_061, '90 s'],
  ])('%d ms is "%s"', (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  it('intervals are seconds, addresses four hexadecimal digits', () => {
    expect([formatInterval(5000), formatInterval(100), formatHex(70), formatHex(0xfc02)]).toEqual([
      '5 s',
      '0.1 s',
      '0x0046',
      '0xFC02',
    ]);
  });
});
