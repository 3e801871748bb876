/** A kind of slot: multiples of `intervalMs` that are multiples of no longer kind. */
export interface SlotKind {
  readonly intervalMs: number;
  readonly perSecond: number;
}

/** Slots that coincide more rarely than this (31 years) are left out. */
const LONGEST_MS = 1e12;

/** Of two whole numbers of at least 1. */
export function leastCommonMultiple(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y !== 0) [x, y] = [y, x % y];
  return (a / x) * b;
}

/**
 * The kinds of slots that several intervals make together, shortest first: those of 10 and 15 s make slots
 * every 10, 15 and 30 s. Each slot belongs to one kind, so that the rates add up.
 */
export function combinedIntervals(intervalsMs: readonly number[]): SlotKind[] {
  const kinds = new Set<number>();
  for (const interval of new Set(intervalsMs)) {
    for (const other of [...kinds]) {
      const both = leastCommonMultiple(interval, other);
      if (both <= LONGEST_MS) kinds.add(both);
    }
    kinds.add(interval);
  }
  const found: SlotKind[] = [];
  for (const intervalMs of [...kinds].sort((a, b) => b - a)) {
    const longer = found.filter((kind) => kind.intervalMs % intervalMs === 0);
    const perSecond = 1000 / intervalMs - longer.reduce((sum, kind) => sum + kind.perSecond, 0);
    found.unshift({ intervalMs, perSecond });
  }
  return found;
}
