import { describe, expect, it } from 'vitest';
import { IssuesError } from '../../../src/lib/issue.ts';
import { parseProfile } from '../../../src/meters/profile-schema.ts';
import { CASES, GOOD, P_ROW } from './broken-profile-cases.ts';

function mistakesOf(text: string, file = 'meters/acme-one.yaml'): string {
  try {
    parseProfile(file, text);
  } catch (error) {
    if (error instanceof IssuesError) return error.message;
    throw error;
  }
  return '';
}
const changed = (from: string, to: string) => {
  expect(GOOD).toContain(from);
  return GOOD.replace(from, to);
};
describe('parseProfile of a broken file', () => {
  it('takes the file that the cases break', () => {
    expect(mistakesOf(GOOD)).toBe('');
  });

  it.each(CASES)('names %s', (_name, from, to, message) => {
    expect(mistakesOf(changed(from, to))).toContain(message);
  });

  it('tells a line that a single-phase meter cannot have', () => {
    const text = changed('lines: 3', 'lines: 1').replace('phase: l1', 'phase: l2');
    expect(mistakesOf(text)).toContain(
      '10:23: registers[0].phase: found l2 in a single-phase meter; allowed: no phase, l1, n, pe, or lines: 3',
    );
    expect(mistakesOf(changed('lines: 3', 'lines: 1'))).toBe('');
  });

  it('tells all mistakes at once', () => {
    const text = changed('unit: V', 'unit: A')
      .replace('unit: kW', 'unit: Hz')
      .replace('F,', 'G, min: 2, max: 1,');
    const lines = mistakesOf(text).split('\n');
    expect(lines.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'meters/acme-one.yaml:8',
      'meters/acme-one.yaml:10',
      'meters/acme-one.yaml:11',
    ]);
  });

  it('sets nothing on a prototype, whatever the keys', () => {
    for (const key of ['__proto__', 'constructor', 'toString']) {
      expect(mistakesOf(`${GOOD}${key}: { polluted: 1 }\n`)).toContain(key);
      mistakesOf(changed('lines: 3', `lines: 3\ninvalid: { ${key}: [[1]] }`));
      mistakesOf(changed('meaning: exponent', `meaning: { ${key}: 1 }`));
      expect(mistakesOf(changed('unit: V }', `unit: ${key} }`))).toContain('no unit of v');
      expect(mistakesOf(changed(P_ROW, `{ code: p, address: 2, sources: [${key}] }`))).not.toBe('');
    }
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
