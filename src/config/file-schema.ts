import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { DERIVED_FIELDS } from './derived-schema.ts';
import { OPTIONS, type Option } from './options.ts';
import { checkPasswordHash, PASSWORD_HASH_FORM } from './password-hash.ts';
import * as scalar from './scalars.ts';
import { SIMULATOR_FIELDS } from './simulator-schema.ts';
import type { SectionKind } from './source-kind.ts';
import { sourcesSchema } from './source-sections.ts';

/** What may stand in the file: the options, and the lists of sources, users and simulated buses. */

/** One user of the embedded broker. */
export const USER_FIELDS = {
  name: allowing(
    'letters, digits, "_", "-", "." and "@" (64 at most)',
    z
      .string()
      .regex(/^[A-Za-z0-9_.@-]{1,64}$/)
      .refine((name) => name !== '__proto__'),
  ).describe('User name'),
  passwordHash: allowing(
    PASSWORD_HASH_FORM,
    z.string().superRefine((text, context) => {
      const problem = checkPasswordHash(text);
      if (problem === undefined) return;
      const allowed = `allowed: ${PASSWORD_HASH_FORM}`;
      context.addIssue({ code: 'custom', message: problem, params: { problem, allowed } });
    }),
  )
    .optional()
    .describe('`scrypt$16384$8$1$<salt>$<hash>`, see below'),
  passwordHashFile: scalar.filePath.optional().describe('File that holds the hash and nothing else'),
  role: z
    .enum(['read', 'write', 'admin'])
    .optional()
    .describe('read (the default): values; write: also own topics and commands; admin: everything'),
} as const;

// The type of a row is checked where the values are used; here only the shape counts.
function optionFields(options: object): Record<string, z.ZodType> {
  const rows = Object.entries(options).filter(([, node]) => Object.hasOwn(node as object, 'schema'));
  return Object.fromEntries(
    (rows as [string, Option<unknown>][]).map(([key, { schema, doc, fallback }]) => [
      key,
      schema.optional().meta({ description: doc, ...(fallback === undefined ? {} : { default: fallback }) }),
    ]),
  );
}

const BROKER_SECTION = z.strictObject({
  ...optionFields(OPTIONS.broker),
  users: z.array(z.strictObject(USER_FIELDS)).optional().describe('Who may log in'),
});

const derivedDevice = z.strictObject(DERIVED_FIELDS);

/** The schema of the whole file; what may stand in `sources` is known by the kinds of sources. */
export function createFileSchema(kinds: readonly SectionKind[]) {
  return z
    .strictObject({
      sources: sourcesSchema(kinds).describe('Where values come from'),
      ...OTHER_FIELDS,
    })
    .describe('Configuration of the busbar gateway');
}

const OTHER_FIELDS = {
  derived: z.array(derivedDevice).optional().describe('Devices that are computed from others'),
  ...optionFields(OPTIONS),
  log: z.strictObject(optionFields(OPTIONS.log)).optional().describe('The log, on standard error'),
  mqtt: z.strictObject(optionFields(OPTIONS.mqtt)).optional().describe('The broker to publish to'),
  broker: BROKER_SECTION.optional().describe('The embedded broker'),
  simulator: z.strictObject(SIMULATOR_FIELDS).optional().describe('The simulated house'),
  profileDirectories: z
    .array(scalar.filePath)
    .optional()
    .describe('Folders with own meter profiles; they come before the shipped ones'),
};

export type ConfigFile = z.output<ReturnType<typeof createFileSchema>>;
