import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { defaultConfigFile, defaultStateDirectory, resolvePath } from '../../../src/config/folders.ts';
import { houseJsonSchema } from '../../../src/config/json-schema.ts';
import { loadConfig } from '../../../src/config/load-config.ts';
import { LOADS } from '../../../src/simulator/house-loads.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { busesOf, loadText } from './load-text.ts';

const file = defaultConfigFile();
const load = () =>
  loadConfig({ file, env: { HOME: '/home/pi' }, kinds: SOURCE_KINDS, knownMeters: undefined });

test('the shipped configuration is found, and has no mistakes', async () => {
  expect(existsSync(file)).toBe(true);
  expect((await load()).warnings).toEqual([]);
});

test('every simulated meter is polled as the model that it is, each five seconds', async () => {
  const loaded = await load();
  const polled = busesOf(loaded).flatMap(({ connection, devices }) =>
    devices.map(({ unitId, meter, intervalMs, counterIntervalMs }) => {
      expect([intervalMs, counterIntervalMs]).toEqual([5000, 5000]);
      return { connection, unitId, meter };
    }),
  );
  const simulated = (loaded.config.simulator?.buses ?? []).flatMap(({ connection, meters }) =>
    meters.map(({ unitId, profile }) => ({ connection, unitId, meter: profile })),
  );
  expect(polled).toEqual(simulated);
});

test('what is measured exists in the simulated house', async () => {
  const { config } = await load();
  const { buses = [], sticks = [], mqtt } = config.simulator ?? {};
  const measured = [
    ...buses.flatMap(({ meters }) => meters),
    ...sticks.flatMap(({ circles }) => circles),
    ...(mqtt?.zigbee2mqtt?.plugs ?? []),
    ...(mqtt?.tasmota ?? []),
    ...(mqtt?.shelly ?? []),
  ].map(({ measures }) => measures);
  // Each load has at most one meter of its own; what is left is the derived device's.
  expect(new Set(measured).size).toBe(measured.length);
  expect(config.derived.map(({ id }) => id)).toEqual(['unmetered']);
  expect(measured.filter((name) => !['mains', 'solar', ...Object.keys(LOADS)].includes(name))).toEqual([]);
  expect(measured.slice(0, 2)).toEqual(['mains', 'solar']);
});

test('its meters are shipped profiles', async () => {
  const meters = busesOf(await load()).flatMap(({ devices }) => devices.map(({ meter }) => meter));
  for (const meter of new Set(meters))
    expect(existsSync(resolve(dirname(file), 'meters', `${meter}.yaml`)), meter).toBe(true);
});

test('the example for an own meter in its comments is a sound configuration', async () => {
  const comment = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('#   '))
    .map((line) => line.slice(4));
  const start = comment.indexOf('sources:');
  const end = comment.findIndex((line, index) => index > start && line.startsWith('mqtt:'));
  const { config } = await loadText(comment.slice(start, end).join('\n'));
  expect(config.sources[0]?.devices[0]).toMatchObject({ id: 'mains', intervalMs: 5000, unitId: 1 });
});

test('the JSON Schema that editors use is the one of the code', async () => {
  const path = fileURLToPath(new URL('../../../docs/schema/house.schema.json', import.meta.url));
  const text = `${JSON.stringify(houseJsonSchema(SOURCE_KINDS), null, 2)}\n`;
  if (process.env.UPDATE_SCHEMA === '1') await writeFile(path, text);
  expect(await readFile(path, 'utf8'), 'UPDATE_SCHEMA=1 npx vitest run writes it anew').toBe(text);
  const [, relative = ''] =
    /^# yaml-language-server: \$schema=(\S+)/.exec(await readFile(file, 'utf8')) ?? [];
  expect(resolve(dirname(file), relative)).toBe(path);
});

test.each([
  [{ STATE_DIRECTORY: '/var/lib/busbar:/var/lib/more', HOME: '/home/pi' }, '/var/lib/busbar'],
  [{ XDG_STATE_HOME: '/home/pi/state', HOME: '/home/pi' }, '/home/pi/state/busbar'],
  [{ XDG_STATE_HOME: 'relative', HOME: '/home/pi' }, '/home/pi/.local/state/busbar'],
  [{ STATE_DIRECTORY: '', HOME: '/home/pi' }, '/home/pi/.local/state/busbar'],
])('state is kept where the system says: %j', (env, folder) => {
  expect(defaultStateDirectory(env)).toBe(folder);
});

test('a path begins at the folder of the file, at the home with "~/", or at the root', () => {
  const env = { HOME: '/home/pi' };
  expect(resolvePath('a/b', '/etc/busbar', env)).toBe('/etc/busbar/a/b');
  expect(resolvePath('../b', '/etc/busbar', env)).toBe('/etc/b');
  expect(resolvePath('~/b', '/etc/busbar', env)).toBe('/home/pi/b');
  expect(resolvePath('/b', '/etc/busbar', env)).toBe('/b');
});

test('a relative state folder begins at the file, one from the environment at the working folder', async () => {
  const text = `stateDirectory: state\n${(await readFile(file, 'utf8')).replace(/^root: house$/m, '')}`;
  const fromFile = (await loadText(text)).config.stateDirectory;
  expect(fromFile).toMatch(/busbar-config-.*\/state$/);
  const env = { BUSBAR_STATE_DIRECTORY: 'state' };
  expect((await loadText(text, { env })).config.stateDirectory).toBe(resolve('state'));
});
