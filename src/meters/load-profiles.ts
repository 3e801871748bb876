import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Issue, IssuesError, nearestWord } from '../lib/issue.ts';
import type { MeterProfile } from './profile.ts';
import { parseProfile } from './profile-schema.ts';

const EXTENSION = '.yaml';
// A profile of the largest meter has some 30 kB; more than this is another kind of file.
const MAX_FILE_BYTES = 1_000_000;

/** No directory holds a profile of that id. */
export class UnknownProfileError extends Error {
  override readonly name = 'UnknownProfileError';
  constructor(
    readonly id: string,
    /** Ids that may have been meant, best first. */
    readonly nearest: readonly string[],
    readonly known: readonly string[],
  ) {
    const meant = nearest.length === 0 ? '' : `; did you mean ${nearest.join(' or ')}?`;
    super(
      `there is no meter profile "${id}"${meant}${meant === '' ? ';' : ''} known profiles: ${known.join(', ') || 'none'}`,
    );
  }
}

/** Where the profiles that come with the program are: beside dist/ in the package, beside src/ in a checkout. */
export function shippedProfileDirectory(): string {
  const relative = import.meta.url.endsWith('.ts') ? '../../config/meters' : '../config/meters';
  return fileURLToPath(new URL(relative, import.meta.url));
}

/**
 * Reads every profile of the directories, by id and sorted by it. The first directory that has an id wins, so
 * the user's come before the shipped one. Throws an IssuesError with the mistakes of all files.
 */
export async function loadProfiles(
  directories: readonly string[],
): Promise<ReadonlyMap<string, MeterProfile>> {
  const { files, issues } = await findFiles(directories);
  const results = await Promise.all([...files.values()].map(readProfile));
  const mistakes = [...issues, ...results.flatMap((result) => ('issues' in result ? result.issues : []))];
  if (mistakes.length > 0) throw new IssuesError(mistakes);
  const profiles = results.flatMap((result) => ('profile' in result ? [result.profile] : []));
  return new Map(profiles.sort((a, b) => (a.id < b.id ? -1 : 1)).map((profile) => [profile.id, profile]));
}

/** Ids of all profiles of the directories, sorted; the files are not read. Throws an IssuesError for a directory. */
export async function listProfileIds(directories: readonly string[]): Promise<readonly string[]> {
  const { files, issues } = await findFiles(directories);
  if (issues.length > 0) throw new IssuesError(issues);
  return [...files.keys()].sort();
}

/**
 * Reads the one profile, and no other file. Throws an IssuesError for its mistakes, an UnknownProfileError
 * when no directory has it.
 */
export async function loadProfile(id: string, directories: readonly string[]): Promise<MeterProfile> {
  const { files, issues } = await findFiles(directories);
  const path = files.get(id);
  if (path === undefined) {
    if (issues.length > 0) throw new IssuesError(issues);
    const known = [...files.keys()].sort();
    throw new UnknownProfileError(id, nearestIds(id, known), known);
  }
  const result = await readProfile(path);
  if ('issues' in result) throw new IssuesError(result.issues);
  return result.profile;
}

interface FoundFiles {
  /** Id to path, of the first directory that has it. */
  readonly files: ReadonlyMap<string, string>;
  readonly issues: readonly Issue[];
}

async function findFiles(directories: readonly string[]): Promise<FoundFiles> {
  const listings = await Promise.all(directories.map(listDirectory));
  const files = new Map<string, string>();
  for (const { paths } of listings) {
    for (const path of paths) {
      const id = basename(path, EXTENSION);
      if (!files.has(id)) files.set(id, path);
    }
  }
  return { files, issues: listings.flatMap((listing) => listing.issues) };
}

async function listDirectory(
  directory: string,
): Promise<{ readonly paths: readonly string[]; readonly issues: readonly Issue[] }> {
  try {
    const names = (await readdir(directory)).filter((name) => !name.startsWith('.')).sort();
    return {
      paths: names.filter((name) => name.endsWith(EXTENSION)).map((name) => join(directory, name)),
      issues: names
        .filter((name) => name.endsWith('.yml'))
        .map((name) =>
          fileIssue(join(directory, name), 'is not read', `allowed: files that end in ${EXTENSION}`),
        ),
    };
  } catch (error) {
    return {
      paths: [],
      issues: [fileIssue(directory, reasonOf(error), 'allowed: a directory of meter profiles')],
    };
  }
}

type ReadResult = { readonly profile: MeterProfile } | { readonly issues: readonly Issue[] };

async function readProfile(path: string): Promise<ReadResult> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES)
      return { issues: [fileIssue(path, `has ${size} bytes`, `allowed: at most ${MAX_FILE_BYTES}`)] };
    return { profile: parseProfile(path, await readFile(path, 'utf8')) };
  } catch (error) {
    if (error instanceof IssuesError) return { issues: error.issues };
    return { issues: [fileIssue(path, reasonOf(error), 'allowed: a file that can be read')] };
  }
}

function fileIssue(file: string, problem: string, allowed: string): Issue {
  return { file, line: 0, column: 0, path: '', problem, allowed };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a directory',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return Object.hasOwn(REASONS, code) ? (REASONS[code] ?? code) : `cannot be read: ${error.message}`;
}

const MAX_SUGGESTIONS = 3;

// People write "sdm630" for eastron-sdm630-v2 as often as they mistype a letter.
function nearestIds(id: string, known: readonly string[]): readonly string[] {
  const parts = id
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 1);
  const typo = nearestWord(id, known);
  const scored = known.map((candidate) => ({
    candidate,
    score: parts.filter((part) => candidate.includes(part)).length + (candidate === typo ? 10 : 0),
  }));
  const best = Math.max(...scored.map(({ score }) => score), 1);
  return scored
    .filter(({ score }) => score === best)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ candidate }) => candidate);
}
