import type { z } from 'zod';
import type { YamlFile } from './checked-yaml.ts';
import { formatPath, type Issue, nearestWord, type PathStep } from './issue.ts';

/** Values under such keys are never repeated in a message. */
const SECRET_KEY = /pass(word|phrase)?|secret|token|hash|key$/i;

/**
 * Checks plain values against a schema. `ok` holds the value when there is no issue; issues carry the place
 * in the file, what was found and what is allowed, and for an unknown key the nearest known one.
 */
export function checkAgainst<T>(
  schema: z.ZodType<T>,
  yaml: YamlFile,
  value: unknown = yaml.value,
  base: readonly PathStep[] = [],
): { readonly ok: T | undefined; readonly issues: readonly Issue[] } {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { ok: result.data, issues: [] };
  const issues = result.error.issues.flatMap((issue) => explain(issue, schema, yaml, value, base));
  return { ok: undefined, issues };
}

function explain(
  issue: z.core.$ZodIssue,
  schema: z.ZodType,
  yaml: YamlFile,
  root: unknown,
  base: readonly PathStep[],
): Issue[] {
  const inner = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...base, ...inner];
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, inner, root);
    return issue.keys.map((key) => {
      const near = nearestWord(key, known);
      const list = `known keys: ${known.join(', ')}`;
      return {
        file: yaml.file,
        ...yaml.placeOfKey([...path, key]),
        path: formatPath([...path, key]),
        problem: `unknown key "${key}"`,
        allowed: near === undefined ? list : `did you mean "${near}"? ${list}`,
      };
    });
  }
  const isMissing = issue.code === 'invalid_type' && valueAt(root, inner) === undefined;
  const hidden = path.some((step) => typeof step === 'string' && SECRET_KEY.test(step));
  const problem = isMissing ? 'is missing' : `found ${hidden ? '(hidden)' : describe(valueAt(root, inner))}`;
  return [
    {
      file: yaml.file,
      ...yaml.place(path),
      path: formatPath(path),
      problem,
      allowed: allowedBy(issue, valueAt(root, inner)),
    },
  ];
}

/** What was found, in words: short, one line, quoted where it is text. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  return String(value);
}

const TYPE_WORDS: Record<string, string> = {
  number: 'a number',
  int: 'a whole number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section',
  record: 'a section',
};

function allowedBy(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `allowed: ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value': {
      const words = issue.values.map((value) => String(value));
      const near = typeof found === 'string' ? nearestWord(found, words) : undefined;
      return `${near === undefined ? '' : `did you mean "${near}"? `}allowed: ${words.join(', ')}`;
    }
    case 'too_small':
      return `allowed: ${atLeast(issue)}`;
    case 'too_big':
      return `allowed: at most ${issue.maximum}${countWord(issue.origin)}`;
    case 'not_multiple_of':
      return `allowed: multiples of ${issue.divisor}`;
    case 'invalid_union': {
      const options = (issue as { options?: readonly unknown[] }).options;
      if (options !== undefined) return `allowed: ${options.map(String).join(', ')}`;
      return issue.message.startsWith('Invalid')
        ? 'allowed: another form; see docs/configuration.md'
        : issue.message;
    }
    default:
      return `allowed: ${issue.message}`;
  }
}

function atLeast(issue: {
  readonly minimum: number | bigint;
  readonly origin: string;
  readonly inclusive?: boolean;
}) {
  if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'text that is not empty';
  const bound = issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`;
  return `${bound}${countWord(issue.origin)}`;
}

function countWord(origin: string): string {
  if (origin === 'string') return ' characters';
  if (origin === 'array') return ' entries';
  return '';
}

function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PathStep, unknown>)[step];
  }
  return value;
}

/** The keys that a schema knows at a path; the values choose among the branches of a discriminated union. */
export function knownKeys(schema: z.ZodType, path: readonly PathStep[], root: unknown): string[] {
  let current: unknown = schema;
  let value = root;
  for (const step of path) {
    const def = definition(current, value);
    if (def?.type === 'object') current = (def.shape as Record<string, unknown>)[String(step)];
    else if (def?.type === 'array') current = def.element;
    else if (def?.type === 'record') current = def.valueType;
    else return [];
    value = valueAt(value, [step]);
  }
  const def = definition(current, value);
  return def?.type === 'object' ? Object.keys(def.shape as object) : [];
}

type Definition = { readonly type: string; readonly [key: string]: unknown };

// Looks through the wrappers (optional, default, transforms) to the schema that says what is inside.
function definition(schema: unknown, value: unknown): Definition | undefined {
  const def = (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def;
  if (def === undefined) return undefined;
  if (def.type === 'pipe') return definition(def.in, value);
  if (def.innerType !== undefined) return definition(def.innerType, value);
  if (def.type !== 'union') return def;
  const options = def.options as readonly unknown[];
  const discriminator = def.discriminator as string | undefined;
  if (discriminator === undefined)
    return definition(
      options.find((o) => definition(o, value)?.type === 'object'),
      value,
    );
  const chosen = options.find((option) => {
    const shape = definition(option, value)?.shape as Record<string, unknown> | undefined;
    const literal = definition(shape?.[discriminator], undefined)?.values as readonly unknown[] | undefined;
    return literal?.includes(valueAt(value, [discriminator]));
  });
  return definition(chosen, value);
}
