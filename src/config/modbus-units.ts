import { type Issue, nearestWord, type PathStep } from '../lib/issue.ts';
import type { IssueAt } from './places.ts';

interface MeterEntry {
  readonly path: readonly PathStep[];
  readonly fields: { readonly unit?: number | undefined; readonly meter?: string | undefined };
}

/** The unit ids that fit the framing of a bus, in words. */
export function unitWords(framing: string): string {
  return framing === 'mbap' ? 'a whole number from 0 to 255' : 'a whole number from 1 to 247';
}

/** A unit id that no device on such a bus can have. */
export function checkUnitRange(entry: MeterEntry, framing: string | undefined, at: IssueAt): Issue[] {
  const { unit } = entry.fields;
  if (unit === undefined || framing === undefined || framing === 'mbap') return [];
  if (unit >= 1 && unit <= 247) return [];
  return [at([...entry.path, 'unit'], `found ${unit}`, `allowed: ${unitWords(framing)}`)];
}

/** A meter model that no profile describes. */
export function checkMeterModel(
  { path, fields: { meter } }: MeterEntry,
  known: readonly string[] | undefined,
  at: IssueAt,
): Issue[] {
  if (known === undefined || meter === undefined || known.includes(meter)) return [];
  const near = nearestWord(meter, known) ?? known.find((id) => wordOf(id).includes(wordOf(meter)));
  const meant = near === undefined ? '' : `did you mean "${near}"? `;
  return [at([...path, 'meter'], `unknown meter "${meter}"`, `${meant}\`busbar meters\` lists all models`)];
}

// "SDM 630" is what stands on the meter.
const wordOf = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '');
