import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatIssue, formatPath, IssuesError, nearestWord } from '../../../src/lib/issue.ts';

describe('nearestWord', () => {
  test('takes the begin of a longer name for that name', () => {
    const known = ['eastron-sdm230', 'eastron-sdm630-v2'];
    expect(nearestWord('eastron-sdm63', known)).toBe('eastron-sdm630-v2');
  });

  test.each([
    ['unitt', 'unit'],
    ['nuit', 'unit'],
    ['metre', 'meter'],
    ['METER', 'meter'],
    ['intervall', 'interval'],
    ['counter', 'counterInterval'],
  ])('%s means %s', (word, meant) => {
    expect(nearestWord(word, ['unit', 'meter', 'interval', 'counterInterval'])).toBe(meant);
  });

  test('says nothing where nothing is near', () => {
    expect(nearestWord('temperature', ['unit', 'meter'])).toBeUndefined();
    expect(nearestWord('x', [])).toBeUndefined();
  });

  test('finds every word with one letter changed, dropped or added', () => {
    const word = fc.stringMatching(/^[a-z]{4,12}$/);
    fc.assert(
      fc.property(word, fc.nat(11), fc.constantFrom('', 'q', 'qq'), (known, at, letter) => {
        const place = at % known.length;
        const slip = known.slice(0, place) + letter + known.slice(place + 1);
        expect(nearestWord(slip, ['######################', known])).toBe(known);
      }),
    );
  });
});

describe('formatPath', () => {
  test('reads as a person would write it', () => {
    expect(formatPath(['sources', 0, 'devices', 11, 'unit'])).toBe('sources[0].devices[11].unit');
    expect(formatPath([])).toBe('');
  });

  test('quotes a key that is not a word', () => {
    expect(formatPath(['mqtt', 'a b\n'])).toBe('mqtt["a b\\n"]');
  });
});

describe('formatIssue', () => {
  const issue = {
    file: 'house.yaml',
    line: 3,
    column: 7,
    path: 'root',
    problem: 'found 1',
    allowed: 'allowed: text',
  };

  test('begins with file, line and column, as editors make links of it', () => {
    expect(formatIssue(issue)).toBe('house.yaml:3:7: root: found 1; allowed: text');
  });

  test('leaves out what there is not', () => {
    expect(formatIssue({ ...issue, line: 0, column: 0, path: '', allowed: undefined })).toBe(
      'house.yaml: found 1',
    );
  });

  test('an IssuesError says all of them, one a line', () => {
    const error = new IssuesError([issue, { ...issue, line: 4 }]);
    expect(error.message.split('\n')).toHaveLength(2);
    expect(error.issues).toHaveLength(2);
  });
});
