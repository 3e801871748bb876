import type { Phase } from '../../../domain/quantity.ts';
import type { Reading } from '../../../domain/reading.ts';

/** Adds up the power of three lines that come one after the other. */
export interface LineSum {
  /** The sum, once each of the three has come anew in the same round; undefined before. */
  add(reading: Reading, at: number): Reading | undefined;
}

/** Lines of one round are no further apart. */
const ROUND_MS = 1000;
const LINES: readonly Phase[] = ['l1', 'l2', 'l3'];

export function createLineSum(): LineSum {
  const round = new Map<Phase, { readonly value: number; readonly at: number }>();
  return {
    add({ code, phase, value }, at) {
      if (code !== 'p' || phase === undefined || !LINES.includes(phase)) return undefined;
      round.set(phase, { value, at });
      const parts = [...round.values()];
      if (parts.length < LINES.length || parts.some((part) => Math.abs(at - part.at) > ROUND_MS))
        return undefined;
      round.clear();
      return { code: 'p', value: parts.reduce((sum, part) => sum + part.value, 0) };
    },
  };
}
