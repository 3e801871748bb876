/** What a schema cannot see: whether the parts of a profile fit each other and the meter's own limits. */
import { basename } from 'node:path';
import type { YamlFile } from '../lib/checked-yaml.ts';
import { formatPath, type Issue, type PathStep } from '../lib/issue.ts';
import { typeOf } from './build-profile.ts';
import { amongNames, checkReach, checkRows, counted, type Report } from './check-rows.ts';
import { wordCount } from './decode-register.ts';
import type { MeterProfile, RegisterType } from './profile.ts';
import type { ProfileFile } from './profile-file.ts';

/** Every mistake that the parts of a profile make together, each with its place in the file. */
export function checkProfile(profile: MeterProfile, file: ProfileFile, yaml: YamlFile): readonly Issue[] {
  const issues: Issue[] = [];
  const report: Report = (path, problem, allowed) => {
    issues.push({ file: yaml.file, ...yaml.place(path), path: formatPath(path), problem, allowed });
  };
  checkName(profile, yaml, report);
  checkLimits(profile, report);
  checkScales(profile, report);
  checkInvalidWords(file, report);
  checkSourceNames(file, report);
  checkRows(profile, report);
  return issues;
}

function checkName(profile: MeterProfile, yaml: YamlFile, report: Report): void {
  const expected = `${profile.id}.yaml`;
  const found = basename(yaml.file);
  if (found !== expected)
    report(['id'], `id "${profile.id}" stands in a file named ${found}`, `allowed: a file named ${expected}`);
}

function checkLimits({ limits }: MeterProfile, report: Report): void {
  const { canBridge, maxGap, maxRegisters, step } = limits;
  if (!canBridge && maxGap > 0)
    report(
      ['read', 'maxGap'],
      `found ${maxGap} although canBridge is false`,
      'allowed: 0, or canBridge: true',
    );
  if (maxRegisters % step !== 0)
    report(['read', 'maxRegisters'], `found ${maxRegisters}`, `allowed: multiples of step ${step}`);
  for (const kind of ['blocks', 'forbidden'] as const) {
    limits[kind].forEach(({ first, last }, index) => {
      if (first > last)
        report(['read', kind, index, 'last'], `found ${last}`, `allowed: at least ${first}, its first`);
    });
  }
}

function checkScales({ scales, limits }: MeterProfile, report: Report): void {
  scales.forEach((scale, index) => {
    const at = ['scales', index];
    if (scales.findIndex((other) => other.name === scale.name) !== index)
      report([...at, 'name'], `scale "${scale.name}" stands twice`, 'allowed: each name once');
    if ((scale.min ?? Number.NEGATIVE_INFINITY) > (scale.max ?? Number.POSITIVE_INFINITY))
      report([...at, 'max'], `found ${scale.max}`, `allowed: at least ${scale.min}, its min`);
    if (typeof scale.meaning !== 'string' && scale.meaning.size === 0)
      report([...at, 'meaning'], 'the table is empty', 'allowed: a table such as {0: 0.1, 1: 1, 2: 10}');
    checkReach(limits, scale, at, report);
  });
}

function checkInvalidWords(file: ProfileFile, report: Report): void {
  for (const [type, patterns] of Object.entries(file.invalid))
    checkPatterns(type as RegisterType, patterns, ['invalid', type], report);
  file.registers.forEach((row, index) => {
    checkPatterns(typeOf(row, file), row.invalid ?? [], ['registers', index, 'invalid'], report);
  });
}

function checkPatterns(
  type: RegisterType,
  patterns: readonly (readonly number[])[],
  at: readonly PathStep[],
  report: Report,
): void {
  const count = wordCount(type);
  patterns.forEach((pattern, index) => {
    if (pattern.length !== count)
      report(
        [...at, index],
        `found ${counted(pattern.length, 'word')}`,
        `allowed: ${counted(count, 'word')}, as long as ${type}`,
      );
  });
}

function checkSourceNames(file: ProfileFile, report: Report): void {
  const known = Object.keys(file.sources);
  const check = (names: readonly string[], at: readonly PathStep[]) => {
    names.forEach((name, index) => {
      if (!known.includes(name))
        report([...at, index], `there is no source "${name}"`, amongNames(name, known));
    });
  };
  check(file.rowSources ?? [], ['rowSources']);
  file.registers.forEach((row, index) => {
    check(row.sources ?? [], ['registers', index, 'sources']);
  });
}
