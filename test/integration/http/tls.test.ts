import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type PageServer, startPageServer } from './page-server.ts';
import { type RunningSource, runSection, valuesOf } from './running-source.ts';

let server: PageServer;
let folder: string;
let cert: string;
let running: RunningSource | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-days',
    '36500',
    ...key,
    '-out',
    certFile,
    ...subject,
  ]);
  cert = await readFile(certFile, 'utf8');
  server = await startPageServer({ key: await readFile(keyFile, 'utf8'), cert });
  server.answer((_, response) => response.end('{"power":5}'));
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const section = (more: object = {}) => ({
  type: 'http-poll',
  id: 'page',
  url: `${server.url}/values`,
  devices: [{ id: 'plug', name: 'Plug', interval: 1, values: [{ quantity: 'p', path: 'power', unit: 'W' }] }],
  ...more,
});

describe('a server that signed its own certificate', () => {
  it('is refused, with the two ways out', async () => {
    running = await runSection(section());
    await running.slots(1);
    expect(running.samples()).toEqual([]);
    expect(running.events.find((event) => event.type === 'notice')).toMatchObject({
      message: expect.stringMatching(/not trusted.*caFile.*verifyCertificate: false/),
    });
  });

  it.each<[string, object, Record<string, string>]>([
    ['its certificate is named', { caFile: 'ca.pem' }, {}],
    ['certificates are not checked', { verifyCertificate: false }, {}],
  ])('is read where %s', async (_, more) => {
    running = await runSection(section(more), { 'ca.pem': cert });
    await running.slots(1);
    expect(running.samples().map(valuesOf)).toEqual([{ p: 5 }]);
  });
});
