import type { CheckSurroundings, SectionDraft } from '../../../config/source-kind.ts';
import type { Issue, PathStep } from '../../../lib/issue.ts';
import { describeValue } from '../../../lib/show-value.ts';
import { parseJsonPath } from '../../../mapping/json-path.ts';
import { checkValues } from '../pushed/check-values.ts';
import type { WrittenDevice } from './build-device.ts';

type At = CheckSurroundings['at'];

/** The sound fields of a device; those of `values` are sound together or absent. */
interface DeviceDraft {
  readonly path: readonly PathStep[];
  readonly fields: { readonly [K in keyof WrittenDevice]?: WrittenDevice[K] | undefined };
}

/** What is wrong when values, units and paths are seen together. */
export function checkMappedSection(
  section: Pick<SectionDraft<Record<never, never>, Record<never, never>>, 'path'> & {
    readonly devices: readonly DeviceDraft[];
  },
  { at }: CheckSurroundings,
): readonly Issue[] {
  return section.devices.flatMap((device) => checkDevice(device, at));
}

function checkDevice({ path, fields }: DeviceDraft, at: At): Issue[] {
  const { values, time, availability } = fields;
  const issues = checkValues(values, [...path, 'values'], at);
  const seen = new Set<string>();
  values?.forEach((value, index) => {
    const place = [...path, 'values', index];
    issues.push(...pathIssues(value.path, [...place, 'path'], at));
    const spot = JSON.stringify([value.topic, value.path ?? '']);
    if (seen.has(spot))
      issues.push(
        at(
          [...place, value.path === undefined ? 'topic' : 'path'],
          `${describeValue(value.path ?? value.topic)} is read twice by this device`,
          'allowed: each value of a topic once',
        ),
      );
    seen.add(spot);
  });
  issues.push(...pathIssues(time?.path, [...path, 'time', 'path'], at));
  issues.push(...pathIssues(availability?.path, [...path, 'availability', 'path'], at));
  issues.push(...wordIssues(availability, [...path, 'availability'], at));
  return issues;
}

function pathIssues(text: string | undefined, place: readonly PathStep[], at: At): Issue[] {
  if (text === undefined) return [];
  const path = parseJsonPath(text);
  if (!('problem' in path)) return [];
  return [at(place, `found ${describeValue(text)}: ${path.problem}`, path.allowed)];
}

function wordIssues(
  availability: WrittenDevice['availability'],
  place: readonly PathStep[],
  at: At,
): Issue[] {
  if (availability === undefined) return [];
  const { online = 'online', offline = 'offline' } = availability;
  if (online !== offline) return [];
  const key = availability.offline === undefined ? 'online' : 'offline';
  return [
    at([...place, key], `${describeValue(online)} means both there and gone`, 'allowed: two different words'),
  ];
}
