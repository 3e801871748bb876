/** Each filter once, in the order given. */
export function distinct(filters: readonly string[]): readonly string[] {
  return [...new Set(filters)];
}

/** Adds to the list under a key. */
export function addTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
