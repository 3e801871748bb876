/**
 * Which handlers a topic has. Exact topics are one look into a map; filters with wildcards stand in a tree of
 * levels, so that a message costs its own levels and not the number of filters (MQTT 5 section 4.7).
 */
export interface TopicIndex<T> {
  /** One more value at a topic or filter (`+` one level, `#` at the end the rest). */
  add(filter: string, value: T): void;
  /** The values of all filters that match, in no particular order. */
  find(topic: string): readonly T[];
}

interface Level<T> {
  readonly named: Map<string, Level<T>>;
  any: Level<T> | undefined;
  readonly here: T[];
  readonly rest: T[];
}

const NONE: readonly never[] = [];

export function createTopicIndex<T>(): TopicIndex<T> {
  const exact = new Map<string, T[]>();
  const root = createLevel<T>();
  let hasWildcards = false;
  return {
    add(filter, value) {
      if (isExact(filter)) {
        const values = exact.get(filter);
        if (values === undefined) exact.set(filter, [value]);
        else values.push(value);
        return;
      }
      hasWildcards = true;
      addToTree(root, filter.split('/'), value);
    },
    find(topic) {
      const values = exact.get(topic) ?? NONE;
      if (!hasWildcards) return values;
      const found: T[] = [];
      collect(root, topic.split('/'), 0, found, !topic.startsWith('$'));
      if (found.length === 0) return values;
      return values.length === 0 ? found : [...values, ...found];
    },
  };
}

const isExact = (filter: string) => !filter.includes('+') && !filter.includes('#');

const createLevel = <T>(): Level<T> => ({ named: new Map(), any: undefined, here: [], rest: [] });

function addToTree<T>(root: Level<T>, names: readonly string[], value: T): void {
  let level = root;
  for (const name of names) {
    if (name === '#') {
      level.rest.push(value);
      return;
    }
    level = name === '+' ? anyBelow(level) : namedBelow(level, name);
  }
  level.here.push(value);
}

function anyBelow<T>(level: Level<T>): Level<T> {
  level.any ??= createLevel<T>();
  return level.any;
}

function namedBelow<T>(level: Level<T>, name: string): Level<T> {
  const known = level.named.get(name);
  if (known !== undefined) return known;
  const made = createLevel<T>();
  level.named.set(name, made);
  return made;
}

// Topics that begin with "$" are the broker's own: a wildcard at the first level does not mean them.
function collect<T>(
  level: Level<T>,
  names: readonly string[],
  at: number,
  found: T[],
  mayWild: boolean,
): void {
  if (mayWild) found.push(...level.rest);
  const name = names[at];
  if (name === undefined) {
    found.push(...level.here);
    return;
  }
  const named = level.named.get(name);
  if (named !== undefined) collect(named, names, at + 1, found, true);
  if (mayWild && level.any !== undefined) collect(level.any, names, at + 1, found, true);
}
