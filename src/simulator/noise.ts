/** Chance that can be asked again: every value is a function of seed, stream and index, in any order. */

const UINT32 = 2 ** 32;

/** A number from 0 (inclusive) to 1 (exclusive) that belongs to this seed, stream and index for ever. */
export function chanceAt(seed: number, stream: number, index: number): number {
  let mixed = (seed | 0) ^ Math.imul(stream | 0, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / UINT32;
}

/** A slow wander between -1 and 1 without steps; `x` counts the turning points. */
export function wanderAt(seed: number, stream: number, x: number): number {
  const left = Math.floor(x);
  const share = x - left;
  const weight = share * share * (3 - 2 * share);
  const from = chanceAt(seed, stream, left);
  return 2 * (from + (chanceAt(seed, stream, left + 1) - from) * weight) - 1;
}

export interface Chance {
  /** 0 (inclusive) to 1 (exclusive). */
  next(): number;
  between(low: number, high: number): number;
  wholeBetween(low: number, high: number): number;
}

/** A sequence of chances for drawing up a plan; the same seed and stream give the same sequence. */
export function createChance(seed: number, stream: number): Chance {
  let index = 0;
  const next = () => chanceAt(seed, stream, index++);
  return {
    next,
    between: (low, high) => low + (high - low) * next(),
    wholeBetween: (low, high) => Math.floor(low + (high - low + 1) * next()),
  };
}
