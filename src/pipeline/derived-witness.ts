/** A value that was computed for a moment, and how well its terms are known then. */
export interface Estimate {
  readonly value: number;
  /** How far another estimate may be off and still tell the same. */
  readonly allowed: number;
  /** The same where a term has changed around the moment. */
  readonly strictlyAllowed: number;
  /** Every term had a sample at this very moment. */
  readonly isExact: boolean;
  /** Terms that the reference does not contain have hardly changed around the moment. */
  readonly isAligned: boolean;
  /** No term has changed noticeably for some of its samples, up to the one behind the moment. */
  readonly isSteady: boolean;
  /** Whether the reference contains a term, and so shows when that one changes. */
  readonly hasWitness: boolean;
}

/** Estimates before and after that have to agree. */
const NEIGHBOURS = 2;

export type Judgement = 'good' | 'bad' | 'open';

/**
 * Whether the estimate at `index` may be published. The reference is the witness: it contains the terms of the
 * other sign and is measured at all these moments, so a plug's change that was put at a wrong moment shows as
 * a bump against the neighbours. `open`: the answer depends on neighbours that are still to come.
 */
export function judge(line: readonly (Estimate | undefined)[], index: number, isEnd: boolean): Judgement {
  const estimate = line[index];
  if (estimate === undefined) return 'bad';
  if (estimate.isExact) return 'good';
  if (!estimate.isAligned || estimate.allowed <= 0) return 'bad';
  if (!estimate.hasWitness) return 'good';
  const { allowed, strictlyAllowed, isSteady } = estimate;
  const agrees = (step: number, within: number) => {
    const other = line[index + step];
    return other !== undefined && Math.abs(other.value - estimate.value) <= within;
  };
  const agreeing = (side: 1 | -1, within: number) =>
    agrees(side, within) && agrees(NEIGHBOURS * side, within);
  if (isSteady && agreeing(-1, allowed)) return 'good';
  const isConfirmedBefore = agreeing(-1, strictlyAllowed);
  if (!isSteady && !isConfirmedBefore) return 'bad';
  if (agreeing(1, isSteady ? allowed : strictlyAllowed)) return 'good';
  return isEnd || line.length > index + NEIGHBOURS ? 'bad' : 'open';
}
