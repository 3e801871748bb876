/**
 * Values under topic filters, found by topic (MQTT section 4.7): one node a level, `+` and `#` are nodes like
 * the others. A search visits no more nodes than were added, whatever the topic.
 */
export class FilterTrie<T> {
  readonly #root = createNode<T>();

  add(filter: string, value: T): void {
    let node = this.#root;
    for (const level of filter.split('/')) {
      let next = node.children.get(level);
      if (next === undefined) {
        next = createNode<T>();
        node.children.set(level, next);
      }
      node = next;
    }
    node.values.add(value);
  }

  remove(filter: string, value: T): void {
    const path = [this.#root];
    const levels = filter.split('/');
    for (const level of levels) {
      const next = path.at(-1)?.children.get(level);
      if (next === undefined) return;
      path.push(next);
    }
    path.at(-1)?.values.delete(value);
    for (let depth = levels.length; depth > 0; depth--) {
      const node = path[depth];
      if (node === undefined || node.values.size > 0 || node.children.size > 0) return;
      path[depth - 1]?.children.delete(levels[depth - 1] ?? '');
    }
  }

  /** The values of all filters that match the topic, in no order; one that was added twice comes twice. */
  match(topic: string): T[] {
    const found: T[] = [];
    collect(this.#root, topic.split('/'), 0, found);
    return found;
  }
}

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly values: Set<T>;
}

function createNode<T>(): Node<T> {
  return { children: new Map(), values: new Set() };
}

function collect<T>(node: Node<T>, levels: readonly string[], depth: number, found: T[]): void {
  // A wildcard at the begin does not match a topic that begins with $ (MQTT-4.7.2-1).
  const hidden = depth === 0 && levels[0]?.startsWith('$') === true;
  if (!hidden) found.push(...(node.children.get('#')?.values ?? []));
  const level = levels[depth];
  if (level === undefined) {
    found.push(...node.values);
    return;
  }
  const same = level === '+' || level === '#' ? undefined : node.children.get(level);
  const any = hidden ? undefined : node.children.get('+');
  if (same !== undefined) collect(same, levels, depth + 1, found);
  if (any !== undefined) collect(any, levels, depth + 1, found);
}

/** Whether one filter matches a topic. Cuts nothing up: it is asked for every retained message. */
export function filterMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && /^[+#]/.test(filter)) return false;
  let filterAt = 0;
  let topicAt = 0;
  for (;;) {
    if (filter.startsWith('#', filterAt)) return true;
    const filterEnd = levelEnd(filter, filterAt);
    const topicEnd = levelEnd(topic, topicAt);
    if (
      !filter.startsWith('+', filterAt) &&
      !isSameLevel(filter, filterAt, filterEnd, topic, topicAt, topicEnd)
    )
      return false;
    const isFilterOver = filterEnd === filter.length;
    if (topicEnd === topic.length) return isFilterOver || filter.slice(filterEnd) === '/#';
    if (isFilterOver) return false;
    filterAt = filterEnd + 1;
    topicAt = topicEnd + 1;
  }
}

function levelEnd(text: string, at: number): number {
  const slash = text.indexOf('/', at);
  return slash < 0 ? text.length : slash;
}

function isSameLevel(a: string, aAt: number, aEnd: number, b: string, bAt: number, bEnd: number): boolean {
  if (aEnd - aAt !== bEnd - bAt) return false;
  for (let offset = aEnd - aAt - 1; offset >= 0; offset--)
    if (a.charCodeAt(aAt + offset) !== b.charCodeAt(bAt + offset)) return false;
  return true;
}
