import type { MeterProfile, WordOrder } from '../../meters/profile.ts';
import type { OpenBus } from '../with-bus.ts';
import { createUnitAsker } from './ask-unit.ts';
import { judgeIdentification, type UnitTexts, type Verdict } from './identification.ts';
import { type Trial, tryProfile } from './try-profile.ts';

/** A model that a unit may be. */
export interface Candidate {
  readonly profile: MeterProfile;
  readonly score: number;
  /** What a configuration must say about the word order; undefined where the profile is right. */
  readonly wordOrder: WordOrder | undefined;
  readonly speaksFor: readonly string[];
  readonly speaksAgainst: readonly string[];
}

export interface UnitIdentity extends UnitTexts {
  /** `identified` by what the unit says of itself; `likely` and `ambiguous` by plausible values. */
  readonly certainty: 'identified' | 'likely' | 'ambiguous' | 'unknown';
  /** Best first. */
  readonly candidates: readonly Candidate[];
}

const MATCHED_SCORE = 20;
const CONTRADICTED_SCORE = -10;
/** Below it values fit by chance. */
const PLAUSIBLE_SCORE = 4;
/** The best must be so much better than the next. */
const CLEAR_MARGIN = 3;
const MAX_CANDIDATES = 4;

/** Finds out which model a unit is, by reading only. */
export async function identifyUnit(
  open: OpenBus,
  unitId: number,
  profiles: readonly MeterProfile[],
): Promise<UnitIdentity> {
  const unit = createUnitAsker(open, unitId);
  const texts: UnitTexts = {
    deviceIdentification: await unit.deviceIdentification(),
    serverId: await unit.serverId(),
  };
  const judged: { profile: MeterProfile; verdict: Verdict }[] = [];
  for (const profile of profiles)
    judged.push({ profile, verdict: await judgeIdentification(profile, unit, texts) });
  const matched = judged.filter(({ verdict }) => verdict.kind === 'matched');
  const candidates: Candidate[] = [];
  for (const { profile, verdict } of matched.length > 0 ? matched : judged) {
    const trial = await tryProfile(profile, unit);
    if (trial !== undefined || verdict.kind === 'matched')
      candidates.push(candidateOf(profile, verdict, trial));
  }
  return { ...texts, ...conclude(candidates) };
}

function candidateOf(profile: MeterProfile, { kind, reason }: Verdict, trial: Trial | undefined): Candidate {
  const because = reason === undefined ? [] : [reason];
  const bonus = { matched: MATCHED_SCORE, contradicted: CONTRADICTED_SCORE, unknown: -because.length }[kind];
  return {
    profile,
    score: (trial?.score ?? 0) + bonus,
    wordOrder: trial?.wordOrder,
    speaksFor: [...(kind === 'matched' ? because : []), ...(trial?.speaksFor ?? [])],
    speaksAgainst: [...(kind === 'matched' ? [] : because), ...(trial?.speaksAgainst ?? [])],
  };
}

/** Orders the candidates and says how sure the first one is. */
export function conclude(all: readonly Candidate[]): Pick<UnitIdentity, 'certainty' | 'candidates'> {
  const candidates = all
    .filter(({ score }) => score >= PLAUSIBLE_SCORE)
    .sort((a, b) => b.score - a.score)
    .slice(0, MAX_CANDIDATES);
  const [best, next] = candidates;
  if (best === undefined) return { certainty: 'unknown', candidates };
  const isClear = next === undefined || best.score - next.score >= CLEAR_MARGIN;
  if (!isClear) return { certainty: 'ambiguous', candidates };
  return { certainty: best.score >= MATCHED_SCORE ? 'identified' : 'likely', candidates };
}
