import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { startGateway, subscribe } from '../../support/running-gateway.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test('docs/add-a-source.md makes a working source of one folder and one line', async () => {
  const copy = await copyOfProgram();
  const page = await readFile(join(ROOT, 'docs/add-a-source.md'), 'utf8');
  await writeSource(copy, page);
  await addLine(copy);
  expect(await changedFiles(copy)).toEqual([
    'sources/index.ts',
    'sources/tally/config.ts',
    'sources/tally/kind.ts',
    'sources/tally/source.ts',
  ]);

  expect(await typeCheck(copy)).toEqual({ code: 0, output: '' });
  expect(await run(copy, 'scripts/build.mjs')).toEqual({ code: 0, output: '' });

  await itsMistakesAreExplained(copy);
  expect(await checkYaml(copy, yamlOf(page))).toMatchObject({
    code: 0,
    output: expect.stringMatching(/boiler +Boiler +tallies +tally +Tally +192\.168\.1\.40 +1 s/),
  });
  await itsDatagramsAreValues(copy);
}, 120_000);

async function itsMistakesAreExplained(copy: string): Promise<void> {
  const { code, output } = await checkYaml(
    copy,
    `sources:
  - type: tally
    id: tallies
    port: udp
    devices:
      - { id: boiler, host: tally.lan }
      - { id: oven, hots: 127.0.0.1 }
      - { id: kettle, host: 127.0.0.2 }
      - { id: fridge, host: 127.0.0.2 }
`,
  );
  expect(code).not.toBe(0);
  expect(output.replaceAll(/^.*house\.yaml:/gm, '').split('\n')).toEqual([
    '4:11: sources[0].port: found "udp"; allowed: a whole number from 1 to 65535',
    '6:29: sources[0].devices[0].host: found "tally.lan"; allowed: an IPv4 address, such as 192.168.1.40',
    expect.stringMatching(
      /^7:21: sources\[0\]\.devices\[1\]\.hots: unknown key "hots"; did you mean "host"\?/,
    ),
    expect.stringMatching(/^9:29: .*: found "127\.0\.0\.2": the device at line 8 has it already; allowed: /),
    '4 mistakes',
    '',
  ]);
}

async function itsDatagramsAreValues(copy: string): Promise<void> {
  const brokerPort = await freePort();
  const { meter, port, leavePort } = await occupiedPort();
  const gateway = await startGateway(
    `sources:
  - type: tally
    id: tallies
    port: ${port}
    devices: [{ id: boiler, host: 127.0.0.1 }]
broker: { port: ${brokerPort} }
`,
    brokerPort,
    copy,
  );
  const subscriber = await subscribe(brokerPort, 'house/#');
  const last = (topic: string) => subscriber.last.get(`house/${topic}`);
  await expect.poll(() => gateway.log(), { timeout: 20_000 }).toContain('port-unavailable');
  await leavePort();
  await expect.poll(() => gateway.log(), { timeout: 20_000 }).toContain('port-open');
  expect(last('boiler/availability')).toBe('offline');

  const words = ['garbage', 'power=nan', 'power=', 'power=123.4'];
  const sending = setInterval(() => {
    for (const word of words) meter.send(word, port, '127.0.0.1');
  }, 200);
  onTestFinished(() => clearInterval(sending));
  await expect.poll(() => last('boiler/p'), { timeout: 20_000 }).toBe('123.4');
  await expect.poll(() => last('boiler/availability'), { timeout: 20_000 }).toBe('online');
  expect(JSON.parse(last('boiler/$meta') ?? '').quantities.p).toMatchObject({ unit: 'W', interval: 1 });

  clearInterval(sending);
  await expect.poll(() => last('boiler/availability'), { timeout: 30_000 }).toBe('offline');
  const powers = subscriber.messages.filter(({ topic }) => topic === 'house/boiler/p');
  expect(new Set(powers.map(({ payload }) => payload).filter((text) => text !== ''))).toEqual(
    new Set(['123.4']),
  );
  await subscriber.close();
  expect(await gateway.stop(), gateway.log()).toBe(0);
}

/** The program without tests and documents, in a folder of its own. */
async function copyOfProgram(): Promise<string> {
  const copy = await realpath(await mkdtemp(join(tmpdir(), 'busbar-tally-')));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  for (const name of ['src', 'scripts', 'config', 'package.json', 'tsconfig.json'])
    await cp(join(ROOT, name), join(copy, name), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** The files of the page: each a heading with its name, and its text in the code block below. */
async function writeSource(copy: string, page: string): Promise<void> {
  const folder = join(copy, 'src/sources/tally');
  await mkdir(folder);
  for (const [, name = '', text = ''] of page.matchAll(/^### `(\w+\.ts)`\n\n```ts\n([\s\S]*?)^```$/gm))
    await writeFile(join(folder, name), text);
}

const yamlOf = (page: string) => /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';

async function addLine(copy: string): Promise<void> {
  const path = join(copy, 'src/sources/index.ts');
  const text = await readFile(path, 'utf8');
  await writeFile(
    path,
    `import { TALLY_KIND } from './tally/kind.ts';\n${text.replace('\n];', '\n  TALLY_KIND,\n];')}`,
  );
}

async function changedFiles(copy: string): Promise<string[]> {
  const files = await readdir(join(copy, 'src'), { recursive: true, withFileTypes: true });
  const changed: string[] = [];
  for (const file of files.filter((entry) => entry.isFile())) {
    const name = join(file.parentPath, file.name).slice(join(copy, 'src/').length);
    const before = await readFile(join(ROOT, 'src', name), 'utf8').catch(() => undefined);
    if (before !== (await readFile(join(copy, 'src', name), 'utf8'))) changed.push(name);
  }
  return changed.sort();
}

async function typeCheck(copy: string) {
  const config = { extends: './tsconfig.json', include: ['src/sources/tally', 'src/sources/index.ts'] };
  await writeFile(join(copy, 'tally.json'), JSON.stringify(config));
  return run(copy, 'node_modules/typescript-native/bin/tsc', '--noEmit', '-p', 'tally.json');
}

async function checkYaml(copy: string, yaml: string) {
  await writeFile(join(copy, 'house.yaml'), yaml);
  return run(copy, 'dist/busbar.js', 'check', '--config', 'house.yaml');
}

async function run(copy: string, ...words: readonly string[]) {
  const { BUSBAR_CONFIG: _, ...env } = process.env;
  const child = spawn(process.execPath, words, { cwd: copy, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      output += bytes.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** A UDP port that somebody has, and a socket to send from. */
async function occupiedPort(): Promise<{ meter: Socket; port: number; leavePort: () => Promise<unknown> }> {
  const [meter, other] = [createSocket('udp4'), createSocket('udp4')];
  other.bind(0);
  await once(other, 'listening');
  onTestFinished(() => void meter.close());
  const leavePort = async () => {
    other.close();
    await once(other, 'close');
  };
  return { meter, port: other.address().port, leavePort };
}
