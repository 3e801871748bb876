import * as z from 'zod';
import { isQuantityCode, PHASES, type Phase, QUANTITIES, type QuantityCode } from '../domain/quantity.ts';
import { type Issue, nearestWord, type PathStep } from '../lib/issue.ts';
import { allowing } from '../lib/schema-walk.ts';
import { describeValue } from '../lib/show-value.ts';
import type { IssueAt } from './places.ts';

const READING_KEY_WORDS =
  'a quantity with or without its phase, such as p, v_l1, e_imp; docs/topics.md lists them';

/** The last level of a value's topic; whether it is a known one is told with the nearest by `checkReadingKeys`. */
export const readingKey = allowing(READING_KEY_WORDS, z.string().max(40));

export const readingKeyList = z.array(readingKey).min(1);

const ALL_KEYS: readonly string[] = Object.keys(QUANTITIES).flatMap((code) => [
  code,
  ...PHASES.map((phase) => `${code}_${phase}`),
]);

/** A key in its two parts; undefined where it names no quantity. */
export function parseReadingKey(
  key: string,
): { readonly code: QuantityCode; readonly phase?: Phase } | undefined {
  if (isQuantityCode(key)) return { code: key };
  const cut = key.lastIndexOf('_');
  const code = key.slice(0, cut);
  const phase = PHASES.find((known) => known === key.slice(cut + 1));
  return isQuantityCode(code) && phase !== undefined ? { code, phase } : undefined;
}

/** One issue for each key that names no quantity. */
export function checkReadingKeys(
  keys: readonly { readonly key: string; readonly path: readonly PathStep[] }[],
  at: IssueAt,
): Issue[] {
  return keys.flatMap(({ key, path }) => {
    if (parseReadingKey(key) !== undefined) return [];
    const near = nearestWord(key, ALL_KEYS);
    const meant = near === undefined ? '' : `did you mean "${near}"? `;
    const codes = Object.keys(QUANTITIES).join(', ');
    const allowed = `${meant}allowed: ${codes}, each also with a phase: p_l1`;
    return [at(path, `unknown quantity ${describeValue(key)}`, allowed)];
  });
}
