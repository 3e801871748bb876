import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import type { SourceConfig } from '../../../../src/config/types.ts';
import { IssuesError } from '../../../../src/lib/issue.ts';
import { silentLogger } from '../../../../src/lib/logger.ts';
import { CURRENTCOST_KIND } from '../../../../src/sources/serial-lines/currentcost-kind.ts';
import { ECOMANAGER_KIND } from '../../../../src/sources/serial-lines/ecomanager-kind.ts';
import { EMONTX_KIND } from '../../../../src/sources/serial-lines/emontx-kind.ts';
import { XBEE_KIND } from '../../../../src/sources/serial-lines/xbee-kind.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const KINDS = [CURRENTCOST_KIND, ECOMANAGER_KIND, EMONTX_KIND, XBEE_KIND];
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-serial-kinds-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function load(yaml: string): Promise<readonly SourceConfig[]> {
  const file = join(folder, 'house.yaml');
  await writeFile(file, yaml);
  return (await loadConfig({ file, env: {}, kinds: KINDS, knownMeters: undefined })).config.sources;
}

async function mistakes(yaml: string): Promise<string> {
  const error = await load(yaml).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return error instanceof IssuesError ? error.message : String(error);
}

const section = (type: string, devices: string, more = '') =>
  `sources:\n  - {type: ${type}, id: line, connection: "serial:/dev/ttyUSB0", ${more} devices: [${devices}]}\n`;
const first = async (yaml: string): Promise<SourceConfig> => {
  const [source] = await load(yaml);
  if (source === undefined) throw new Error('no source');
  return source;
};

describe('docs/serial-monitors.md', () => {
  it('shows configurations that can be used as they stand', async () => {
    const page = await readFile('docs/serial-monitors.md', 'utf8');
    const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => yaml ?? '');
    expect(examples.length).toBe(5);
    const types: string[] = [];
    for (const yaml of examples)
      for (const config of await load(yaml)) {
        types.push(config.type);
        const source = await KINDS.find(({ type }) => type === config.type)?.create(config, {
          profiles: new Map(),
          clock: createManualClock(),
          logger: silentLogger,
          stateDirectory: folder,
          ownBroker: async () => undefined,
        });
        expect(source?.devices.length).toBe(config.devices.length);
        for (const device of source?.devices ?? []) expect(device.quantities.length).toBeGreaterThan(0);
      }
    expect(types).toEqual(['currentcost', 'ecomanager', 'emontx', 'emontx', 'xbee']);
  });
});

describe('the section of a Current Cost display', () => {
  it.each([
    ['', 57_600],
    ['model: envir,', 57_600],
    ['model: classic,', 9600],
  ])('with "%s" has %d baud', async (model, baud) => {
    const config = await first(section('currentcost', '{id: a, sensor: 0}', model));
    expect(config).toMatchObject({ connection: { line: { baud } }, silenceMs: 60_000 });
    expect(config.devices[0]).toMatchObject({ intervalMs: 6000, channel: 'all', lines: 1 });
  });

  it('keeps the speed that the user wrote', async () => {
    const yaml = section('currentcost', '{id: a, sensor: 0}', 'model: classic,').replace(
      'USB0',
      'USB0?baud=2400',
    );
    expect(await first(yaml)).toMatchObject({ connection: { line: { baud: 2400 } } });
  });

  it.each([
    ['{id: a}', /devices\[0\]\.sensor/],
    ['{id: a, sensor: 10}', /0 to 9/],
    ['{id: a, sensor: 0, channel: 4}', /1, 2, 3 or all/],
    ['{id: a, sensor: 0, channel: 1, lines: 3}', /one channel cannot be three lines/],
  ])('of the device %s tells the mistake', async (device, message) => {
    expect(await mistakes(section('currentcost', device))).toMatch(message);
  });
});

describe('the section of emonTx', () => {
  it('has the usual values of what its node sends', async () => {
    const config = await first(section('emontx', '{id: a, node: 8, input: 3}, {id: b, node: 15}, {id: c}'));
    const codes = config.devices.map((device) =>
      (device as unknown as { values: { code: string; isOptional: boolean }[] }).values.map(
        ({ code, isOptional }) => code + (isOptional ? '?' : ''),
      ),
    );
    expect(codes).toEqual([
      ['p', 'v'],
      ['p', 'v', 'e_imp'],
      ['p', 'v', 'e_imp?'],
    ]);
    expect(config.devices[0]).toMatchObject({ intervalMs: 10_000 });
  });

  it.each([
    ['{id: a, node: 8, values: [{quantity: watts, field: power1}]}', /unknown quantity "watts"/],
    ['{id: a, node: 8, values: [{quantity: p, field: powr}]}', /node 8 has no field powr/],
    ['{id: a, values: [{quantity: p, field: p1, unit: V}]}', /"V" is no unit of p/],
    ['{id: a, values: [{quantity: p, field: p1}, {quantity: p, field: p2}]}', /a second value for p/],
    ['{id: a, input: 2, values: [{quantity: p, field: p1}]}', /input has no meaning/],
    ['{id: a, node: 256}', /0 to 255/],
    ['{id: a, node: 20}', /node 20 has no layout/],
    ['{id: a, node: 20, values: [{quantity: p, field: power1}]}', /node 20 has no layout/],
    ['{id: a, node: 8, input: 7}', /no usual field for clamp 7/],
  ])('of the device %s tells the mistake', async (device, message) => {
    expect(await mistakes(section('emontx', device))).toMatch(message);
  });

  it('tells a layout that cannot be', async () => {
    const layouts =
      'layouts: {300: [{name: a, type: int16}], 3: [{name: a, type: int8}, {name: A, type: int8}]},';
    const text = await mistakes(section('emontx', '{id: a}', layouts));
    expect(text).toMatch(/node number from 0 to 255/);
    expect(text).toMatch(/a second field with the name a/);
    const type = 'layouts: {3: [{name: a, type: int12}]},';
    expect(await mistakes(section('emontx', '{id: a}', type))).toMatch(/int8, uint8/);
  });
});

describe('the section of XBee modules', () => {
  const value = '{quantity: p, channel: 1}';

  it('takes addresses as people write them', async () => {
    const config = await first(
      section(
        'xbee',
        `{id: a, address: "0013A200-40522BAA", values: [${value}]}, {id: b, address: "0x7D84", values: [${value}]}`,
      ),
    );
    expect(config.devices.map((device) => (device as unknown as { address: string }).address)).toEqual([
      '0013a20040522baa',
      '7d84',
    ]);
    expect(config).toMatchObject({ apiMode: 1, connection: { line: { baud: 9600 } } });
  });

  it.each([
    [`{id: a, address: 1234, values: [${value}]}`, /in quotes/],
    [`{id: a, address: "12345", values: [${value}]}`, /16 hexadecimal digits/],
    ['{id: a, address: "1234", values: []}', /values/],
    ['{id: a, address: "1234", values: [{quantity: p}]}', /one of channel, number, key/],
    ['{id: a, address: "1234", values: [{quantity: p, channel: 1, key: P}]}', /one of channel, number, key/],
    ['{id: a, address: "1234", values: [{quantity: p, key: P, per: mV}]}', /beside channel only/],
    ['{id: a, address: "1234", values: [{quantity: p, channel: 6}]}', /0 to 5, or supply/],
  ])('of the device %s tells the mistake', async (device, message) => {
    expect(await mistakes(section('xbee', device))).toMatch(message);
  });
});

it('a radio id of the EcoManager is a number of 32 bits', async () => {
  expect(await first(section('ecomanager', '{id: a, radio: 4294967295}'))).toMatchObject({
    connection: { line: { baud: 115_200 } },
  });
  expect(await mistakes(section('ecomanager', '{id: a, radio: 4294967296}'))).toMatch(/4294967295/);
});
