import * as z from 'zod';
import { isQuantityCode, PHASES } from '../domain/quantity.ts';
import { allowing } from '../lib/schema-walk.ts';
import { CONNECTION_FORMS, parseConnection } from './connection.ts';
import { OPTIONS, type Option } from './options.ts';
import { checkPasswordHash, PASSWORD_HASH_FORM } from './password-hash.ts';
import * as scalar from './scalars.ts';
import { seconds, wholeNumber } from './scalars.ts';
import type { Connection } from './types.ts';

/** What may stand in the file: the options, and the lists of sources, users and simulated buses. */

const connection = allowing(
  CONNECTION_FORMS,
  z.string().transform((text, context): Connection => {
    const parsed = parseConnection(text);
    if (!('problem' in parsed)) return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem, params: { ...parsed } });
    return z.NEVER;
  }),
);

const readingKeys = z
  .array(
    allowing(
      'a quantity with or without its phase, such as p, v_l1, e_imp; docs/topics.md lists them',
      z.string().max(40),
    ),
  )
  .min(1);

const rating = z.strictObject({
  fuse: scalar
    .numberBetween(0.1, 10_000, 'A')
    .optional()
    .describe('Rated current of the fuse in front of it, A per line'),
  voltage: scalar
    .numberBetween(50, 1000, 'V')
    .optional()
    .describe('Nominal voltage between line and neutral, V'),
});

/** One device of a Modbus source. Lengths of time are seconds. */
export const DEVICE_FIELDS = {
  id: scalar.id.describe('Topic level: `house/<id>/p`'),
  name: scalar.displayName.optional().describe('Name for people; without it the id'),
  meter: scalar.profileId.describe('Model, as `busbar meters` lists it'),
  unit: scalar.unitId
    .optional()
    .describe('Unit id: 1 to 247; `tcp://` also 0 and 255. May stand in the connection instead'),
  interval: scalar.interval.optional().describe('Seconds between two polls; without it the top `interval`'),
  counterInterval: scalar.interval
    .optional()
    .describe('Seconds between two polls of the counters (energy); without it `interval`'),
  slowInterval: scalar.interval
    .optional()
    .describe('Seconds between two polls of what changes slowly; without it 60, at least `interval`'),
  wordOrder: z
    .enum(['big', 'little'])
    .optional()
    .describe('Order of the words of a value, where the meter was set otherwise than its profile says'),
  gap: seconds(0, 10, 0.001).optional().describe('Seconds of silence that the meter needs before a request'),
  latency: seconds(0.001, 60, 0.001).optional().describe('Longest time in seconds until it begins to answer'),
  maxRegisters: wholeNumber(1, 125).optional().describe('Most registers in one read'),
  only: readingKeys.optional().describe('Read these and nothing else, for example `[p, q, v]`'),
  enable: readingKeys.optional().describe('Read these too, though the profile has them switched off'),
  disable: readingKeys.optional().describe('Do not read these'),
  invert: scalar.flag
    .optional()
    .describe('true: the meter is wired backwards; import and export change places, powers change sign'),
  rating: rating.optional().describe('What the installation can carry; values beyond it are refused'),
} as const;

const device = z.strictObject(DEVICE_FIELDS);

/** One bus with Modbus meters. */
export const MODBUS_SOURCE_FIELDS = {
  type: z.literal('modbus-meter').describe('Kind of the source'),
  id: scalar.id.describe('Name of the bus in messages and statistics'),
  connection: connection.describe('Where the bus is: a connection URL, see below'),
  devices: z.array(device).min(1).describe('The meters on it'),
} as const;

// A further kind of source is a further row.
const source = z.discriminatedUnion('type', [z.strictObject(MODBUS_SOURCE_FIELDS)]);

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

/** One meter of the simulated house. */
export const SIMULATED_METER_FIELDS = {
  unit: scalar.unitId.describe('Unit id under which it answers'),
  meter: scalar.profileId.describe('Model, as `busbar meters` lists it'),
  measures: scalar.loadName.describe('`mains`, `solar`, or the name of one load of the simulated house'),
} as const;

/** One wire of the simulated house. */
export const SIMULATED_BUS_FIELDS = {
  connection: connection.describe('Where it answers: a connection URL, see below'),
  turnaround: seconds(0, 10, 0.001)
    .optional()
    .describe('Seconds between a request and its answer; without it 0.02'),
  meters: z.array(z.strictObject(SIMULATED_METER_FIELDS)).min(1).describe('The meters on it'),
} as const;

/** The simulated house. */
const SIMULATOR_FIELDS = {
  seed: wholeNumber(0, 4_294_967_295)
    .optional()
    .describe('Another number gives another course of the day; without it 1'),
  paced: scalar.flag
    .optional()
    .describe('true (the default): bytes come at the pace of the line; false: as fast as they can'),
  buses: z.array(z.strictObject(SIMULATED_BUS_FIELDS)).min(1).describe('Its wires'),
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

/** The whole file. */
export const FILE_SCHEMA = z
  .strictObject({
    sources: z.array(source).min(1).describe('Where values come from'),
    ...optionFields(OPTIONS),
    log: z.strictObject(optionFields(OPTIONS.log)).optional().describe('The log, on standard error'),
    mqtt: z.strictObject(optionFields(OPTIONS.mqtt)).optional().describe('The broker to publish to'),
    broker: BROKER_SECTION.optional().describe('The embedded broker'),
    simulator: z.strictObject(SIMULATOR_FIELDS).optional().describe('The simulated house'),
    profileDirectories: z
      .array(scalar.filePath)
      .optional()
      .describe('Folders with own meter profiles; they come before the shipped ones'),
  })
  .describe('Configuration of the busbar gateway');

export type ConfigFile = z.output<typeof FILE_SCHEMA>;
export type DeviceEntry = z.output<typeof device>;
export type SourceEntry = z.output<typeof source>;
export type SimulatorEntry = z.output<z.ZodObject<typeof SIMULATOR_FIELDS>>;

/** Every key that can stand in `only`, `enable` and `disable`: a code, or a code with a phase. */
export function isReadingKey(key: string): boolean {
  if (isQuantityCode(key)) return true;
  const cut = key.lastIndexOf('_');
  return isQuantityCode(key.slice(0, cut)) && (PHASES as readonly string[]).includes(key.slice(cut + 1));
}
