import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseYamlFile, type YamlFile } from '../lib/checked-yaml.ts';
import { type Issue, IssuesError } from '../lib/issue.ts';
import { checkAgainst } from '../lib/schema-issues.ts';
import { valueAt } from '../lib/schema-walk.ts';
import { buildConfig } from './build.ts';
import { brokerWarnings, checkBroker, isBrokerEnabled } from './check-broker.ts';
import { checkDevices } from './check-devices.ts';
import { checkMqtt } from './check-mqtt.ts';
import { checkPorts } from './check-ports.ts';
import { type MergedOptions, mergeOptions, type Overrides } from './convict-schema.ts';
import { type Draft, draftOf } from './draft.ts';
import { environmentWarnings } from './environment.ts';
import { createFileSchema } from './file-schema.ts';
import { readTextFile } from './files.ts';
import { defaultConfigFile, defaultStateDirectory, resolvePath } from './folders.ts';
import { OPTION_ROWS } from './options.ts';
import type { PathOf } from './path-of.ts';
import { createIssueAt, type IssueAt } from './places.ts';
import { checkTlsFiles, findProfileFolders, readSecrets } from './read-secrets.ts';
import type { SectionKind } from './source-kind.ts';
import { checkSections } from './source-sections.ts';
import type { GatewayConfig } from './types.ts';

export interface LoadOptions {
  /** Path of the configuration file, as the user named it; messages repeat it so. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** Every kind of source that may stand in the file. */
  readonly kinds: readonly SectionKind[];
  /** Arguments of the command line, by the path of the option: `{ 'log.level': 'debug' }`. */
  readonly overrides?: Overrides;
  /**
   * Ids of the meter models that there are, or how to find them once the folders with the user's own are
   * known (an IssuesError of it joins the others). Undefined: models are not checked.
   */
  readonly knownMeters: readonly string[] | MeterFinder | undefined;
}

type MeterFinder = (profileDirectories: readonly string[]) => Promise<readonly string[]>;

export interface LoadedConfig {
  readonly config: GatewayConfig;
  /** What is allowed and still worth telling, such as a password file that everyone can read. */
  readonly warnings: readonly Issue[];
}

const MAX_FILE_BYTES = 1024 * 1024;

/**
 * Loads and checks the whole configuration: argument before environment before file before default. Throws one
 * IssuesError with every mistake of every part; opens no port and connects to nothing.
 */
export async function loadConfig(options: LoadOptions): Promise<LoadedConfig> {
  const { yaml, isOpenToAll } = await readConfigFile(options);
  const root = withoutEmpty(yaml.value) ?? {};
  const checked = checkAgainst(createFileSchema(options.kinds), yaml, root);
  const merged = mergeOptions(soundOptions(root), options.env, options.overrides);
  const draft = draftOf(root, options.kinds);
  const at = createIssueAt(yaml, merged.origins);
  const pathOf = createPathOf(options, merged);
  const secrets = await readSecrets(root, merged, draft, pathOf, at);
  const own = await findProfileFolders(listAt(root, 'profileDirectories'), pathOf, at);
  const found = await findMeters(options, own.folders);
  const issues = [
    ...checked.issues,
    ...merged.issues,
    ...(await crossCheck(merged, draft, found.meters, at)),
    ...secrets.issues,
    ...(await checkTlsFiles(merged, pathOf, at)),
    ...own.issues,
    ...found.issues,
  ];
  if (issues.length > 0 || checked.ok === undefined) throw new IssuesError(inOrder(issues));
  const written = merged.values.stateDirectory;
  const stateDirectory =
    written === undefined ? defaultStateDirectory(options.env) : pathOf(written, 'stateDirectory');
  const config = buildConfig(checked.ok, merged.values, secrets, stateDirectory, pathOf, options.kinds);
  const warnings = [
    ...secrets.warnings,
    ...brokerWarnings(merged.values, at),
    ...inlinePasswordWarning(merged, isOpenToAll, at),
    ...environmentWarnings(options.env),
  ];
  return { config: deepFreeze(config), warnings };
}

async function readConfigFile({ file }: LoadOptions): Promise<{ yaml: YamlFile; isOpenToAll: boolean }> {
  const found = await readTextFile(file, MAX_FILE_BYTES);
  if (!('problem' in found)) return { yaml: parseYamlFile(file, found.text), isOpenToAll: found.isOpenToAll };
  const path = resolve(file);
  const allowed =
    found.code === 'ENOENT' || found.code === 'ENOTDIR'
      ? `to make one: cp ${defaultConfigFile()} ${path}, then change it; to use another: --config FILE or BUSBAR_CONFIG`
      : 'allowed: a YAML file of at most 1 MiB that this user can read; --config FILE or BUSBAR_CONFIG names another';
  throw new IssuesError([
    { file, line: 0, column: 0, path: '', problem: `cannot read ${path}: ${found.problem}`, allowed },
  ]);
}

// A key with nothing behind it ("mqtt:" whose lines were all commented out) is as good as absent.
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutEmpty(inner)]));
}

// Mistakes in the file are told by the check of the whole file; here they only must not get further.
function soundOptions(root: unknown): Map<string, unknown> {
  const sound = OPTION_ROWS.flatMap(({ path, steps, option }) => {
    const value = valueAt(root, steps);
    return value !== undefined && option.schema.safeParse(value).success ? [[path, value] as const] : [];
  });
  return new Map(sound);
}

function listAt(root: unknown, key: string): readonly unknown[] {
  const list = valueAt(root, [key]);
  return Array.isArray(list) ? list : [];
}

function createPathOf({ file, env }: LoadOptions, { origins }: MergedOptions): PathOf {
  const folder = dirname(resolve(file));
  return (path, option) => {
    const origin = option === undefined ? 'file' : origins.get(option);
    return resolvePath(path, origin === 'file' ? folder : process.cwd(), env);
  };
}

async function crossCheck(
  merged: MergedOptions,
  draft: Draft,
  knownMeters: readonly string[] | undefined,
  at: IssueAt,
): Promise<Issue[]> {
  const { values, origins } = merged;
  const realPaths = new Map<string, string>();
  for (const { fields } of [...draft.sources, ...draft.buses, ...draft.sticks])
    if (fields.connection?.kind === 'serial') {
      const { path } = fields.connection;
      realPaths.set(path, await realpath(path).catch(() => path));
    }
  const realPathOf = (path: string) => realPaths.get(path) ?? path;
  return [
    ...checkDevices(draft, knownMeters, at),
    ...checkSections(draft.sources, { at, defaultIntervalS: values.interval, knownMeters }),
    ...checkBroker(draft, values, at),
    ...checkPorts(draft, values, isBrokerEnabled(values), realPathOf, at),
    ...checkMqtt(values, origins, at),
  ];
}

async function findMeters({ knownMeters }: LoadOptions, directories: readonly string[]) {
  if (typeof knownMeters !== 'function') return { meters: knownMeters, issues: [] };
  try {
    return { meters: await knownMeters(directories), issues: [] };
  } catch (error) {
    if (!(error instanceof IssuesError)) throw error;
    return { meters: undefined, issues: error.issues };
  }
}

function inlinePasswordWarning({ origins }: MergedOptions, isOpenToAll: boolean, at: IssueAt): Issue[] {
  if (!isOpenToAll || origins.get('mqtt.password') !== 'file') return [];
  const advice = 'better: mqtt.passwordFile, or chmod 600 for this file';
  return [at(['mqtt', 'password'], 'every user of this computer can read this file', advice)];
}

// As a person reads: from the top of the file, what has no line first.
function inOrder(issues: readonly Issue[]): Issue[] {
  return [...issues].sort((a, b) => a.line - b.line || a.column - b.column);
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
