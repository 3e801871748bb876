import type { DerivedCode, Gap } from './derived-term.ts';

/** A value that was computed for a moment, and how well its terms are known then. */
export interface Estimate {
  readonly value: number;
  /** How far the estimates around it may be off and still bear witness to it. */
  readonly allowed: number;
  /** The same where a term has changed around the moment. */
  readonly strictlyAllowed: number;
  /** Every term had a sample at this very moment. */
  readonly isExact: boolean;
  /** Terms that the reference does not contain have hardly changed around the moment. */
  readonly isAligned: boolean;
  /** No term has changed noticeably between its last samples, up to the one behind the moment. */
  readonly isSteady: boolean;
}

/** What was computed for one moment of the reference. */
export interface EstimatedMoment {
  readonly at: number;
  readonly p: Estimate;
  readonly q: Estimate | undefined;
  /** For each term that the reference contains: the time around the moment in which nobody looked at it. */
  readonly gaps: readonly Gap[];
}

export type Judgement = 'good' | 'bad' | 'open';

/**
 * Whether the estimate at `index` may be published. The reference is the witness: it contains the terms of the
 * other sign and is measured at all these moments. What a term did between two of its samples has begun and
 * ended there, so that the last moment before them and the first behind them are free of it. `open`: the answer
 * depends on a moment that is still to come.
 */
export function judge(
  line: readonly EstimatedMoment[],
  index: number,
  code: DerivedCode,
  isEnd: boolean,
): Judgement {
  const moment = line[index];
  const estimate = moment?.[code];
  if (moment === undefined || estimate === undefined) return 'bad';
  if (estimate.isExact) return 'good';
  const within = estimate.isSteady ? estimate.allowed : estimate.strictlyAllowed;
  if (!estimate.isAligned || within <= 0) return 'bad';
  const isAwaited = ({ to }: Gap) => to > (line.at(-1)?.at ?? 0);
  let isOpen = false;
  for (const gap of moment.gaps) {
    const before = line.findLast(({ at }) => at <= gap.from)?.[code];
    if (before === undefined) return 'bad';
    const risen = estimate.value - before.value;
    if (estimate.isSteady && Math.abs(risen) <= within) continue;
    if (!estimate.isSteady && Math.abs(risen) > within) return 'bad';
    if (isAwaited(gap)) {
      isOpen = true;
      continue;
    }
    const after = line.find(({ at }) => at >= gap.to)?.[code];
    if (after === undefined) return 'bad';
    const rising = after.value - estimate.value;
    // A load of which no term knows may come or go here: then the estimate lies between the two.
    const isOnTheWay = estimate.isSteady && risen * rising >= 0;
    if (!isOnTheWay && Math.abs(rising) > within) return 'bad';
  }
  if (!isOpen) return 'good';
  return isEnd ? 'bad' : 'open';
}
