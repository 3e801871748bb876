import { toTime } from '../../mapping/time-text.ts';

/** A device's clock may be this far ahead of ours. */
const MAX_AHEAD_MS = 5000;

/** What the time that stands in a page means for its values. */
export type PageTime =
  | { readonly kind: 'fresh'; readonly takenAt: number }
  /** The time moves, but is not that of our clock: the moment of the exchange stands in for it. */
  | { readonly kind: 'clock-wrong' }
  /** The page is the one that was read before, or cannot be told from it. */
  | { readonly kind: 'not-moved' }
  | { readonly kind: 'missing' };

/** Judges the times of one page, one after the other. */
export function createPageTime(): (found: unknown, now: number, freshMs: number) => PageTime {
  let last: string | undefined;
  return (found, now, freshMs) => {
    if (found === undefined || found === null || found === '') return { kind: 'missing' };
    const text = String(found);
    const isFirst = last === undefined;
    const isSame = last === text;
    last = text;
    if (isSame) return { kind: 'not-moved' };
    const time = toTime(found);
    if (time !== undefined && time <= now + MAX_AHEAD_MS && time >= now - freshMs)
      return { kind: 'fresh', takenAt: time };
    // Whether a foreign clock stands still only shows when it is seen again.
    return { kind: isFirst ? 'not-moved' : 'clock-wrong' };
  };
}
