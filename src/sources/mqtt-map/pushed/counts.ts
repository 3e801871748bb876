import type { Statistics } from '../../../domain/source.ts';

/** What was refused or noticed, by kind; the names come from this program only. */
export interface Counts {
  add(name: string, by?: number): void;
  statistics(): Statistics;
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    add(name, by = 1) {
      counts.set(name, (counts.get(name) ?? 0) + by);
    },
    statistics: () => Object.fromEntries(counts),
  };
}
