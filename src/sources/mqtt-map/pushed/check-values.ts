import { checkReadingKeys, parseReadingKey } from '../../../config/reading-keys.ts';
import type { CheckSurroundings } from '../../../config/source-kind.ts';
import type { Issue, PathStep } from '../../../lib/issue.ts';
import { describeValue } from '../../../lib/show-value.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';

interface WrittenValue {
  readonly quantity?: string | undefined;
  readonly unit?: string | undefined;
}

/** The mistakes in a list `values`: unknown quantities, doubled ones, and units that do not fit. */
export function checkValues(
  values: readonly WrittenValue[] | undefined,
  path: readonly PathStep[],
  at: CheckSurroundings['at'],
  needsUnit = false,
): Issue[] {
  const seen = new Set<string>();
  return (values ?? []).flatMap((value, index) => {
    if (value.quantity === undefined) return [];
    const place = [...path, index, 'quantity'];
    const issues = checkReadingKeys([{ key: value.quantity, path: place }], at);
    if (seen.has(value.quantity))
      issues.push(at(place, `${describeValue(value.quantity)} stands there twice`, 'allowed: each once'));
    seen.add(value.quantity);
    return [...issues, ...unitIssues(value, [...path, index], at, needsUnit)];
  });
}

function unitIssues(
  { quantity = '', unit }: WrittenValue,
  path: readonly PathStep[],
  at: CheckSurroundings['at'],
  needsUnit: boolean,
): Issue[] {
  const key = parseReadingKey(quantity);
  if (key === undefined) return [];
  const place = [...path, 'unit'];
  if (unit === undefined) {
    if (!needsUnit || unitConversion('', key.code) !== undefined) return [];
    return [at(place, 'is missing', 'allowed: the unit in which the device publishes it, such as W or kWh')];
  }
  if (unitConversion(unit, key.code) !== undefined) return [];
  return [
    at(
      place,
      `${describeValue(unit)} is no unit of ${quantity}`,
      'allowed: a unit of the same quantity (W, kW for p; VA for s; Wh, kWh for e_imp)',
    ),
  ];
}
