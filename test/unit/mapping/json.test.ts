import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonPath, parseJsonPath, valueAtPath } from '../../../src/mapping/json-path.ts';
import { parseJson } from '../../../src/mapping/json-text.ts';

const isPath = (parsed: ReturnType<typeof parseJsonPath>): parsed is JsonPath => !('problem' in parsed);
const at = (root: unknown, text: string) => {
  const path = parseJsonPath(text);
  if (!isPath(path)) throw new Error(path.problem);
  return valueAtPath(root, path);
};

describe('parseJson', () => {
  it('gives the value of every JSON text, from bytes and from text', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('never throws, whatever arrives', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseJson(bytes)));
    fc.assert(fc.property(fc.string(), (text) => void parseJson(text)));
  });

  it.each([
    ['nothing', ''],
    ['half a text', '{"a":'],
    ['two texts', '{} {}'],
    ['NaN', 'NaN'],
    ['not UTF-8', Uint8Array.of(0x22, 0xff, 0xfe, 0x22)],
    ['a cut letter', Uint8Array.of(0x22, 0xc3, 0x22)],
  ])('returns undefined for %s', (_, input) => expect(parseJson(input)).toBeUndefined());

  it('takes a byte order mark, as some servers send it', () => {
    expect(parseJson(Buffer.from('\uFEFF{"a":1}'))).toEqual({ a: 1 });
  });

  it('refuses what is longer than its limit, in bytes and not in letters', () => {
    expect(parseJson(Buffer.alloc(10 * 1024 * 1024, '1'))).toBeUndefined();
    expect(parseJson(`"${'é'.repeat(50)}"`, 60)).toBeUndefined();
    expect(parseJson('"1234"', 6)).toBe('1234');
  });

  it('reads lists nested ten thousand deep without harm', () => {
    const deep = parseJson('['.repeat(10_000) + ']'.repeat(10_000));
    expect(valueAtPath(deep, [0, 0, 0])).toBeInstanceOf(Array);
  });

  it('leaves prototypes alone', () => {
    const value = parseJson('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(at(value, '__proto__.polluted')).toBe(1);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('parseJsonPath and valueAtPath', () => {
  const message = {
    ENERGY: { Power: 12, Total: [1, 2] },
    'em:0': { a_act_power: 5 },
    'key.with dot': 7,
    '': { 'it"s': 8, "it's": 9 },
    list: [[{ b: 3 }]],
  };

  it.each([
    ['ENERGY.Power', 12],
    ['$.ENERGY.Power', 12],
    ['$.ENERGY.Total[1]', 2],
    ['em:0.a_act_power', 5],
    ['["key.with dot"]', 7],
    ["$['key.with dot']", 7],
    ['[""]["it\\"s"]', 8],
    ["['']['it\\'s']", 9],
    ['list[0][0].b', 3],
    ['list.0.0.b', 3],
    ['ENERGY.Missing', undefined],
    ['ENERGY.Total[7]', undefined],
    ['ENERGY.Total.length', undefined],
    ['ENERGY.Power.toFixed', undefined],
    ['toString', undefined],
    ['constructor.prototype', undefined],
    ['__proto__', undefined],
  ])('%s is %s', (path, value) => expect(at(message, path)).toBe(value));

  it('gives the whole for $', () => expect(at(5, '$')).toBe(5));

  it.each(['', ' ', '$.', 'a.', '.a', 'a..b', 'a[', 'a[x]', 'a[-1]', 'a]', 'a["b]', '["a"]b', 'a\nb'])(
    'says what may stand there instead of %j',
    (text) => {
      const parsed = parseJsonPath(text);
      expect(parsed).toMatchObject({
        problem: expect.any(String),
        allowed: expect.stringMatching(/^allowed: /),
      });
    },
  );

  it('refuses a path that is absurdly long', () => {
    expect(parseJsonPath('a.'.repeat(400).concat('a'))).toHaveProperty('problem');
    expect(parseJsonPath('a'.repeat(5000))).toHaveProperty('problem');
  });

  it('never throws, whatever a person wrote and a device sent', () => {
    fc.assert(
      fc.property(fc.string(), fc.jsonValue(), (text, value) => {
        const path = parseJsonPath(text);
        if (isPath(path)) valueAtPath(value, path);
      }),
    );
  });

  it('finds every own member of every value, and nothing that is inherited', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), fc.string(), (object, other) => {
        for (const key of Object.keys(object)) {
          const path = parseJsonPath(`$[${JSON.stringify(key)}]`);
          expect(isPath(path) && valueAtPath(object, path)).toBe(object[key]);
        }
        if (!Object.hasOwn(object, other)) expect(valueAtPath(object, [other])).toBeUndefined();
      }),
    );
  });
});
