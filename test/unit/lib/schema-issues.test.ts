import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { parseYamlFile } from '../../../src/lib/checked-yaml.ts';
import { formatIssue } from '../../../src/lib/issue.ts';
import { checkAgainst } from '../../../src/lib/schema-issues.ts';
import { allowing } from '../../../src/lib/schema-walk.ts';
import { describeValue } from '../../../src/lib/show-value.ts';

function messages(schema: z.ZodType, text: string): string[] {
  return checkAgainst(schema, parseYamlFile('f', text)).issues.map(formatIssue);
}

const meter = z.strictObject({ type: z.literal('meter'), unit: z.int().min(1).max(247) });
const plug = z.strictObject({ type: z.literal('plug'), address: z.string() });
const schema = z.strictObject({
  level: z.enum(['debug', 'info']).optional(),
  step: z.number().multipleOf(0.5).optional(),
  list: z.array(z.discriminatedUnion('type', [meter, plug])).optional(),
  names: z.record(z.string(), z.strictObject({ on: z.boolean() })).optional(),
});

describe('checkAgainst', () => {
  test('gives back the checked value', () => {
    const yaml = parseYamlFile('f', 'level: info\n');
    expect(checkAgainst(schema, yaml)).toEqual({ ok: { level: 'info' }, issues: [] });
  });

  test.each([
    ['level: inof', 'f:1:8: level: found "inof"; did you mean "info"? allowed: debug, info'],
    ['step: 0.7', 'f:1:7: step: found 0.7; allowed: multiples of 0.5'],
    ['step: x', 'f:1:7: step: found "x"; allowed: a number'],
    ['list: 5', 'f:1:7: list: found 5; allowed: a list'],
    ['list: [{ type: meter }]', 'f:1:8: list[0].unit: is missing; allowed: a number'],
    ['list: [{ type: meter, unit: 0 }]', 'f:1:29: list[0].unit: found 0; allowed: at least 1'],
    [
      'list: [{ type: plugg }]',
      'f:1:16: list[0].type: found "plugg"; did you mean "plug"? allowed: meter, plug',
    ],
    ['list: [{ address: a }]', 'f:1:8: list[0].type: is missing; allowed: meter, plug'],
    ['names: { a: { on: 1 } }', 'f:1:19: names.a.on: found 1; allowed: true or false'],
    ['[]', 'f:1:1: found an empty list; allowed: a section'],
  ])('%s', (text, message) => {
    expect(messages(schema, text)).toEqual([message]);
  });

  test('an unknown key is placed at the key, with the keys of its own branch', () => {
    expect(messages(schema, 'list:\n  - type: plug\n    address: a\n    unit: 1\n')).toEqual([
      'f:4:5: list[0].unit: unknown key "unit"; known keys: type, address',
    ]);
  });

  test('a mistyped key is told once, not as a missing one too', () => {
    expect(messages(schema, 'list: [{ type: plug, adress: a }]')).toEqual([
      'f:1:22: list[0].adress: unknown key "adress"; did you mean "address"? known keys: type, address',
    ]);
  });

  test('all mistakes come at once', () => {
    expect(messages(schema, 'level: x\nstep: y\nlist: [{ type: plug, address: 1 }]\nmore: 1\n')).toHaveLength(
      4,
    );
  });

  test('words given with the rule stand in for its parts, once', () => {
    const rule = allowing('halves from 1 to 9', z.number().min(1).max(9).multipleOf(0.5));
    const wrapped = z.strictObject({ a: rule.optional().describe('for people') });
    expect(messages(wrapped, 'a: 0.3')).toEqual(['f:1:4: a: found 0.3; allowed: halves from 1 to 9']);
  });

  test('a custom rule brings its own words', () => {
    const params = { problem: 'it is odd', allowed: 'allowed: even numbers' };
    const even = z
      .number()
      .superRefine((_, context) => context.addIssue({ code: 'custom', message: '', params }));
    expect(messages(z.strictObject({ a: even }), 'a: 3')).toEqual([
      'f:1:4: a: found 3: it is odd; allowed: even numbers',
    ]);
  });
});

describe('what is not shown', () => {
  test('values under keys that hold secrets', () => {
    const secret = z.strictObject({ password: z.string().optional(), apiKey: z.string().optional() });
    const shown = messages(secret, 'password: 4815\napiKey: [1623]\npasswords: 42\n').join();
    expect(shown).not.toMatch(/4815|1623|42\b/);
  });

  test('text where a section belongs, because its colon may have been forgotten', () => {
    expect(messages(z.strictObject({ mqtt: z.strictObject({}) }), 'mqtt: hunter2')).toEqual([
      'f:1:7: mqtt: found text; allowed: a section',
    ]);
  });

  test.each([
    ['mqtt://busbar:hunter2@host', '"mqtt://***@host"'],
    ['x password:hunter2', '"x password..."'],
    ['scrypt$1$2$hunter2', '"scrypt..."'],
    ['a'.repeat(80), `"${'a'.repeat(57)}..."`],
    ['two\nlines', '"two\\nlines"'],
    [[1, 2], 'a list of 2'],
    [{ a: 1 }, 'a section'],
    [undefined, 'nothing'],
  ])('%j is shown as %s', (value, shown) => {
    expect(describeValue(value)).toBe(shown);
  });
});
