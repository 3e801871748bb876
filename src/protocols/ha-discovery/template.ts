import { type Token, tokensOf } from './template-tokens.ts';

/** An expression of the small part of Jinja that only looks a value up and reckons with it. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: number | string }
  | { readonly kind: 'variable'; readonly name: 'value' | 'value_json' }
  | { readonly kind: 'member'; readonly of: Expression; readonly key: string | number }
  | { readonly kind: 'negative'; readonly of: Expression }
  | {
      readonly kind: 'operation';
      readonly sign: '+' | '-' | '*' | '/';
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'filter';
      readonly name: FilterName;
      readonly of: Expression;
      readonly argument: Expression | undefined;
    };

const FILTERS = ['float', 'int', 'round', 'default'] as const;
export type FilterName = (typeof FILTERS)[number];

const MAX_DEPTH = 24;

class Unsupported extends Error {}

/** Reads a value template; `unsupported` says why it cannot be used. Never throws. */
export function parseTemplate(text: string): Expression | { readonly unsupported: string } {
  const tokens = tokensOf(text);
  if (typeof tokens === 'string') return { unsupported: tokens };
  try {
    const parser = new Parser(tokens);
    return parser.whole();
  } catch (error) {
    if (!(error instanceof Unsupported)) throw error;
    return { unsupported: error.message };
  }
}

// Recursive descent; filters bind more tightly than the four operations, as in Jinja.
class Parser {
  #at = 0;
  #depth = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  whole(): Expression {
    const expression = this.#sum();
    if (this.#at < this.tokens.length) throw new Unsupported(`${this.#shown()} is not understood`);
    return expression;
  }

  #sum(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new Unsupported('it is nested too deeply');
    let left = this.#product();
    for (let sign = this.#sign(['+', '-']); sign !== undefined; sign = this.#sign(['+', '-']))
      left = { kind: 'operation', sign, left, right: this.#product() };
    this.#depth--;
    return left;
  }

  #product(): Expression {
    let left = this.#filtered();
    for (let sign = this.#sign(['*', '/']); sign !== undefined; sign = this.#sign(['*', '/']))
      left = { kind: 'operation', sign, left, right: this.#filtered() };
    return left;
  }

  #filtered(): Expression {
    let expression = this.#unary();
    while (this.#takes('|')) {
      const name = this.#name();
      const filter = FILTERS.find((known) => known === (name === 'd' ? 'default' : name));
      if (filter === undefined) throw new Unsupported(`the filter "${name}" is not understood`);
      const argument = this.#takes('(') ? this.#argument() : undefined;
      expression = filterOf(filter, expression, argument);
    }
    return expression;
  }

  #unary(): Expression {
    // In Jinja a sign binds more tightly than a filter.
    if (!this.#takes('-')) return this.#postfix();
    if (++this.#depth > MAX_DEPTH) throw new Unsupported('it is nested too deeply');
    const of = this.#unary();
    this.#depth--;
    return { kind: 'negative', of };
  }

  #postfix(): Expression {
    let expression = this.#primary();
    for (;;) {
      if (this.#takes('.')) expression = { kind: 'member', of: expression, key: this.#memberName() };
      else if (this.#takes('[')) expression = { kind: 'member', of: expression, key: this.#index() };
      else return expression;
    }
  }

  #primary(): Expression {
    const token = this.tokens[this.#at];
    this.#at++;
    if (token === undefined) throw new Unsupported('it ends too early');
    if (token.kind === 'number' || token.kind === 'string') return { kind: 'literal', value: token.value };
    if (token.kind === 'name') return this.#named(token.text);
    if (token.text !== '(') throw new Unsupported(`"${token.text}" is not understood here`);
    const inside = this.#sum();
    this.#expect(')');
    return inside;
  }

  #named(name: string): Expression {
    if (name === 'value' || name === 'value_json') return { kind: 'variable', name };
    if ((name === 'float' || name === 'int') && this.#takes('(')) {
      const of = this.#sum();
      const argument = this.#takes(',') ? this.#sum() : undefined;
      this.#expect(')');
      return filterOf(name, of, argument);
    }
    throw new Unsupported(`"${name}" is not understood`);
  }

  #argument(): Expression | undefined {
    if (this.#takes(')')) return undefined;
    const argument = this.#sum();
    this.#expect(')');
    return argument;
  }

  #index(): string | number {
    const token = this.tokens[this.#at];
    this.#at++;
    const key = token?.kind === 'string' || token?.kind === 'number' ? token.value : undefined;
    if (key === undefined || (typeof key === 'number' && !Number.isSafeInteger(key)))
      throw new Unsupported('only names and whole numbers can stand in [ ]');
    this.#expect(']');
    return key;
  }

  // A name behind a point; `a.0` is a place in a list.
  #memberName(): string | number {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'number') return this.#name();
    this.#at++;
    if (!Number.isSafeInteger(token.value)) throw new Unsupported('only names can stand behind a point');
    return token.value;
  }

  #name(): string {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'name') throw new Unsupported(`${this.#shown()} stands where a name should be`);
    this.#at++;
    // Text such as "abc".upper() or value_json.get('x') calls something; nothing is ever called.
    return token.text;
  }

  #takes(text: string): boolean {
    const token = this.tokens[this.#at];
    if (token?.kind !== 'sign' || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #sign<S extends '+' | '-' | '*' | '/'>(signs: readonly S[]): S | undefined {
    return signs.find((sign) => this.#takes(sign));
  }

  #expect(text: string): void {
    if (!this.#takes(text)) throw new Unsupported(`${this.#shown()} stands where "${text}" should be`);
  }

  #shown(): string {
    const token = this.tokens[this.#at];
    if (token === undefined) return 'the end';
    return `"${'text' in token ? token.text : token.value}"`;
  }
}

function filterOf(name: FilterName, of: Expression, argument: Expression | undefined): Expression {
  if (name === 'default' && argument === undefined)
    throw new Unsupported('"default" without a value is not understood');
  if (name === 'round' && argument !== undefined && !isPlaces(argument))
    throw new Unsupported('"round" takes a whole number from 0 to 12');
  return { kind: 'filter', name, of, argument };
}

const isPlaces = (expression: Expression) =>
  expression.kind === 'literal' &&
  Number.isInteger(expression.value) &&
  Number(expression.value) >= 0 &&
  Number(expression.value) <= 12;
