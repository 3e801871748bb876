import { isAlias, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { type Issue, IssuesError, type PathStep } from './issue.ts';

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

/** Parses YAML 1.2. Throws an IssuesError with every syntax mistake, duplicate key and forbidden key. */
export function parseYamlFile(file: string, text: string): YamlFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    merge: true,
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: Issue[] = document.errors.map((error) => ({
    file,
    ...at(error.pos[0]),
    path: '',
    problem: `not valid YAML: ${plainReason(error.code, error.message)}`,
    allowed: undefined,
  }));
  if (problems.length > 0) throw new IssuesError(problems);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new IssuesError([
      { file, line: 1, column: 1, path: '', problem: `not valid YAML: ${reason}`, allowed: undefined },
    ]);
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

function plainReason(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'the same key stands twice in one section';
  if (code === 'TAB_AS_INDENT') return 'a tab is used for indentation; use spaces';
  return message.split('\n')[0] ?? message;
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
