import { describe, expect, test } from 'vitest';
import { parseYamlFile } from '../../../src/lib/checked-yaml.ts';
import { type Issue, IssuesError } from '../../../src/lib/issue.ts';

function mistakesOf(text: string): readonly Issue[] {
  try {
    parseYamlFile('house.yaml', text);
  } catch (error) {
    if (error instanceof IssuesError) return error.issues;
    throw error;
  }
  return [];
}

describe('parseYamlFile', () => {
  const yaml = parseYamlFile('house.yaml', 'root: house\nlist:\n  - id: a\n  - { id: b, unit: 7 }\nempty:\n');

  test('gives plain values', () => {
    expect(yaml.value).toEqual({ root: 'house', list: [{ id: 'a' }, { id: 'b', unit: 7 }], empty: null });
  });

  test.each([
    [['root'], 1, 7],
    [['list', 0, 'id'], 3, 9],
    [['list', 1, 'unit'], 4, 20],
    [['list', 1, 'missing'], 4, 5],
    [['list', 9], 3, 3],
    [['nothing', 'here'], 1, 1],
    [[], 1, 1],
  ])('knows where the value at %j stands, or its nearest parent', (path, line, column) => {
    expect(yaml.place(path)).toEqual({ line, column });
  });

  test('knows where a key stands', () => {
    expect(yaml.placeOfKey(['list', 1, 'unit'])).toEqual({ line: 4, column: 14 });
  });

  test('follows an alias to the place where the value is written', () => {
    const aliased = parseYamlFile('house.yaml', 'a: &x { unit: 1 }\nb: *x\n');
    expect(aliased.place(['b', 'unit'])).toEqual({ line: 1, column: 15 });
  });

  test('numbers lines the same way with Windows line ends', () => {
    expect(parseYamlFile('house.yaml', 'a: 1\r\nb:\r\n  c: 2\r\n').place(['b', 'c'])).toEqual({
      line: 3,
      column: 6,
    });
  });

  test('an empty file is null', () => {
    expect(parseYamlFile('house.yaml', '# nothing\n').value).toBeNull();
  });
});

describe('what YAML itself forbids', () => {
  test.each([
    ['a: 1\nb: 2\na: 3\n', 3, 'twice'],
    ['a:\n\tb: 1\n', 2, 'tab'],
    ['a: b: c\n', 1, 'second "key: value"'],
    ['a: [1, 2\nb: 3\n', 2, 'bracket'],
    ['a: 1\nb: "open\nc: 3\n', 2, 'quote opens here'],
    ['a: 1\n---\nb: 2\n', 2, 'second document'],
    ['a: *b\n', 1, 'alias'],
    ['a: &b\n  - *b\n', 2, 'contains itself'],
    ['a: !include b\n', 1, 'tag'],
    ['? [a]\n: b\n', 1, 'not plain text'],
    ['a:\n  __proto__: 1\n', 2, '"__proto__"'],
    ['a: { constructor: { prototype: 1 } }\n', 1, '"constructor"'],
  ])('%j is refused in line %i', (text, line, words) => {
    const [first] = mistakesOf(text);
    expect(first).toMatchObject({ file: 'house.yaml', line });
    expect(first?.problem).toContain(words);
  });

  test('several mistakes are told together, one a line', () => {
    const lines = mistakesOf('a: @x\nb: 1\nc: `y\n').map((issue) => issue.line);
    expect(lines).toEqual([1, 3]);
  });

  test('aliases that would multiply without end are refused quickly', () => {
    const levels = 'abcdefghij'.split('').map((name, level, all) => {
      const inner = level === 0 ? 'x' : `*${all[level - 1]}`;
      return `${name}: &${name} [${Array(10).fill(inner).join(', ')}]`;
    });
    expect(mistakesOf(`${levels.join('\n')}\n`)).toHaveLength(1);
  });

  test('nesting that would overflow the stack is refused, not a crash', () => {
    expect(mistakesOf('['.repeat(200_000))).not.toHaveLength(0);
    expect(mistakesOf('- '.repeat(200_000))).not.toHaveLength(0);
  });

  test.each([
    'a: *hunter2',
    'a: !hunter2 b',
    'a: @hunter2',
    'a: "\\hunter2"',
    'a: "hunter2',
    '%hunter2\n---\na: 1',
    'hunter2: 1\nhunter2: 2',
  ])('the text of %j is not repeated', (text) => {
    const mistakes = mistakesOf(`${text}\n`);
    expect(mistakes).not.toHaveLength(0);
    expect(JSON.stringify(mistakes)).not.toContain('unter2');
  });
});
