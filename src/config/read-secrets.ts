import type { Issue, PathStep } from '../lib/issue.ts';
import { valueAt } from '../lib/schema-walk.ts';
import { passwordOrigin } from './check-mqtt.ts';
import type { MergedOptions } from './convict-schema.ts';
import type { Draft } from './draft.ts';
import { readTextFile, whyUnreadable } from './files.ts';
import { checkPasswordHash, PASSWORD_HASH_FORM } from './password-hash.ts';
import type { PathOf } from './path-of.ts';
import type { IssueAt } from './places.ts';
import { filePath, password as passwordRule } from './scalars.ts';
import { createSecret } from './secret.ts';
import { secretFilesIn } from './source-sections.ts';
import type { Secret } from './types.ts';

export interface Secrets {
  readonly mqttPassword: Secret | undefined;
  /** By the place of the user in `broker.users`. */
  readonly userHashes: readonly (Secret | undefined)[];
  /** By the place of the source in `sources`, then by the path of the key in its section, joined by ".". */
  readonly ofSources: readonly ReadonlyMap<string, Secret>[];
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
}

const MAX_SECRET_BYTES = 4096;

/** Reads passwords and hashes from where the configuration says; what cannot be read is an issue. */
export async function readSecrets(
  root: unknown,
  merged: MergedOptions,
  draft: Draft,
  pathOf: PathOf,
  at: IssueAt,
): Promise<Secrets> {
  const issues: Issue[] = [];
  const warnings: Issue[] = [];
  const read = async (
    path: readonly PathStep[],
    file: string,
    check: (text: string) => string | undefined,
  ) => {
    const found = await readSecretFile(path, file, at);
    if (found.warning !== undefined) warnings.push(found.warning);
    if (found.issue !== undefined) issues.push(found.issue);
    if (found.text === undefined) return undefined;
    const problem = check(found.text);
    if (problem === undefined) return createSecret(found.text);
    issues.push(at(path, `the content of ${file} cannot be used: ${problem}`, wordsFor(path)));
    return undefined;
  };
  const { mqtt } = merged.values;
  const from = passwordOrigin(merged.values, merged.origins);
  let mqttPassword =
    from === 'password' && mqtt.password !== undefined ? createSecret(mqtt.password) : undefined;
  if (from === 'passwordFile' && mqtt.passwordFile !== undefined)
    mqttPassword = await read(
      ['mqtt', 'passwordFile'],
      pathOf(mqtt.passwordFile, 'mqtt.passwordFile'),
      checkPassword,
    );
  const userHashes: (Secret | undefined)[] = [];
  for (const { path, fields } of draft.users) {
    if (fields.passwordHash !== undefined) userHashes.push(createSecret(fields.passwordHash));
    else if (fields.passwordHashFile === undefined) userHashes.push(undefined);
    else
      userHashes.push(
        await read([...path, 'passwordHashFile'], pathOf(fields.passwordHashFile), checkPasswordHash),
      );
  }
  const ofSources: Map<string, Secret>[] = [];
  for (const { path, kind } of draft.sources) {
    const found = new Map<string, Secret>();
    ofSources.push(found);
    for (const secret of kind === undefined ? [] : secretFilesIn(valueAt(root, path), kind)) {
      const value = await read([...path, ...secret.path], pathOf(secret.file), checkPassword);
      if (value !== undefined) found.set(secret.path.join('.'), value);
    }
  }
  return { mqttPassword, userHashes, ofSources, issues, warnings };
}

function wordsFor(path: readonly PathStep[]): string {
  return path.at(-1) === 'passwordHashFile'
    ? `allowed: ${PASSWORD_HASH_FORM}`
    : 'allowed: the password alone, on one line';
}

function checkPassword(text: string): string | undefined {
  if (text === '') return 'it is empty';
  return passwordRule.safeParse(text).success ? undefined : 'it is not one line of 1 to 1024 characters';
}

interface ReadSecret {
  readonly text?: string;
  readonly issue?: Issue;
  readonly warning?: Issue;
}

async function readSecretFile(path: readonly PathStep[], file: string, at: IssueAt): Promise<ReadSecret> {
  const found = await readTextFile(file, MAX_SECRET_BYTES);
  if ('problem' in found)
    return { issue: at(path, `cannot read ${file}: ${found.problem}`, adviceFor(found.code, file)) };
  // Editors and echo end the line; nobody means that to be part of the password.
  const text = found.text.replace(/\r?\n$/, '');
  if (!found.isOpenToAll) return { text };
  const problem = `every user of this computer can read ${file}`;
  return { text, warning: at(path, problem, `better: chmod 600 ${file}`) };
}

function adviceFor(code: string, file: string): string {
  if (code === 'EACCES' || code === 'EPERM')
    return `allowed: a file that the user of busbar can read, for example: chown busbar ${file} && chmod 600 ${file}`;
  return 'allowed: the path of a small text file; a relative path begins at the folder of the configuration';
}

const TLS_FILES = ['caFile', 'certFile', 'keyFile'] as const;

/** Certificates and keys that are not there or cannot be read. */
export async function checkTlsFiles(merged: MergedOptions, pathOf: PathOf, at: IssueAt): Promise<Issue[]> {
  const issues: Issue[] = [];
  for (const key of TLS_FILES) {
    const written = merged.values.mqtt[key];
    if (written === undefined) continue;
    const file = pathOf(written, `mqtt.${key}`);
    const reason = await whyUnreadable(file, 'file');
    if (reason !== undefined)
      issues.push(at(['mqtt', key], `cannot read ${file}: ${reason}`, 'allowed: the path of a PEM file'));
  }
  return issues;
}

/** The folders of the user's own profiles that can be read, as absolute paths, and issues for the others. */
export async function findProfileFolders(
  written: readonly unknown[],
  pathOf: PathOf,
  at: IssueAt,
): Promise<{ readonly folders: readonly string[]; readonly issues: readonly Issue[] }> {
  const folders: string[] = [];
  const issues: Issue[] = [];
  for (const [index, entry] of written.entries()) {
    if (!filePath.safeParse(entry).success) continue;
    const folder = pathOf(String(entry));
    const reason = await whyUnreadable(folder, 'folder');
    if (reason === undefined) folders.push(folder);
    else
      issues.push(
        at(
          ['profileDirectories', index],
          `cannot read ${folder}: ${reason}`,
          'allowed: the path of a folder',
        ),
      );
  }
  return { folders, issues };
}
