import * as z from 'zod';
import type { DerivedDevice, DerivedTerm } from '../domain/derived.ts';
import { type Issue, nearestWord } from '../lib/issue.ts';
import { allowing } from '../lib/schema-walk.ts';
import { describeValue } from '../lib/show-value.ts';
import { COMMON_DEVICE_FIELDS } from './device-fields.ts';
import type { IssueAt } from './places.ts';
import * as scalar from './scalars.ts';
import { numberBetween } from './scalars.ts';
import type { Entry, Sound } from './source-kind.ts';

const deviceIds = z.array(scalar.id).min(1);
/** Stands for every device that is measured, but the minuend. */
const OTHERS = 'others';

const difference = z.strictObject({
  of: scalar.id.describe('Device from which is subtracted, for example `mains`'),
  minus: allowing(
    `a list of device ids, or ${OTHERS} for all that are measured`,
    z.union([deviceIds, z.literal(OTHERS)]),
  ).describe('What is subtracted: `[fridge, kettle]`, or `others` for every other measured device'),
});

const tolerance = z.strictObject({
  percent: numberBetween(0, 100, '%')
    .optional()
    .describe('Per cent of the power of the first device; without it 1'),
  absolute: numberBetween(0, 1e6, 'W').optional().describe('W; the larger of the two counts; without it 0'),
});

/** One derived device of the file. */
export const DERIVED_FIELDS = {
  id: COMMON_DEVICE_FIELDS.id,
  name: COMMON_DEVICE_FIELDS.name,
  sum: deviceIds.optional().describe('Devices whose powers are added, for example `[ring1, ring2]`'),
  difference: difference.optional().describe('One device less others; either this or `sum`'),
  tolerance: tolerance
    .optional()
    .describe('How far the devices may disagree about the moment before there is no value'),
  publish: COMMON_DEVICE_FIELDS.publish,
  aggregate: COMMON_DEVICE_FIELDS.aggregate,
  integrate: COMMON_DEVICE_FIELDS.integrate,
} as const;

export type DerivedEntry = z.output<z.ZodObject<typeof DERIVED_FIELDS>>;
export type DraftDerived = Entry<Sound<typeof DERIVED_FIELDS>>;

/** Derived devices that name nothing, something unknown, or themselves. */
export function checkDerived(
  derived: readonly DraftDerived[],
  measuredIds: readonly string[],
  at: IssueAt,
): Issue[] {
  const ids = derived.flatMap(({ fields }) => fields.id ?? []);
  const known = [...measuredIds, ...ids];
  return derived.flatMap((entry) => [
    ...checkForm(entry, at),
    ...namedIn(entry).flatMap(({ id, path }) => {
      const place = [...entry.path, ...path];
      if (!known.includes(id)) return [unknownDevice(id, known, place, at)];
      // Only derived devices above it: so none can hang on itself, however long the way round.
      if (measuredIds.includes(id) || ids.indexOf(id) < ids.indexOf(entry.fields.id ?? '')) return [];
      const allowed = 'allowed: measured devices, and derived ones that stand above this one';
      return [at(place, `found ${describeValue(id)}: it is not computed yet`, allowed)];
    }),
  ]);
}

function checkForm({ fields, path, hasKey }: DraftDerived, at: IssueAt): Issue[] {
  const words = 'allowed: either sum: [a, b], or difference: { of: a, minus: [b, c] }';
  if (hasKey('sum') && hasKey('difference')) return [at([...path, 'sum'], 'stands beside difference', words)];
  if (!hasKey('sum') && !hasKey('difference')) return [at(path, 'says not how it is computed', words)];
  const ids = fields.sum ?? [];
  const twice = ids.findIndex((id, index) => ids.indexOf(id) < index);
  return twice < 0
    ? []
    : [at([...path, 'sum', twice], `found ${describeValue(ids[twice])} twice`, 'allowed: each device once')];
}

function namedIn({ fields }: DraftDerived) {
  const { sum = [], difference: rule } = fields;
  const minus = rule === undefined || rule.minus === OTHERS ? [] : rule.minus;
  return [
    ...sum.map((id, index) => ({ id, path: ['sum', index] })),
    ...(rule === undefined ? [] : [{ id: rule.of, path: ['difference', 'of'] }]),
    ...minus.map((id, index) => ({ id, path: ['difference', 'minus', index] })),
  ];
}

function unknownDevice(
  id: string,
  known: readonly string[],
  path: readonly (string | number)[],
  at: IssueAt,
) {
  const near = nearestWord(id, known);
  const meant = near === undefined ? '' : `did you mean "${near}"? `;
  return at(path, `unknown device ${describeValue(id)}`, `${meant}allowed: ${known.join(', ')}`);
}

/** Makes the rule of a derived device; `measuredIds` is what `others` stands for. */
export function buildDerived(entry: DerivedEntry, measuredIds: readonly string[]): DerivedDevice {
  const terms = termsOf(entry, measuredIds);
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    terms,
    reference: terms[0]?.deviceId ?? '',
    tolerance: { percent: entry.tolerance?.percent ?? 1, absoluteW: entry.tolerance?.absolute ?? 0 },
  };
}

function termsOf({ sum, difference: rule }: DerivedEntry, measuredIds: readonly string[]): DerivedTerm[] {
  if (rule === undefined) return (sum ?? []).map((deviceId) => ({ deviceId, sign: 1 }));
  const minus = rule.minus === OTHERS ? measuredIds.filter((id) => id !== rule.of) : rule.minus;
  return [{ deviceId: rule.of, sign: 1 }, ...minus.map((deviceId) => ({ deviceId, sign: -1 as const }))];
}
