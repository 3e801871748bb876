/** One word of a template. */
export type Token =
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'sign'; readonly text: string };

const MAX_LENGTH = 512;
const MAX_TOKENS = 128;

const BLANK = /\s+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+(?:\.\d+)?/y;
const STRING = /'([^'\\]*)'|"([^"\\]*)"/y;
const SIGN = /[()[\].,|+\-*/]/y;

/**
 * The words between `{{` and `}}`; a text says why the template is not understood. Blocks (`{% %}`), text
 * around the braces and several of them are not.
 */
export function tokensOf(template: string): readonly Token[] | string {
  if (template.length > MAX_LENGTH) return `it is longer than ${MAX_LENGTH} characters`;
  const text = template.trim();
  if (text.includes('{%') || text.includes('{#')) return 'it has blocks ({% %})';
  const inside = /^\{\{-?([\s\S]*?)-?\}\}$/.exec(text)?.[1];
  if (inside === undefined || inside.includes('{{')) return 'it is not one expression in {{ }}';
  const tokens: Token[] = [];
  for (let at = 0; at < inside.length; ) {
    const blank = match(BLANK, inside, at);
    if (blank !== undefined) {
      at += blank[0].length;
      continue;
    }
    const found = tokenAt(inside, at);
    if (found === undefined) return `"${inside[at]}" is not understood`;
    if (tokens.push(found.token) > MAX_TOKENS) return 'it is too long';
    at += found.length;
  }
  return tokens;
}

function tokenAt(text: string, at: number): { token: Token; length: number } | undefined {
  const name = match(NAME, text, at);
  if (name !== undefined) return { token: { kind: 'name', text: name[0] }, length: name[0].length };
  const number = match(NUMBER, text, at);
  if (number !== undefined)
    return { token: { kind: 'number', value: Number(number[0]) }, length: number[0].length };
  const string = match(STRING, text, at);
  if (string !== undefined)
    return {
      token: { kind: 'string', value: string[1] ?? string[2] ?? '' },
      length: string[0].length,
    };
  // `//` and `**` are other operations than two signs in a row.
  const sign = match(SIGN, text, at);
  const isDoubled = sign !== undefined && '*/'.includes(sign[0]) && text[at + 1] === sign[0];
  return sign === undefined || isDoubled ? undefined : { token: { kind: 'sign', text: sign[0] }, length: 1 };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}
