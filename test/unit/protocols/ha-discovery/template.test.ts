import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTemplate } from '../../../../src/protocols/ha-discovery/template.ts';
import { templateText, templateValue } from '../../../../src/protocols/ha-discovery/template-value.ts';

function render(template: string, value: string, json?: unknown): unknown {
  const expression = parseTemplate(template);
  if ('unsupported' in expression) return expression;
  return templateValue(expression, { value, value_json: json });
}

describe('value templates', () => {
  it.each<[string, string, unknown, unknown]>([
    ['{{ value_json.power }}', '', { power: 88.1 }, 88.1],
    ["{{ value_json['ENERGY']['Power'] }}", '', { ENERGY: { Power: 76 } }, 76],
    ["{{value_json['ENERGY'].Yesterday}}", '', { ENERGY: { Yesterday: 1.7 } }, 1.7],
    ['{{ value_json["a.b"] }}', '', { 'a.b': 3 }, 3],
    ['{{ value_json.list[1].p }}', '', { list: [{}, { p: 7 }] }, 7],
    ['{{ value_json.list.0 }}', '', { list: [5] }, 5],
    ['{{ value }}', '12.5', undefined, '12.5'],
    ['{{ value|float / 1000 }}', '1500', undefined, 1.5],
    ['{{ (value|float/60)|round(2) }}', '100', undefined, 1.67],
    ['{{ value | float | round(1) }}', '3.14159', undefined, 3.1],
    ['{{ value|int }}', '12.9', undefined, 12],
    ['{{ float(value) * 2 }}', '4', undefined, 8],
    ['{{- value_json.p -}}', '', { p: 1 }, 1],
    ['{{ -value_json.p }}', '', { p: 5 }, -5],
    ['{{ 2 + 3 * 4 }}', '', undefined, 14],
    ['{{ (2 + 3) * 4 - 6 / 3 }}', '', undefined, 18],
    ['{{ value_json.a | default(value_json.b) }}', '', { b: 9 }, 9],
    ['{{ value_json.a | d(value_json.b) | float }}', '', { b: '9.5' }, 9.5],
    ['{{ value_json.p | round }}', '', { p: 2.7 }, 3],
    ['{{ value_json.on }}', '', { on: true }, true],
  ])('%s', (template, value, json, result) => {
    expect(render(template, value, json)).toEqual(result);
  });

  it.each<[string, string, unknown]>([
    ['{{ value_json.missing }}', '', { p: 1 }],
    ['{{ value_json.p }}', 'no JSON', undefined],
    ['{{ value_json.p }}', '', { p: null }],
    ['{{ value_json.missing | default(0) }}', '', {}],
    ['{{ value_json.missing | float(0) }}', '', {}],
    ['{{ value_json.missing | default(0 - 1) }}', '', {}],
    ['{{ value | float }}', 'nan', undefined],
    ['{{ value | float }}', 'inf', undefined],
    ['{{ value / 10 }}', '100', undefined],
    ['{{ value_json.p / 0 }}', '', { p: 1 }],
    ['{{ value_json.p / value_json.q }}', '', { p: 1, q: 0 }],
    ['{{ value_json.list[7] }}', '', { list: [1] }],
    ['{{ value_json.list.length }}', '', { list: [1] }],
    ['{{ value.length }}', 'abc', undefined],
    ['{{ value_json.__proto__ }}', '', {}],
    ['{{ value_json.constructor }}', '', {}],
    ["{{ value_json['constructor']['name'] }}", '', {}],
    ['{{ value_json.toString }}', '', []],
  ])('%s gives no value', (template, value, json) => {
    expect(render(template, value, json)).toBeUndefined();
  });

  it('reads a member called __proto__ as any other, when the message has one', () => {
    expect(render('{{ value_json.__proto__.p }}', '', JSON.parse('{"__proto__":{"p":4}}'))).toBe(4);
  });

  it.each([
    ['{% if value %}1{% endif %}', 'blocks'],
    ['power', 'not one expression'],
    ['{{ value }} W', 'not one expression'],
    ['{{ value }}{{ value }}', 'not one expression'],
    ['{{ value_json.p | abs }}', 'the filter "abs"'],
    ['{{ value_json.get("p") }}', '"("'],
    ["{{ ''.__class__.__mro__() }}", '"("'],
    ['{{ states("sensor.x") }}', '"states"'],
    ['{{ value ** 2 }}', '"*"'],
    ['{{ value // 2 }}', '"/"'],
    ['{{ value if value else 0 }}', '"if"'],
    ['{{ value_json.p == 1 }}', '"="'],
    ['{{ value_json[value] }}', '[ ]'],
    ['{{ value_json[1.5] }}', '[ ]'],
    ['{{ value | round(99) }}', '"round"'],
    ['{{ value | default }}', '"default"'],
    ['{{ }}', 'ends too early'],
    ['{{ value + }}', 'ends too early'],
    ['{{ (value }}', '")"'],
    ["{{ 'abc }}", 'is not understood'],
    [`{{ ${'('.repeat(60)}value${')'.repeat(60)} }}`, 'nested too deeply'],
    [`{{ ${'-'.repeat(100)}1 }}`, 'nested too deeply'],
    [`{{ value${'+1'.repeat(100)} }}`, 'too long'],
    [`{{ ${'x'.repeat(600)} }}`, 'longer than'],
  ])('%s is unsupported, and says why', (template, reason) => {
    expect(render(template, '1')).toEqual({ unsupported: expect.stringContaining(reason) });
  });

  it('prints words as Jinja does', () => {
    const text = (template: string, json: unknown) => {
      const expression = parseTemplate(template);
      return 'unsupported' in expression
        ? expression
        : templateText(expression, { value: '', value_json: json });
    };
    expect(text('{{ value_json.state }}', { state: 'online' })).toBe('online');
    expect(text('{{ value_json.state }}', { state: true })).toBe('True');
    expect(text('{{ value_json.state }}', { state: {} })).toBeUndefined();
  });

  const pieces = fc.constantFrom(
    ...[
      'value',
      'value_json',
      '.',
      '[',
      ']',
      '(',
      ')',
      '|',
      'float',
      'round',
      'default',
      '+',
      '-',
      '*',
      '/',
      "'a'",
    ],
    ...[
      '"__proto__"',
      'constructor',
      '__proto__',
      '0',
      '1.5',
      ',',
      ' ',
      '{{',
      '}}',
      '%',
      'if',
      '\u0000',
      '\\',
    ],
  );

  it('never throws, and never gives what is not in the message', () => {
    const inherited = new Set<unknown>([
      Object.prototype,
      Array.prototype,
      Function.prototype,
      Object,
      Array,
      String,
    ]);
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.jsonValue(), fc.string(), (parts, json, value) => {
        const result = render(`{{ ${parts.join('')} }}`, value, json);
        expect(typeof result).not.toBe('function');
        expect(inherited.has(result)).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });

  it('understands its own grammar, whatever the spacing', () => {
    const leaf = fc.constantFrom('value_json.p', "value_json['q']", '2', '7.5');
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc
          .tuple(tie('expression'), fc.constantFrom('+', '-', '*'), tie('expression'))
          .map(([left, sign, right]) => `(${left} ${sign}${right})`),
        tie('expression').map((inside) => `(${inside}) | float`),
      ),
    }));
    fc.assert(
      fc.property(expression, (text) => {
        fc.pre(text.length < 400);
        const js = text
          .replaceAll(' | float', '')
          .replaceAll('value_json.p', '3')
          .replaceAll("value_json['q']", '5');
        const result = render(`{{ ${text} }}`, '', { p: 3, q: 5 });
        if (typeof result === 'object') return;
        // Arithmetic alone is left in the text: numbers, signs and parentheses.
        expect(result).toBe(new Function(`return ${js}`)());
      }),
    );
  });
});
