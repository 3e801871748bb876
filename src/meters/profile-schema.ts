import * as z from 'zod';
import { parseYamlFile } from '../lib/checked-yaml.ts';
import { IssuesError } from '../lib/issue.ts';
import { checkAgainst } from '../lib/schema-issues.ts';
import { buildProfile } from './build-profile.ts';
import { checkProfile } from './check-profile.ts';
import type { MeterProfile } from './profile.ts';
import { profileFileSchema } from './profile-file.ts';

/**
 * Reads a meter profile. Throws an IssuesError that holds every mistake with line and column. `file` is the
 * path for messages; its last part must be the profile's id with `.yaml`.
 */
export function parseProfile(file: string, text: string): MeterProfile {
  const yaml = parseYamlFile(file, text);
  const { ok, issues } = checkAgainst(profileFileSchema, yaml);
  if (ok === undefined) throw new IssuesError(issues);
  const profile = buildProfile(ok);
  const misfits = checkProfile(profile, ok, yaml);
  if (misfits.length > 0) throw new IssuesError(misfits);
  return profile;
}

/** The JSON Schema of a profile file, for completion in editors: docs/schema/meter-profile.schema.json. */
export function meterProfileJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(profileFileSchema, { io: 'input', target: 'draft-7' });
  return {
    $schema,
    title: 'busbar meter profile',
    description: 'One electricity meter model and its Modbus registers: docs/add-a-meter.md',
    ...rest,
  };
}
