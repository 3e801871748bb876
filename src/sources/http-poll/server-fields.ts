import * as z from 'zod';
import * as scalar from '../../config/scalars.ts';
import type { BuildSurroundings, CheckSurroundings, Entry, Sound } from '../../config/source-kind.ts';
import type { Issue } from '../../lib/issue.ts';
import { allowing } from '../../lib/schema-walk.ts';
import type { HttpServerConfig } from './config.ts';

const URL_WORDS = 'http://host/path or https://host/path, without name and password';

/** The address of a page; who may see it is said in other keys, so that no message shows it. */
export const pageUrl = allowing(
  URL_WORDS,
  z
    .string()
    .max(2048)
    .refine((text) => {
      if (!URL.canParse(text)) return false;
      const url = new URL(text);
      return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '' && url.hash === '';
    }),
);

/** How the server is asked, for every kind that reads web pages. */
export const SERVER_FIELDS = {
  username: scalar.shortText.optional().describe('User name, where the page wants a login'),
  passwordFile: scalar.filePath.optional().describe('File that holds its password and nothing else'),
  tokenFile: scalar.filePath.optional().describe('File that holds a bearer token, instead of a login'),
  caFile: scalar.filePath.optional().describe('Certificates that sign the server’s, PEM'),
  verifyCertificate: scalar.flag
    .optional()
    .describe('false: take any certificate, as of a device that signed its own; without it true'),
  timeout: scalar
    .seconds(0.1, 300)
    .optional()
    .describe('Longest time in seconds for one answer; without it 10'),
  maxBytes: scalar
    .wholeNumber(256, 16 * 1024 * 1024)
    .optional()
    .describe('Longest page that is read, in bytes; without it 1048576'),
  minInterval: scalar
    .seconds(0.1, 86_400)
    .optional()
    .describe('No device of this section may be read more often than this, in seconds'),
} as const;

export const SERVER_SECRETS = [['passwordFile'], ['tokenFile']] as const;

const DEFAULT_TIMEOUT_S = 10;
const DEFAULT_MAX_BYTES = 1024 * 1024;

type ServerFields = z.output<z.ZodObject<typeof SERVER_FIELDS>>;

export function buildServer(fields: ServerFields, { pathOf, secretAt }: BuildSurroundings): HttpServerConfig {
  return {
    username: fields.username,
    password: secretAt(['passwordFile']),
    token: secretAt(['tokenFile']),
    caFile: fields.caFile === undefined ? undefined : pathOf(fields.caFile),
    verifyCertificate: fields.verifyCertificate ?? true,
    timeoutMs: Math.round((fields.timeout ?? DEFAULT_TIMEOUT_S) * 1000),
    maxBytes: fields.maxBytes ?? DEFAULT_MAX_BYTES,
  };
}

interface ServerDraft extends Entry<Sound<typeof SERVER_FIELDS>> {
  readonly devices: readonly Entry<{ readonly interval?: number | undefined }>[];
}

/** Mistakes of the login, and devices that would be read too often. */
export function checkServer(
  source: ServerDraft,
  defaultMinS: number,
  { at, defaultIntervalS }: CheckSurroundings,
): Issue[] {
  const issues: Issue[] = [];
  if (source.hasKey('tokenFile') && (source.hasKey('username') || source.hasKey('passwordFile')))
    issues.push(
      at([...source.path, 'tokenFile'], 'stands beside username or passwordFile', 'allowed: one of the two'),
    );
  if (source.hasKey('passwordFile') && source.lacks('username'))
    issues.push(
      at([...source.path, 'username'], 'is missing', 'allowed: the name that belongs to passwordFile'),
    );
  const min = source.fields.minInterval ?? defaultMinS;
  for (const { path, fields } of source.devices) {
    const interval = fields.interval ?? defaultIntervalS;
    if (interval >= min) continue;
    const problem = `found ${interval}: it is shorter than minInterval (${min})`;
    issues.push(at([...path, 'interval'], problem, `allowed: ${min} and more`));
  }
  return issues;
}
