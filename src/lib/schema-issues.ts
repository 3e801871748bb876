import type * as z from 'zod';
import type { YamlFile } from './checked-yaml.ts';
import { formatPath, type Issue, nearestWord, type PathStep } from './issue.ts';
import { allowedText, knownKeys, valueAt } from './schema-walk.ts';
import { describeValue, isSecretKey, showText } from './show-value.ts';

/** What a check is about: the schema, the plain values, where they stand. */
interface Check {
  readonly schema: z.ZodType;
  readonly yaml: YamlFile;
  readonly root: unknown;
  readonly base: readonly PathStep[];
}

/**
 * Checks plain values against a schema. `ok` holds the value when there is no issue; issues carry the place
 * in the file, what was found and what is allowed, and for an unknown key the nearest known one. A custom
 * issue may bring its own words in `params: { problem, allowed, shown }`; words given with `allowing` come first.
 */
export function checkAgainst<T>(
  schema: z.ZodType<T>,
  yaml: YamlFile,
  value: unknown = yaml.value,
  base: readonly PathStep[] = [],
): { readonly ok: T | undefined; readonly issues: readonly Issue[] } {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return { ok: result.data, issues: [] };
  const check = { schema, yaml, root: value, base };
  const meant = new Set<string>();
  const issues = result.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? explainKeys(issue, check, meant) : [explain(issue, check)],
  );
  return { ok: undefined, issues: withoutRepetition(issues, meant) };
}

const MISSING = 'is missing';

// One mistake, one message: a key that is missing because it was mistyped is told by the mistyped one, and a
// number that breaks two rules of one sentence needs the sentence once.
function withoutRepetition(issues: readonly Issue[], meant: ReadonlySet<string>): Issue[] {
  const seen = new Set<string>();
  return issues.filter((issue) => {
    if (issue.problem === MISSING && meant.has(issue.path)) return false;
    const text = JSON.stringify([issue.path, issue.problem, issue.allowed]);
    if (seen.has(text)) return false;
    seen.add(text);
    return true;
  });
}

const plainSteps = (path: readonly PropertyKey[]) =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step));

function explainKeys(issue: z.core.$ZodIssueUnrecognizedKeys, check: Check, meant: Set<string>): Issue[] {
  const inner = plainSteps(issue.path);
  const path = [...check.base, ...inner];
  const known = knownKeys(check.schema, inner, check.root);
  const section = valueAt(check.root, inner);
  const free = known.filter((key) => valueAt(section, [key]) === undefined);
  return issue.keys.map((key) => {
    const near = nearestWord(key, free) ?? nearestWord(key, known);
    if (near !== undefined) meant.add(formatPath([...path, near]));
    const list = `known keys: ${known.join(', ')}`;
    return {
      file: check.yaml.file,
      ...check.yaml.placeOfKey([...path, key]),
      path: formatPath([...path, showText(key)]),
      problem: `unknown key "${showText(key)}"`,
      allowed: near === undefined ? list : `did you mean "${near}"? ${list}`,
    };
  });
}

function explain(issue: z.core.$ZodIssue, check: Check): Issue {
  const inner = plainSteps(issue.path);
  const path = [...check.base, ...inner];
  const found = valueAt(check.root, inner);
  return {
    file: check.yaml.file,
    ...check.yaml.place(path),
    path: formatPath(path),
    problem: problemOf(issue, found, path),
    allowed: allowedBy(issue, found, allowedText(check.schema, inner, check.root)),
  };
}

function problemOf(issue: z.core.$ZodIssue, found: unknown, path: readonly PathStep[]): string {
  if (found === undefined) return MISSING;
  const isHidden = path.some((step) => typeof step === 'string' && isSecretKey(step));
  const shown = isHidden ? '(hidden)' : shownWhere(issue, found);
  const own = issue.code === 'custom' ? issue.params : undefined;
  if (typeof own?.problem !== 'string') return `found ${shown}`;
  return `found ${typeof own.shown === 'string' ? own.shown : shown}: ${own.problem}`;
}

// Text where a section should be is a line whose ": " was forgotten; it can hold anything, a password too.
function shownWhere(issue: z.core.$ZodIssue, found: unknown): string {
  const wantsSection =
    issue.code === 'invalid_type' && ['object', 'array', 'record'].includes(issue.expected);
  return wantsSection && typeof found === 'string' ? 'text' : describeValue(found);
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

function allowedBy(issue: z.core.$ZodIssue, found: unknown, ownWords: string | undefined): string {
  if (issue.code === 'custom' && typeof issue.params?.allowed === 'string') return issue.params.allowed;
  const quoted =
    issue.code === 'invalid_type' && issue.expected === 'string' && isPlain(found)
      ? '; put it in quotes'
      : '';
  if (ownWords !== undefined) return `allowed: ${ownWords}${quoted}`;
  switch (issue.code) {
    case 'invalid_type':
      return `allowed: ${TYPE_WORDS[issue.expected] ?? issue.expected}${quoted}`;
    case 'invalid_value':
      return oneOf(issue.values.map(String), found);
    case 'too_small':
      return `allowed: ${atLeast(issue)}`;
    case 'too_big':
      return `allowed: at most ${issue.maximum}${countWord(issue.origin)}`;
    case 'not_multiple_of':
      return `allowed: multiples of ${issue.divisor}`;
    case 'invalid_union':
      return unionWords(issue, found);
    default:
      return `allowed: ${issue.message}`;
  }
}

// A number or a true where text is meant: YAML read 0123 or yes as something else.
const isPlain = (value: unknown) => typeof value === 'number' || typeof value === 'boolean';

function oneOf(words: readonly string[], found: unknown): string {
  const near = typeof found === 'string' ? nearestWord(found, words) : undefined;
  return `${near === undefined ? '' : `did you mean "${near}"? `}allowed: ${words.join(', ')}`;
}

function unionWords(issue: z.core.$ZodIssueInvalidUnion, found: unknown): string {
  const { options } = issue as { options?: readonly unknown[] };
  if (options !== undefined) return oneOf(options.map(String), found);
  return issue.message.startsWith('Invalid')
    ? 'allowed: another form; see docs/configuration.md'
    : issue.message;
}

function atLeast(issue: {
  readonly minimum: number | bigint;
  readonly origin: string;
  readonly inclusive?: boolean;
}) {
  if (issue.origin === 'string' && Number(issue.minimum) === 1) return 'text that is not empty';
  const bound = issue.inclusive === false ? `more than ${issue.minimum}` : `at least ${issue.minimum}`;
  return `${bound}${countWord(issue.origin, Number(issue.minimum))}`;
}

function countWord(origin: string, count = 2): string {
  if (origin === 'string') return count === 1 ? ' character' : ' characters';
  if (origin === 'array') return count === 1 ? ' entry' : ' entries';
  return '';
}
