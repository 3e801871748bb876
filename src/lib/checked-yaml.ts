import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';
import { IssuesError, type PathStep } from './issue.ts';
import { depthProblem, type YamlProblem, yamlProblems } from './yaml-problems.ts';

/** A YAML file as plain values, with the place of each of them for messages. */
export interface YamlFile {
  readonly file: string;
  /** Plain objects, arrays and scalars; never checked against a schema yet. */
  readonly value: unknown;
  /** Line and column of the value at a path, or of the nearest parent that has a place. */
  place(path: readonly PathStep[]): { readonly line: number; readonly column: number };
  /** Line and column of a key itself, for messages about keys that do not belong. */
  placeOfKey(path: readonly PathStep[]): { readonly line: number; readonly column: number };
}

// More aliases than this in one file are an attack ("billion laughs"), not a configuration.
const MAX_ALIASES = 50;

/**
 * Parses YAML 1.2. Throws an IssuesError with every syntax mistake, unknown tag, duplicate or forbidden key and
 * bad alias; its messages repeat nothing of the text, which may hold secrets.
 */
export function parseYamlFile(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const refuse = (problems: readonly YamlProblem[]) => {
    const issues = problems.map(({ offset, problem }) => ({
      file,
      ...at(offset),
      path: '',
      problem: `not valid YAML: ${problem}`,
      allowed: undefined,
    }));
    // One slip makes the parser complain several times about one line.
    return new IssuesError(
      issues.filter(({ line }, index) => issues.findIndex((issue) => issue.line === line) === index),
    );
  };
  const tooDeep = depthProblem(text, lines);
  if (tooDeep !== undefined) throw refuse([tooDeep]);
  let document: Document.Parsed;
  let value: unknown;
  try {
    document = parseDocument(text, {
      uniqueKeys: true,
      prettyErrors: false,
      merge: true,
      logLevel: 'error',
    });
    const problems = yamlProblems(document);
    if (problems.length > 0) throw refuse(problems);
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    if (error instanceof IssuesError) throw error;
    // What is left are limits: a stack that is too deep, or aliases that would multiply without end.
    throw refuse([{ offset: 0, problem: 'sections are nested too deeply, or aliases are used too often' }]);
  }
  const resolve = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const startOf = (node: unknown) => at((isNode(node) ? (node as Node).range?.[0] : undefined) ?? 0);
  return {
    file,
    value,
    place: (path) => startOf(deepest(document.contents, path, resolve).node),
    placeOfKey: (path) => {
      const found = deepest(document.contents, path, resolve);
      return startOf(found.key ?? found.node);
    },
  };
}

function deepest(root: unknown, path: readonly PathStep[], resolve: (node: unknown) => unknown) {
  let node = resolve(root);
  let key: unknown;
  for (const step of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) return { node, key };
      key = pair.key;
      next = pair.value ?? pair.key;
    } else if (isSeq(node) && typeof step === 'number') {
      next = node.items[step];
      key = undefined;
    }
    if (next === undefined || next === null) return { node, key };
    node = resolve(next);
  }
  return { node, key };
}
