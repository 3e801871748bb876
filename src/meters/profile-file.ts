/**
 * What may stand in a meter profile: the YAML file as its author writes it. Descriptions go into the JSON
 * Schema, where editors show them.
 */
import * as z from 'zod';
import { PHASES, QUANTITIES, type QuantityCode } from '../domain/quantity.ts';
import { REGISTER_TYPES } from './profile.ts';

const CODES = Object.keys(QUANTITIES) as [QuantityCode, ...QuantityCode[]];
const MAX_REGISTERS_OF_A_READ = 125;

const line = z.string().trim().min(1).max(1000);
const word = z.int().min(0).max(0xffff);
const words = z.array(word).min(1).max(4);
const finite = z.number();
const wholeKey = z.string().regex(/^-?\d{1,16}$/, 'whole numbers as keys');
const shortName = z
  .string()
  .regex(
    /^[A-Za-z][\w.-]{0,39}$/,
    'a short name of letters, digits, "-", "." and "_", beginning with a letter',
  );
const table = z.enum(['holding', 'input']).describe('holding: function code 3, input: function code 4');
const address = z
  .int()
  .min(0)
  .max(0xffff)
  .describe('address on the wire: the first register of a table is 0');
const type = z.enum(REGISTER_TYPES).describe('how the words of the register are to be read');
const wordOrder = z
  .enum(['big', 'little'])
  .describe('big: most significant register first (ABCD); little: least significant first (CDAB)');
const pattern = z
  .string()
  .min(1)
  .max(200)
  .refine(isRegularExpression, 'a regular expression that JavaScript understands');

function isRegularExpression(text: string): boolean {
  try {
    new RegExp(text, 'u');
    return true;
  } catch {
    return false;
  }
}

const range = z.strictObject({
  table: table.optional(),
  first: address,
  last: address.describe('last register of the range, itself inside'),
});

const serial = z
  .strictObject({
    baud: z.int().min(110).max(4_000_000),
    parity: z.enum(['none', 'even', 'odd']),
    stopBits: z.literal([1, 2]),
    unitId: z.int().min(1).max(247).optional(),
  })
  .describe('settings as the meter leaves the factory; leave out when they are not known');

const read = z
  .strictObject({
    maxRegisters: z.int().min(1).max(MAX_REGISTERS_OF_A_READ).default(60).describe('largest read, registers'),
    step: z.literal([1, 2]).default(1).describe('2: addresses and counts must be even (Eastron)'),
    canBridge: z.boolean().optional().describe('a read may run over registers that no row describes'),
    maxGap: z.int().min(0).max(124).optional().describe('longest run of such registers inside a read'),
    blocks: z.array(range).default([]).describe('reads must stay inside one of these'),
    forbidden: z.array(range).default([]).describe('never to be read'),
    tablesAlike: z.boolean().default(false).describe('holding and input registers hold the same values'),
  })
  .describe('what the meter allows in one read');

const identification = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('register'),
    table: table.optional(),
    address,
    type: type.default('uint16'),
    wordOrder: wordOrder.optional(),
    equals: z.array(finite).min(1),
  }),
  z.strictObject({
    by: z.literal('text'),
    table: table.optional(),
    address,
    count: z.int().min(1).max(MAX_REGISTERS_OF_A_READ).describe('registers that hold the text'),
    matches: pattern,
  }),
  z.strictObject({ by: z.literal('server-id'), matches: pattern }).describe('function code 17'),
  z
    .strictObject({ by: z.literal('device-identification'), matches: pattern })
    .describe('function code 43/14: vendor, product and version, one behind the other'),
]);

const numberTable = z.record(wholeKey, finite);

const scaleRegister = z.strictObject({
  name: shortName.describe('what rows write as their scale'),
  table: table.optional(),
  address,
  type: type.default('int16'),
  wordOrder: wordOrder.optional(),
  meaning: z
    .union([z.enum(['exponent', 'factor']), numberTable], {
      error: 'allowed: exponent, factor, or a table such as {0: 0.1, 1: 1, 2: 10}',
    })
    .describe('exponent: factor is 10^content; factor: the content itself; or content to factor'),
  min: finite.optional().describe('smallest content that makes sense'),
  max: finite.optional().describe('largest content that makes sense'),
});

const SCALE_FORMS = 'a number other than 0, or the name of an entry of "scales"';
const scale = z
  .union([finite.refine((factor) => factor !== 0, SCALE_FORMS), shortName], {
    error: `allowed: ${SCALE_FORMS}`,
  })
  .describe('what the content is multiplied with: a number, or the name of a scale register');

const register = z.strictObject({
  code: z.enum(CODES).describe('quantity'),
  phase: z.enum(PHASES).optional().describe('leave out for the whole device'),
  table: table.optional(),
  address,
  type: type.optional(),
  wordOrder: wordOrder.optional(),
  unit: z.string().max(20).optional().describe('unit in the meter, after the scale: W, kW, Wh, %'),
  scale: scale.default(1),
  sign: z.enum(['invert', 'absolute']).optional().describe("what to do with the meter's sign"),
  invalid: z.array(words).optional().describe('words that mean "not available", as on the wire'),
  rawMin: finite.optional().describe('smallest content that is a value, before the scale'),
  rawMax: finite.optional().describe('largest content that is a value, before the scale'),
  values: numberTable.optional().describe('content to value, for states; other content makes no reading'),
  cadence: z.enum(['live', 'counter', 'slow']).optional().describe('which interval of the device it has'),
  enabled: z.boolean().default(true).describe('false: read only when the device asks for it'),
  optional: z.boolean().default(false).describe('models exist that do not have it'),
  doubt: line.optional().describe('why the row may be wrong'),
  note: line.optional().describe('what a user should know'),
  sources: z.array(shortName).optional().describe('short names out of "sources"'),
});

const limitsOfType = z.strictObject({ rawMin: finite.optional(), rawMax: finite.optional() });

export const profileFileSchema = z.strictObject({
  id: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single "-" between them')
    .describe('the name of the file without .yaml; what a device writes as its meter'),
  manufacturer: line,
  model: line,
  aliases: z.array(line).default([]),
  lines: z.literal([1, 3]).describe('1: single-phase meter, 3: three-phase meter'),
  serial: serial.optional(),
  gapMs: z.int().min(0).max(5000).default(0).describe('silence before a request, where over 3.5 characters'),
  latencyMs: z.int().min(1).max(30_000).default(500).describe('longest time to the begin of an answer'),
  table: table.default('holding'),
  wordOrder: wordOrder.default('big'),
  type: type.optional().describe('type of rows that name none'),
  read: read.prefault({}),
  identify: z.array(identification).default([]).describe('ways to recognise the model, best first'),
  scales: z.array(scaleRegister).default([]).describe('registers that hold the scale of others'),
  invalid: z
    .partialRecord(z.enum(REGISTER_TYPES), z.array(words))
    .default({})
    .describe('words that mean "not available", by type, as on the wire'),
  rawLimits: z
    .partialRecord(z.enum(REGISTER_TYPES), limitsOfType)
    .default({})
    .describe('smallest and largest content that is a value, by type'),
  registers: z.array(register).min(1).max(2000),
  rowSources: z
    .array(shortName)
    .optional()
    .describe('sources of rows that name none; not needed where there is one source only'),
  notes: z.array(line).default([]).describe('what a user should know'),
  doubts: z.array(line).default([]).describe('what is not certain about the whole profile'),
  sources: z
    .record(shortName, line)
    .refine((sources) => Object.keys(sources).length > 0, 'at least one document')
    .describe('short name to the document from which the rows were taken'),
});

export type ProfileFile = z.infer<typeof profileFileSchema>;
export type RegisterRow = ProfileFile['registers'][number];
