import type { Expression } from './template.ts';

/** What a template can see: the payload as text, and as JSON where it is JSON. */
export interface TemplateVariables {
  readonly value: string;
  readonly value_json: unknown;
}

/**
 * The value of a template: a number, text, true or false, or a part of the JSON; undefined where a part is
 * missing or cannot be reckoned with. Members are own properties only; nothing is ever called. A constant that
 * the template puts where a value is missing (`default(0)`, `float(0)`) is no value: absent is not zero.
 */
export function templateValue(expression: Expression, variables: TemplateVariables): unknown {
  const value = evaluate(expression, variables);
  return value === null ? undefined : value;
}

/** The value as Jinja would print it, for words such as those of availability. */
export function templateText(expression: Expression, variables: TemplateVariables): string | undefined {
  const value = templateValue(expression, variables);
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

function evaluate(expression: Expression, variables: TemplateVariables): unknown {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'variable':
      return variables[expression.name];
    case 'member':
      return memberOf(evaluate(expression.of, variables), expression.key);
    case 'negative': {
      const value = evaluate(expression.of, variables);
      return typeof value === 'number' ? -value : undefined;
    }
    case 'operation':
      return reckon(
        expression.sign,
        evaluate(expression.left, variables),
        evaluate(expression.right, variables),
      );
    case 'filter':
      return filtered(expression, variables);
  }
}

function memberOf(of: unknown, key: string | number): unknown {
  if (typeof of !== 'object' || of === null) return undefined;
  if (Array.isArray(of)) {
    if (typeof key !== 'number') return undefined;
    return of.at(key);
  }
  return Object.hasOwn(of, key) ? (of as Record<string | number, unknown>)[key] : undefined;
}

function reckon(sign: '+' | '-' | '*' | '/', left: unknown, right: unknown): number | undefined {
  if (typeof left !== 'number' || typeof right !== 'number') return undefined;
  switch (sign) {
    case '+':
      return finite(left + right);
    case '-':
      return finite(left - right);
    case '*':
      return finite(left * right);
    case '/':
      return finite(left / right);
  }
}

const finite = (value: number) => (Number.isFinite(value) ? value : undefined);

function filtered(expression: Expression & { kind: 'filter' }, variables: TemplateVariables): unknown {
  const value = evaluate(expression.of, variables);
  switch (expression.name) {
    case 'default':
      return value ?? fallback(expression.argument, variables);
    case 'float':
      return toFloat(value) ?? fallback(expression.argument, variables);
    case 'int': {
      const number = toFloat(value);
      return number === undefined ? fallback(expression.argument, variables) : Math.trunc(number);
    }
    case 'round': {
      const places = expression.argument?.kind === 'literal' ? Number(expression.argument.value) : 0;
      return typeof value === 'number' ? rounded(value, places) : undefined;
    }
  }
}

function fallback(argument: Expression | undefined, variables: TemplateVariables): unknown {
  if (argument === undefined || isConstant(argument)) return undefined;
  return evaluate(argument, variables);
}

function isConstant(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'variable':
      return false;
    case 'operation':
      return isConstant(expression.left) && isConstant(expression.right);
    default:
      return isConstant(expression.of);
  }
}

const PLAIN_NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

function toFloat(value: unknown): number | undefined {
  if (typeof value === 'number') return finite(value);
  if (typeof value !== 'string' || value.length > 64 || !PLAIN_NUMBER.test(value)) return undefined;
  return finite(Number(value));
}

function rounded(value: number, places: number): number {
  const factor = 10 ** places;
  const scaled = value * factor;
  return Number.isFinite(scaled) ? Math.round(scaled) / factor : value;
}
