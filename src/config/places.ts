import type { YamlFile } from '../lib/checked-yaml.ts';
import { formatPath, type Issue, type PathStep } from '../lib/issue.ts';
import { nameOf, type Origin } from './convict-schema.ts';
import { OPTION_ROWS } from './options.ts';

/** Makes an issue at a path of the configuration, naming the place from which the value really came. */
export interface IssueAt {
  (path: readonly PathStep[], problem: string, allowed?: string): Issue;
  /** The line in the file; undefined for an option whose value came from elsewhere. */
  lineOf(path: readonly PathStep[]): number | undefined;
}

/** Issues at values of the file have line and column; those of other origins name the variable or argument. */
export function createIssueAt(yaml: YamlFile, origins: ReadonlyMap<string, Origin>): IssueAt {
  const at = (path: readonly PathStep[], problem: string, allowed?: string): Issue => {
    const text = formatPath(path);
    const origin = origins.get(text);
    const row = OPTION_ROWS.find((candidate) => candidate.path === text);
    if (row !== undefined && (origin === 'environment' || origin === 'argument'))
      return { ...nameOf(row, origin), line: 0, column: 0, problem, allowed };
    return { file: yaml.file, ...yaml.place(path), path: text, problem, allowed };
  };
  const lineOf = (path: readonly PathStep[]) =>
    (origins.get(formatPath(path)) ?? 'file') === 'file' ? yaml.place(path).line : undefined;
  return Object.assign(at, { lineOf });
}
