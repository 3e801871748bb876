import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isLoopback } from '../../../src/config/host-name.ts';
import { issuesOf, loadText, temporaryFolder } from './load-text.ts';

/** A file with one source for each connection, and one simulated bus for each of the others. */
function house(sources: readonly string[], buses: readonly string[] = [], top = ''): string {
  const source = (connection: string, n: number) =>
    `  - { type: modbus-meter, id: bus${n}, connection: "${connection}", devices: [{ id: m${n}, meter: a, unit: 1 }] }\n`;
  const bus = (connection: string) =>
    `    - { connection: "${connection}", meters: [{ unit: 1, meter: a, measures: mains }] }\n`;
  const simulator = buses.length === 0 ? '' : `simulator:\n  buses:\n${buses.map(bus).join('')}`;
  return `${top}sources:\n${sources.map(source).join('')}${simulator}`;
}

const pathsOf = async (text: string) => (await issuesOf(loadText(text))).map(({ path }) => path);

describe('ports in use twice', () => {
  test.each([
    [
      'the same host under other settings',
      house(['tcp://h:502', 'rtu+tcp://h:502?baud=9600']),
      'sources[1].connection',
    ],
    [
      'two simulated buses',
      house(['tcp://h'], ['tcp://127.0.0.1:5021', 'rtu+tcp://localhost:5021']),
      'simulator.buses[1].connection',
    ],
    ['one of them everywhere', house(['tcp://h'], ['tcp://0.0.0.0:1883']), 'simulator.buses[0].connection'],
    [
      'a simulated bus at the end of the line that a source opens',
      house(['rtu:/dev/pts/4'], ['rtu:/dev/pts/4']),
      'sources[0].connection',
    ],
    [
      'a meter where the broker is',
      house(['tcp://localhost:1900'], [], 'broker: { port: 1900 }\n'),
      'sources[0].connection',
    ],
  ])('%s', async (_, text, path) => {
    expect(await pathsOf(text)).toEqual([path]);
  });

  test('two names of one serial port are one port', async () => {
    const folder = await temporaryFolder();
    const port = join(folder, 'ttyUSB0');
    const byId = join(folder, 'usb-FTDI');
    await writeFile(port, '');
    await symlink(port, byId);
    expect(await pathsOf(house([`rtu:${port}`, `rtu:${byId}`]))).toEqual(['sources[1].connection']);
  });
});

describe('ports used rightly', () => {
  test.each([
    ['a source that polls a simulated bus', house(['tcp://127.0.0.1:5021'], ['tcp://127.0.0.1:5021'])],
    ['TCP and UDP', house(['rtu+tcp://h:4001', 'rtu+udp://h:4001'])],
    [
      'the port of a broker that is off',
      house(['tcp://localhost:1883'], [], 'mqtt: { url: "mqtt://other" }\n'),
    ],
    ['the same port of another computer', house(['tcp://192.168.1.20:1883'])],
    ['two ends of a serial line', house(['rtu:/dev/pts/4'], ['rtu:/dev/pts/5'])],
    ['two addresses of this computer', house(['tcp://h'], ['tcp://127.0.0.1:5021', 'tcp://127.0.0.2:5021'])],
  ])('%s', async (_, text) => {
    await expect(loadText(text)).resolves.toHaveProperty('warnings', []);
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.8.8', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['LOCALHOST', true],
  ['0.0.0.0', false],
  ['::', false],
  ['::2', false],
  ['fd00::1', false],
  ['1::1', false],
  ['192.168.1.1', false],
  ['localhost.example', false],
])('%s is reached from this computer only: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
