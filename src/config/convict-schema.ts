import convict from 'convict';
import type { YamlFile } from '../lib/checked-yaml.ts';
import type { Issue } from '../lib/issue.ts';
import { checkAgainst } from '../lib/schema-issues.ts';
import { OPTION_ROWS, type OptionRow, type OptionValues } from './options.ts';

/** Values given on the command line, by the path of the option: `{ 'log.level': 'debug' }`. */
export type Overrides = Readonly<Record<string, string | number | boolean | undefined>>;

/** Where a value came from; the later ones win. */
export type Origin = 'default' | 'file' | 'environment' | 'argument';

export interface MergedOptions {
  readonly values: OptionValues;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly issues: readonly Issue[];
}

export const ENVIRONMENT = 'environment';
const COMMAND_LINE = 'command line';

/**
 * Merges defaults, file, environment and arguments with convict, which also checks every value against the rule
 * of its option. Values of the file must have been checked before: what is wrong in the file is told with its
 * place, so those values are left out of `fromFile`.
 */
export function mergeOptions(
  fromFile: ReadonlyMap<string, unknown>,
  env: NodeJS.ProcessEnv,
  overrides: Overrides = {},
): MergedOptions {
  // An empty variable is an absent one: compose files and shells leave such behind.
  const set = OPTION_ROWS.flatMap(({ variable }) => (env[variable] ? [[variable, env[variable]]] : []));
  const known = Object.fromEntries(set) as Record<string, string>;
  const origins = originsOf(fromFile, known, overrides);
  const issues: Issue[] = [];
  const config = createConvict(known, (row, value) => {
    const found = checkOption(row, value, origins.get(row.path) ?? 'default');
    issues.push(...found);
    if (found.length > 0) throw new Error('refused');
  });
  config.load(asTree(fromFile));
  for (const { path } of OPTION_ROWS) {
    const value = overrides[path];
    if (value !== undefined) config.set(path, value);
  }
  try {
    config.validate({ allowed: 'strict' });
  } catch (error) {
    // The message names no place and repeats values; the issues that our own check left say it better.
    if (issues.length === 0) throw error;
  }
  issues.push(...unknownOverrides(overrides));
  // Every leaf was just checked by convict against the schema from which this type is derived.
  return { values: config.getProperties() as unknown as OptionValues, origins, issues };
}

type Check = (row: OptionRow, value: unknown) => void;

function createConvict(env: Record<string, string>, check: Check): convict.Config<Record<string, unknown>> {
  addFormats();
  const schema: Record<string, unknown> = {};
  for (const row of OPTION_ROWS) {
    const parents = row.steps.slice(0, -1);
    const parent = parents.reduce((node, step) => {
      node[step] ??= {};
      return node[step] as Record<string, unknown>;
    }, schema);
    parent[row.steps.at(-1) ?? ''] = {
      default: row.option.fallback,
      doc: row.option.doc,
      format: FORMATS[row.option.kind],
      env: row.variable,
      sensitive: row.option.isSecret === true,
      check: (value: unknown) => check(row, value),
    };
  }
  return convict(schema as convict.Schema<Record<string, unknown>>, { env, args: [] });
}

const FORMATS = { text: 'busbar-text', number: 'busbar-number', boolean: 'busbar-boolean' } as const;

// convict's own formats read "12abc" as 12 and every word but "false" as true; these leave what they do not
// understand as it is, so that the check sees it. It keeps formats for the whole process; adding is repeatable.
function addFormats(): void {
  const validate = (value: unknown, schema: { readonly [key: string]: unknown }): void => {
    if (typeof schema.check === 'function') schema.check(value);
  };
  const add = (name: string, coerce: (text: string) => unknown) =>
    convict.addFormat({ name, validate, coerce: (value: unknown) => coerce(String(value)) });
  add(FORMATS.text, (text) => text);
  add(FORMATS.number, (text) => (/^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text));
  add(FORMATS.boolean, (text) => BOOLEANS.get(text.trim().toLowerCase()) ?? text);
}

const BOOLEANS = new Map([
  ...['true', 'yes', 'on', '1'].map((word) => [word, true] as const),
  ...['false', 'no', 'off', '0'].map((word) => [word, false] as const),
]);

function checkOption(row: OptionRow, value: unknown, origin: Origin): readonly Issue[] {
  const { file, path } = nameOf(row, origin);
  const nowhere: YamlFile = {
    file,
    value,
    place: () => ({ line: 0, column: 0 }),
    placeOfKey: () => ({ line: 0, column: 0 }),
  };
  // The path decides whether the value may be shown; for people the variable or argument is its name.
  const issues = checkAgainst(row.option.schema, nowhere, value, row.steps).issues;
  return issues.map((issue) => ({ ...issue, path }));
}

/** What people call an option when it came from the environment or the command line. */
export function nameOf(row: OptionRow, origin: Origin): { readonly file: string; readonly path: string } {
  if (origin === 'environment') return { file: ENVIRONMENT, path: row.variable };
  return { file: COMMAND_LINE, path: row.argument ?? row.path };
}

function originsOf(
  fromFile: ReadonlyMap<string, unknown>,
  env: Record<string, string>,
  overrides: Overrides,
): Map<string, Origin> {
  return new Map(
    OPTION_ROWS.map(({ path, variable }) => {
      if (overrides[path] !== undefined) return [path, 'argument'];
      if (env[variable] !== undefined) return [path, 'environment'];
      return [path, fromFile.has(path) ? 'file' : 'default'];
    }),
  );
}

function asTree(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const { path, steps } of OPTION_ROWS) {
    if (!values.has(path)) continue;
    const [first = '', second] = steps;
    if (second === undefined) tree[first] = values.get(path);
    else tree[first] = { ...(tree[first] as object | undefined), [second]: values.get(path) };
  }
  return tree;
}

function unknownOverrides(overrides: Overrides): Issue[] {
  const known = new Set(OPTION_ROWS.map(({ path }) => path));
  return Object.keys(overrides)
    .filter((path) => !known.has(path))
    .map((path) => ({
      file: COMMAND_LINE,
      line: 0,
      column: 0,
      path,
      problem: 'unknown option',
      allowed: undefined,
    }));
}
