import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { formatIssue, IssuesError } from '../../../src/lib/issue.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { busesOf, houseText, issuesOf, loadText, temporaryFolder } from './load-text.ts';

const messagesOf = async (loading: ReturnType<typeof loadText>) =>
  (await issuesOf(loading)).map((issue) => formatIssue(issue));

describe('defaults', () => {
  test('ten lines are a whole configuration', async () => {
    const { config, warnings } = await loadText(houseText(), { env: { HOME: '/home/pi' } });
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      root: 'house',
      stateDirectory: '/home/pi/.local/state/busbar',
      statsIntervalMs: 60_000,
      log: { level: 'info' },
      mqtt: {
        url: undefined,
        password: undefined,
        verifyCertificate: true,
        protocol: 5,
        keepaliveS: 30,
        retain: true,
      },
      broker: {
        enabled: true,
        host: '127.0.0.1',
        port: 1883,
        websocketPort: undefined,
        users: [],
        connectTimeoutMs: 10_000,
      },
      simulator: undefined,
      profileDirectories: [],
    });
    expect(config.sources[0]?.devices[0]).toEqual({
      id: 'mains',
      name: 'Main meter',
      meter: 'eastron-sdm630-v2',
      unitId: 1,
      intervalMs: 5000,
      counterIntervalMs: 5000,
      slowIntervalMs: 60_000,
      wordOrder: undefined,
      gapMs: undefined,
      latencyMs: undefined,
      maxRegisters: undefined,
      only: undefined,
      enable: [],
      disable: [],
      invert: false,
      rating: {},
    });
  });

  test('the embedded broker is off where another is named, unless it is asked for', async () => {
    const other = 'mqtt: { url: "mqtt://192.168.1.10" }\n';
    expect((await loadText(houseText(other))).config.broker.enabled).toBe(false);
    const both = await loadText(houseText(`${other}broker: { enabled: true }`));
    expect(both.config.broker.enabled).toBe(true);
  });

  test('the top interval is for devices without their own, and carries the others with it', async () => {
    const text = houseText('interval: 90').replace('        interval: 5\n', '');
    expect((await loadText(text)).config.sources[0]?.devices[0]).toMatchObject({
      intervalMs: 90_000,
      counterIntervalMs: 90_000,
      slowIntervalMs: 90_000,
    });
  });

  test('lengths of time become whole milliseconds', async () => {
    const text = houseText().replace(
      'interval: 5',
      'interval: 0.3\n        gap: 0.007\n        latency: 0.29',
    );
    expect((await loadText(text)).config.sources[0]?.devices[0]).toMatchObject({
      intervalMs: 300,
      gapMs: 7,
      latencyMs: 290,
    });
  });

  test('the unit may stand in the connection', async () => {
    const text = houseText().replace('parity=none', 'unit=9').replace('        unit: 1\n', '');
    expect(busesOf(await loadText(text))[0]?.devices[0]?.unitId).toBe(9);
  });

  test('unit 0 and 255 are allowed on Modbus TCP', async () => {
    const text = houseText().replace(/rtu:.*/, 'tcp://192.168.1.20');
    for (const unit of [0, 255])
      expect(busesOf(await loadText(text.replace('unit: 1', `unit: ${unit}`)))[0]?.devices[0]?.unitId).toBe(
        unit,
      );
  });

  test('a section whose lines are all commented out is as good as absent', async () => {
    const { config } = await loadText(houseText('mqtt:\n#  url: mqtt://x\nbroker:\nroot:\n'));
    expect(config).toMatchObject({ root: 'house', broker: { enabled: true } });
  });

  test('everything is frozen, however deep', async () => {
    const { config } = await loadText(houseText());
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      expect(Object.isFrozen(value)).toBe(true);
      for (const inner of Object.values(value)) walk(inner);
    };
    walk(config);
  });
});

describe('precedence', () => {
  const file = houseText('root: from_file\nlog: { level: error }\nbroker: { port: 2001 }');

  test('file before default', async () => {
    expect((await loadText(file)).config).toMatchObject({ root: 'from_file', broker: { port: 2001 } });
  });

  test('environment before file, argument before environment', async () => {
    const env = { BUSBAR_ROOT: 'from_env', BUSBAR_BROKER_PORT: '2002', BUSBAR_LOG_LEVEL: 'warn' };
    const overrides = { 'broker.port': '2003', 'log.level': 'debug' };
    const { config } = await loadText(file, { env, overrides });
    expect(config).toMatchObject({ root: 'from_env', broker: { port: 2003 }, log: { level: 'debug' } });
  });

  test('what is not given does not override, and an empty variable is not given', async () => {
    const options = { env: { BUSBAR_ROOT: '' }, overrides: { root: undefined } };
    expect((await loadText(file, options)).config.root).toBe('from_file');
  });

  test('words for true and false', async () => {
    for (const [word, value] of [
      ['false', false],
      ['0', false],
      ['no', false],
      ['TRUE', true],
      ['on', true],
    ] as const)
      expect((await loadText(file, { env: { BUSBAR_MQTT_RETAIN: word } })).config.mqtt.retain).toBe(value);
  });

  test('a default interval from outside is held against the intervals of the file', async () => {
    const text = houseText().replace('interval: 5', 'counterInterval: 10');
    expect(await messagesOf(loadText(text, { env: { BUSBAR_INTERVAL: '30' } }))).toEqual([
      expect.stringContaining('shorter than the default interval of 30'),
    ]);
  });
});

describe('mistakes outside the file', () => {
  test.each([
    ['BUSBAR_BROKER_PORT', '1883x', 'found "1883x"; allowed: a whole number from 1 to 65535'],
    ['BUSBAR_BROKER_PORT', '0x10', 'found "0x10"; allowed: a whole number from 1 to 65535'],
    [
      'BUSBAR_LOG_LEVEL',
      'debgu',
      'found "debgu"; did you mean "debug"? allowed: trace, debug, info, warn, error',
    ],
    ['BUSBAR_MQTT_RETAIN', 'maybe', 'found "maybe"; allowed: true or false'],
    ['BUSBAR_MQTT_PROTOCOL', '3', 'found 3; allowed: 5, 4'],
    [
      'BUSBAR_MQTT_PASSWORD',
      'two\nlines',
      'found (hidden); allowed: text of 1 to 1024 characters on one line',
    ],
    ['BUSBAR_INTERVAL', 'Infinity', 'found "Infinity"; allowed: seconds from 0.1 to 86400, in steps of 0.1'],
  ])('%s=%j names the variable', async (variable, value, words) => {
    const messages = await messagesOf(loadText(houseText(), { env: { [variable]: value } }));
    expect(messages).toEqual([`environment: ${variable}: ${words}`]);
  });

  test('a mistake in an argument names the option', async () => {
    const overrides = { 'broker.port': '70000', 'log.level': 'loud' };
    expect(await messagesOf(loadText(houseText(), { overrides }))).toEqual([
      expect.stringMatching(/^command line: --log-level: found "loud"/),
      expect.stringMatching(/^command line: --broker-port: found 70000/),
    ]);
  });

  test('an argument that does not exist is refused, whatever its name', async () => {
    const overrides = JSON.parse('{"__proto__": "x", "broker.prot": "1"}');
    const messages = await messagesOf(loadText(houseText(), { overrides }));
    expect(messages).toHaveLength(2);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  test('a cross check names where the value came from', async () => {
    const env = { BUSBAR_BROKER_HOST: '0.0.0.0' };
    expect(await messagesOf(loadText(houseText(), { env }))).toEqual([
      expect.stringMatching(/^environment: BUSBAR_BROKER_HOST: found "0.0.0.0".*three ways out/),
    ]);
  });

  test('mistakes of file, environment and arguments come together', async () => {
    const options = { env: { BUSBAR_BROKER_PORT: 'x' }, overrides: { 'log.level': 'y' } };
    expect(await issuesOf(loadText(houseText('root: a//b\nmore: 1'), options))).toHaveLength(4);
  });

  test('a mistyped variable is a warning; others of that prefix are left alone', async () => {
    const env = { BUSBAR_BROKER_PROT: '1', BUSBAR_CONFIG: 'x', BUSBAR_SERVICE_HOST: '10.0.0.1' };
    const { warnings } = await loadText(houseText(), { env });
    expect(warnings.map(formatIssue)).toEqual([
      'environment: BUSBAR_BROKER_PROT: unknown variable, ignored; did you mean "BUSBAR_BROKER_PORT"?',
    ]);
  });
});

describe('known meters', () => {
  test('may be found once the folders of the own profiles are known', async () => {
    const folder = await temporaryFolder();
    const asked: (readonly string[])[] = [];
    const knownMeters = async (folders: readonly string[]) => {
      asked.push(folders);
      return ['something-else'];
    };
    const messages = await messagesOf(
      loadText(houseText(`profileDirectories: [${folder}]`), { knownMeters }),
    );
    expect(asked).toEqual([[folder]]);
    expect(messages).toEqual([expect.stringContaining('unknown meter "eastron-sdm630-v2"')]);
  });

  test('mistakes of profiles join those of the file', async () => {
    const issue = {
      file: 'own.yaml',
      line: 2,
      column: 1,
      path: 'id',
      problem: 'is missing',
      allowed: undefined,
    };
    const knownMeters = async () => {
      throw new IssuesError([issue]);
    };
    const issues = await issuesOf(loadText(houseText('more: 1'), { knownMeters }));
    expect(issues.map(({ path }) => path)).toEqual(['more', 'id']);
  });
});

describe('a file that cannot be read', () => {
  const load = async (name: string, content: string | Uint8Array | undefined) => {
    const file = join(await temporaryFolder(), name);
    if (content !== undefined) await writeFile(file, content);
    return (await issuesOf(loadConfig({ file, env: {}, kinds: SOURCE_KINDS, knownMeters: undefined })))
      .map(formatIssue)
      .join('\n');
  };

  test('says where it looked and how to make one', async () => {
    expect(await load('missing.yaml', undefined)).toMatch(
      /cannot read \/.*missing\.yaml: there is no such file; to make one: cp .*config\/house\.yaml \/.*missing\.yaml/,
    );
  });

  test('over 1 MiB is refused', async () => {
    expect(await load('big.yaml', `#${'x'.repeat(1024 * 1024)}\n`)).toContain(
      'it has more than 1048576 bytes',
    );
  });

  test('what is not UTF-8 is refused', async () => {
    expect(await load('latin.yaml', Buffer.from('root: k\xfcche\n', 'latin1'))).toContain(
      'it is not UTF-8 text',
    );
  });

  test('a folder and a device are refused at once', async () => {
    for (const file of ['/', '/dev/zero'])
      await expect(
        loadConfig({ file, env: {}, kinds: SOURCE_KINDS, knownMeters: undefined }),
      ).rejects.toThrow(/cannot read \//);
  });
});
