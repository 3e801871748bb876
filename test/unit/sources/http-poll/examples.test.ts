import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { HTTP_POLL_KIND } from '../../../../src/sources/http-poll/kind.ts';

const FOLDER = 'docs/examples';
const EXAMPLES = ['emonitor.yaml', 'enmetric.yaml', 'sitesage.yaml'];

async function load(name: string, text?: string) {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-example-'));
  try {
    const file = join(folder, name);
    if (text === undefined) await cp(join(FOLDER, name), file);
    else await writeFile(file, text);
    for (const secret of ['enmetric.token', 'emonitor.password', 'sitesage.token'])
      await writeFile(join(folder, secret), 'geheim\n', { mode: 0o600 });
    return await loadConfig({ file, env: {}, knownMeters: undefined, kinds: [HTTP_POLL_KIND] });
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the examples for products whose protocol is not public', () => {
  it('are there', () => expect(readdirSync(FOLDER)).toEqual(expect.arrayContaining(EXAMPLES)));

  it.each(EXAMPLES)('%s is a sound configuration from which a source can be made', async (name) => {
    const { config, warnings } = await load(name);
    expect(warnings).toEqual([]);
    expect(config.sources).toHaveLength(1);
    const parts = { clock: undefined } as never; // nothing runs
    const [own] = config.sources;
    if (own === undefined) throw new Error('no source');
    const source = await HTTP_POLL_KIND.create(own, parts);
    expect(source.devices.length).toBeGreaterThan(1);
    expect(JSON.stringify(config)).not.toContain('geheim');
  });

  it.each(EXAMPLES)('%s says at its begin that the protocol is not public', (name) => {
    const head = readFileSync(join(FOLDER, name), 'utf8').split('\n\n')[0] ?? '';
    expect(head).toContain("THE MAKER'S PROTOCOL IS NOT PUBLIC");
    expect(head.replaceAll(/\n# /g, ' ')).toMatch(
      /mapping for those who have an address and a key of their own/,
    );
  });
});

describe('a section http-poll with mistakes', () => {
  const section = (section: string, values: string) =>
    `sources:\n  - type: http-poll\n    id: page\n${section}    devices:\n      - id: plug\n        name: Plug\n        interval: 1\n        values: [${values}]\n`;
  const URL = '    url: http://host/page\n';
  const POWER = '{ quantity: p, path: power, unit: W }';

  it.each<[string, string, string, RegExp]>([
    ['a password in the url', '    url: http://me:geheim@host/\n', POWER, /url.*without name and password/],
    ['another protocol', '    url: ftp://host/\n', POWER, /url/],
    [
      'a unit that does not fit',
      URL,
      '{ quantity: p, path: power, unit: kWh }',
      /not a unit of active power/,
    ],
    ['no unit', URL, '{ quantity: v, path: power }', /unit: is missing; allowed: a unit of voltage: V/],
    ['a mistyped quantity', URL, '{ quantity: p_l4, path: power, unit: W }', /did you mean "p_l1"/],
    ['a path that is none', URL, "{ quantity: p, path: 'a..b', unit: W }", /values\[0\].path.*does not fit/],
    ['an XPath that is none', `${URL}    format: xml\n`, "{ quantity: p, path: '//a[', unit: W }", /XPath/],
    ['resets of a power', URL, '{ quantity: p, path: power, unit: W, resets: daily }', /no counter/],
    ['a quantity twice', URL, `${POWER}, ${POWER}`, /has it already/],
    ['two logins', `${URL}    username: me\n    tokenFile: enmetric.token\n`, POWER, /one of the two/],
    [
      'a password without a name',
      `${URL}    passwordFile: emonitor.password\n`,
      POWER,
      /username: is missing/,
    ],
    ['a body of a GET', `${URL}    body: x\n`, POWER, /a GET has no body/],
    ['too short an interval', `${URL}    minInterval: 3\n`, POWER, /shorter than minInterval \(3\)/],
    ['a header of two lines', `${URL}    headers: { A: "b\\r\\nc" }\n`, POWER, /headers/],
  ])('says what is wrong with %s', async (_, own, values, words) => {
    const loading = load('house.yaml', section(own, values));
    await expect(loading).rejects.toThrow(words);
    await loading.catch((error: Error) => expect(error.message).not.toContain('geheim'));
  });
});
