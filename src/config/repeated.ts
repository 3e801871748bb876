import type { Issue, PathStep } from '../lib/issue.ts';
import { describeValue } from '../lib/show-value.ts';
import type { IssueAt } from './places.ts';

/** One issue for each entry whose value another one before it has already. */
export function repeated<E extends { readonly path: readonly PathStep[] }>(
  entries: readonly E[],
  key: string,
  valueIn: (entry: E) => string | number | undefined,
  at: IssueAt,
  what: string,
): Issue[] {
  const first = new Map<string | number, E>();
  return entries.flatMap((entry) => {
    const value = valueIn(entry);
    if (value === undefined) return [];
    const other = first.get(value);
    if (other === undefined) {
      first.set(value, entry);
      return [];
    }
    return [
      at(
        [...entry.path, key],
        `found ${describeValue(value)}: the ${what} at line ${at.lineOf([...other.path, key])} has it already`,
        `allowed: each ${key} once`,
      ),
    ];
  });
}
