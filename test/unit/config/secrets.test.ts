import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { createSecret } from '../../../src/config/secret.ts';
import { formatIssue, IssuesError } from '../../../src/lib/issue.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { houseText, issuesOf, loadText, temporaryFolder } from './load-text.ts';

const MARK = 'Zq7xW';
const HASH = `scrypt$16384$8$1$${Buffer.from('salt of sixteen!').toString('base64')}$${Buffer.alloc(32, 7).toString('base64')}`;

/** A folder with a configuration and the files that it names. */
async function folderWith(files: Readonly<Record<string, string>>, mode = 0o600): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), mode);
  }
  return folder;
}

const load = (folder: string, env: NodeJS.ProcessEnv = {}) =>
  loadConfig({ file: join(folder, 'house.yaml'), env, kinds: SOURCE_KINDS, knownMeters: undefined });

const WITH_FILE = houseText('mqtt: { url: "mqtt://192.168.1.10", passwordFile: password }');

describe('Secret', () => {
  const secret = createSecret(MARK);

  test('shows itself to nobody who does not ask', () => {
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
      JSON.stringify(Object.entries(secret)),
      JSON.stringify(structuredClone({ ...secret })),
    ];
    expect(shown.join()).not.toContain(MARK);
    expect(shown[0]).toBe('***');
  });

  test('reveals itself to who asks', () => {
    expect(secret.reveal()).toBe(MARK);
  });
});

describe('passwords', () => {
  test('are read from a file beside the configuration, without the end of the line', async () => {
    const { config, warnings } = await load(
      await folderWith({ 'house.yaml': WITH_FILE, password: 'top secret \r\n' }),
    );
    expect(config.mqtt.password?.reveal()).toBe('top secret ');
    expect(warnings).toEqual([]);
  });

  test('a file that every user can read is a warning that says what to do', async () => {
    const { warnings } = await load(await folderWith({ 'house.yaml': WITH_FILE, password: MARK }, 0o644));
    expect(warnings.map(formatIssue)).toEqual([
      expect.stringMatching(
        /:1:\d+: mqtt\.passwordFile: every user of this computer can read \/.*password; better: chmod 600 /,
      ),
    ]);
  });

  test('a password in a configuration that every user can read is a warning', async () => {
    const text = houseText(`mqtt: { url: "mqtt://192.168.1.10", password: ${MARK} }`);
    const { config, warnings } = await load(await folderWith({ 'house.yaml': text }, 0o644));
    expect(config.mqtt.password?.reveal()).toBe(MARK);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.allowed).toContain('passwordFile');
  });

  test.each([
    ['', 'it is empty'],
    ['two\nlines\n', 'not one line'],
    [`${MARK}\0`, 'not one line'],
    [MARK.repeat(1000), 'it has more than 4096 bytes'],
  ])('a password file with unusable content is refused: %#', async (content, words) => {
    const issues = await issuesOf(load(await folderWith({ 'house.yaml': WITH_FILE, password: content })));
    expect(issues).toHaveLength(1);
    expect(issues[0]?.problem).toContain(words);
    expect(JSON.stringify(issues)).not.toContain(MARK);
  });

  test('a variable with a password file replaces a password in the file', async () => {
    const text = houseText('mqtt: { url: "mqtt://192.168.1.10", password: old }');
    const folder = await folderWith({ 'house.yaml': text, new: 'new' });
    const { config } = await load(folder, { BUSBAR_MQTT_PASSWORD_FILE: join(folder, 'new') });
    expect(config.mqtt.password?.reveal()).toBe('new');
    expect((await load(folder, { BUSBAR_MQTT_PASSWORD: 'newer' })).config.mqtt.password?.reveal()).toBe(
      'newer',
    );
  });

  test('two at one place are a mistake', async () => {
    const env = { BUSBAR_MQTT_PASSWORD: MARK, BUSBAR_MQTT_PASSWORD_FILE: '/run/secrets/mqtt' };
    const issues = await issuesOf(loadText(houseText(), { env }));
    expect(issues.map(({ path }) => path)).toEqual(['BUSBAR_MQTT_PASSWORD']);
  });
});

describe('users of the broker', () => {
  test('have their hash in the file, or in a file of its own', async () => {
    const users = `broker: { host: 0.0.0.0, users: [{ name: a, passwordHash: "${HASH}", role: admin }, { name: b, passwordHashFile: keys/b }] }`;
    const folder = await folderWith({ 'house.yaml': houseText(users) });
    await mkdir(join(folder, 'keys'));
    await writeFile(join(folder, 'keys/b'), `${HASH}\n`, { mode: 0o600 });
    const { config } = await load(folder);
    expect(
      config.broker.users.map(({ name, role, passwordHash }) => [name, role, passwordHash.reveal()]),
    ).toEqual([
      ['a', 'admin', HASH],
      ['b', 'read', HASH],
    ]);
    expect(JSON.stringify(config)).not.toContain('scrypt');
    expect(inspect(config, { depth: 9, showHidden: true })).not.toContain('scrypt');
  });

  test('a file whose content is no hash is refused without showing it', async () => {
    const users = 'broker: { users: [{ name: a, passwordHashFile: hash }] }';
    const issues = await issuesOf(load(await folderWith({ 'house.yaml': houseText(users), hash: MARK })));
    expect(issues).toHaveLength(1);
    expect(JSON.stringify(issues)).not.toContain(MARK);
  });

  test('a broker that is open to all on purpose is allowed, with a warning', async () => {
    const { warnings } = await loadText(houseText('broker: { host: 0.0.0.0, allowAnonymous: true }'));
    expect(warnings.map(({ path }) => path)).toEqual(['broker.allowAnonymous']);
  });
});

describe('nothing ever prints a secret', () => {
  // Slips of a person who edits a file: letters lost, added or doubled, lines lost, doubled, moved or indented.
  const slip = fc.oneof(
    fc.record({
      kind: fc.constant('cut' as const),
      at: fc.nat(2000),
      length: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({
      kind: fc.constant('put' as const),
      at: fc.nat(2000),
      text: fc.constantFrom(
        ' ',
        ':',
        '"',
        "'",
        '\n',
        '\t',
        '-',
        '*',
        '&',
        '!',
        '@',
        '%',
        '#',
        '{',
        ']',
        ',',
        '|',
        'x',
      ),
    }),
    fc.record({
      kind: fc.constantFrom('drop' as const, 'double' as const, 'indent' as const),
      line: fc.nat(40),
    }),
  );
  type Slip = typeof slip extends fc.Arbitrary<infer T> ? T : never;

  function withSlip(text: string, change: Slip): string {
    if (change.kind === 'cut' || change.kind === 'put') {
      const at = change.at % text.length;
      const isInMark = at > text.indexOf(MARK) - 6 && at < text.lastIndexOf(MARK) + MARK.length;
      if (change.kind === 'put') return text.slice(0, at) + change.text + text.slice(at);
      return isInMark && text.slice(at, at + change.length).includes('\n')
        ? text
        : text.slice(0, at) + text.slice(at + change.length);
    }
    const lines = text.split('\n');
    const at = change.line % lines.length;
    const line = lines[at] ?? '';
    const instead = { drop: [], double: [line, line], indent: [`  ${line}`] }[change.kind];
    return [...lines.slice(0, at), ...instead, ...lines.slice(at + 1)].join('\n');
  }

  const SECRETS = `
mqtt:
  url: mqtt://user:${MARK}@192.168.1.10
  username: busbar
  password: ${MARK}
  passwordFile: nowhere
broker:
  host: 0.0.0.0
  users:
    - name: reader
      passwordHash: scrypt$16384$8$1$${MARK}$${MARK}
    - { name: writer, passwordHash: ${MARK}, role: write }
`;

  test('however a file with secrets is broken', async () => {
    const folder = await temporaryFolder();
    const file = join(folder, 'house.yaml');
    const env = { BUSBAR_MQTT_PASSWORD: `${MARK}\n`, BUSBAR_MQTT_URL: `http://${MARK}@host` };
    await fc.assert(
      fc.asyncProperty(fc.array(slip, { maxLength: 3 }), async (slips) => {
        await writeFile(file, slips.reduce(withSlip, houseText(SECRETS)), { mode: 0o600 });
        const error = await loadConfig({ file, env, kinds: SOURCE_KINDS, knownMeters: [] }).catch(
          (caught: unknown) => caught,
        );
        expect(error).toBeInstanceOf(IssuesError);
        expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toContain(MARK);
      }),
      { numRuns: 400 },
    );
  });
});
