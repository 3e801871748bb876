import * as z from 'zod';
import { checkReadingKeys, parseReadingKey, readingKey } from '../../config/reading-keys.ts';
import type { CheckSurroundings, Section, SectionDraft } from '../../config/source-kind.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import type { Issue, PathStep } from '../../lib/issue.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { describeValue } from '../../lib/show-value.ts';
import { unitConversion } from '../../mapping/unit-conversion.ts';
import { defineKind } from '../kind.ts';
import type { HttpPollConfig, HttpPollDeviceConfig, PageFormat } from './config.ts';
import { compilePagePath } from './page-values.ts';
import { buildServer, checkServer, pageUrl, SERVER_FIELDS, SERVER_SECRETS } from './server-fields.ts';

const pathText = allowing(
  'a JSON path such as data.items[0].power, or for XML an XPath such as /Page/Power/Now',
  z.string().min(1).max(1000),
);

const VALUE = z.strictObject({
  quantity: readingKey.describe('What it is: `p`, `v_l1`, `e_imp` ...'),
  path: pathText.describe('Where it stands in the page'),
  unit: z
    .string()
    .max(20)
    .optional()
    .describe('Unit in which it stands there; may be left out where the quantity has none'),
  scale: z.number().optional().describe('Factor to its unit, before anything else; -1 turns the sign'),
  offset: z.number().optional().describe('Added after scale, in the same unit'),
  resets: z
    .enum(['daily', 'monthly', 'at-boot'])
    .optional()
    .describe('When a counter begins again at 0 by itself; it is then summed up here'),
});

const headerName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
const headers = allowing(
  'header names, each with text of visible ASCII characters',
  z
    .record(z.string(), z.string().regex(/^[\x20-\x7e]{0,1000}$/))
    .refine((map) => Object.keys(map).every((name) => headerName.test(name))),
);

const FIELDS = {
  url: pageUrl.describe('The page'),
  method: z.enum(['GET', 'POST']).optional().describe('Without it GET'),
  body: z.string().max(10_000).optional().describe('What is sent with POST'),
  headers: headers.optional().describe('Headers to send; keys belong into tokenFile'),
  format: z.enum(['json', 'xml']).optional().describe('Without it as the answer says'),
  timePath: pathText
    .optional()
    .describe('Where the page tells the time of its values; a page whose time has not moved is no reading'),
  ...SERVER_FIELDS,
} as const;

const DEVICE_FIELDS = {
  values: z.array(VALUE).min(1).max(100).describe('Its values in the page'),
} as const;

const DEFAULT_MIN_S = 1;

/** Any page that holds readings as JSON or XML. */
export const HTTP_POLL_KIND = defineKind({
  type: 'http-poll',
  doc: 'Devices whose readings stand in a web page (JSON or XML); all devices of a section share one request.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  secretFiles: SERVER_SECRETS,
  check,
  build: ({ id, fields, devices }, surroundings): HttpPollConfig => ({
    type: 'http-poll',
    id,
    server: buildServer(fields, surroundings),
    url: fields.url,
    method: fields.method ?? 'GET',
    body: fields.body,
    headers: fields.headers ?? {},
    format: fields.format,
    timePath: fields.timePath,
    devices: devices.map(buildDevice),
  }),
  async create(config, { clock }) {
    const [{ createHttpPollSource }, { planHttpPoll }] = await Promise.all([
      import('./source.ts'),
      import('./generic.ts'),
    ]);
    return createHttpPollSource(planHttpPoll(config), clock);
  },
});

type Draft = SectionDraft<typeof FIELDS, typeof DEVICE_FIELDS>;

function check(source: Draft, surroundings: CheckSurroundings): Issue[] {
  const { at } = surroundings;
  const { format, timePath, method } = source.fields;
  const issues = checkServer(source, DEFAULT_MIN_S, surroundings);
  if (source.hasKey('body') && method !== 'POST')
    issues.push(at([...source.path, 'body'], 'a GET has no body', 'allowed: with method: POST'));
  if (timePath !== undefined) issues.push(...checkPath(timePath, format, [...source.path, 'timePath'], at));
  for (const device of source.devices)
    for (const [index, value] of (device.fields.values ?? []).entries())
      issues.push(...checkValue(value, format, [...device.path, 'values', index], at));
  for (const device of source.devices) issues.push(...checkRepeated(device, at));
  return issues;
}

function checkPath(
  text: string,
  format: PageFormat | undefined,
  path: readonly PathStep[],
  at: CheckSurroundings['at'],
): Issue[] {
  const found = compilePagePath(text, format);
  return 'problem' in found
    ? [at(path, `found ${describeValue(text)}: ${found.problem}`, found.allowed)]
    : [];
}

function checkValue(
  value: z.output<typeof VALUE>,
  format: PageFormat | undefined,
  path: readonly PathStep[],
  at: CheckSurroundings['at'],
): Issue[] {
  const issues = checkPath(value.path, format, [...path, 'path'], at);
  issues.push(...checkReadingKeys([{ key: value.quantity, path: [...path, 'quantity'] }], at));
  const code = parseReadingKey(value.quantity)?.code;
  if (code === undefined) return issues;
  const facts = quantityFacts(code);
  if (unitConversion(value.unit ?? '', code) === undefined) {
    const own =
      facts.unit === '' ? 'none, or %' : `${facts.unit}, k${facts.unit}, m${facts.unit} and the like`;
    const problem =
      value.unit === undefined
        ? 'is missing'
        : `found ${describeValue(value.unit)}: not a unit of ${facts.name}`;
    issues.push(at([...path, 'unit'], problem, `allowed: a unit of ${facts.name}: ${own}`));
  }
  if (value.resets !== undefined && facts.kind !== 'counter')
    issues.push(at([...path, 'resets'], `${facts.name} is no counter`, 'allowed: for energies only'));
  return issues;
}

function checkRepeated({ path, fields }: Draft['devices'][number], at: CheckSurroundings['at']): Issue[] {
  const keys = (fields.values ?? []).map(({ quantity }) => quantity);
  return keys.flatMap((key, index) => {
    if (keys.indexOf(key) === index) return [];
    const problem = `found ${describeValue(key)}: the device has it already`;
    return [at([...path, 'values', index, 'quantity'], problem, 'allowed: each quantity once')];
  });
}

function buildDevice({
  common,
  fields,
}: Section<typeof FIELDS, typeof DEVICE_FIELDS>['devices'][number]): HttpPollDeviceConfig {
  return {
    ...common,
    values: fields.values.flatMap(({ quantity, unit = '', ...value }) => {
      const key = parseReadingKey(quantity);
      return key === undefined ? [] : [{ ...value, ...key, unit }];
    }),
  };
}
