import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busbar } from './processes.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-commands-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

const meters = (count: number, interval: number) =>
  Array.from(
    { length: count },
    (_, n) =>
      `      - { id: plug_${n + 1}, meter: peacefair-pzem016, unit: ${n + 1}, interval: ${interval} }`,
  ).join('\n');

const busOf = (devices: string) =>
  `sources:\n  - type: modbus-meter\n    id: plugs\n    connection: rtu:/dev/ttyNONE?baud=9600\n    devices:\n${devices}\n`;

describe('busbar check', () => {
  it('prints devices, topics and plan of the shipped house, and opens nothing', async () => {
    const { code, stdout, stderr } = await busbar('check');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('config/house.yaml: no mistakes.');
    expect(stdout).toMatch(/^mains +Whole house +panel +modbus-meter +SDM630-Modbus V2 +1 +5 s$/m);
    expect(stdout).toContain('house/mains/');
    expect(stdout).toMatch(/input +0x0000-0x0009 +10 +7 +72 ms/);
    expect(stdout).toContain('messages a second');
  });

  it('accepts a port that is not there: it is not opened', async () => {
    const path = await file('absent.yaml', busOf(meters(2, 5)));
    expect((await busbar('check', '--config', path)).code).toBe(0);
  });

  it('tells all mistakes at once, with their places, and ends with 78', async () => {
    const path = await file(
      'broken.yaml',
      'root: a#b\nsources:\n  - type: modbus-meter\n    id: panel\n    connection: rtu:/dev/x?baud=96\n' +
        '    devices:\n      - id: Mains\n        meter: eastron-sdm630\n        unit: 300\n        intervall: 5\n',
    );
    const { code, stdout, stderr } = await busbar('check', '--config', path);
    expect(code).toBe(78);
    expect(stdout).toBe('');
    for (const [line, what] of [
      [1, 'root'],
      [5, 'baud'],
      [7, 'id'],
      [8, 'unknown meter "eastron-sdm630"; did you mean'],
      [9, 'unit'],
      [10, 'did you mean "interval"'],
    ])
      expect(stderr).toMatch(new RegExp(`broken\\.yaml:${line}:\\d+: .*${what}`));
    expect(stderr).toContain('6 mistakes');
    expect(stderr).not.toMatch(/\n {4}at /);
    const json = await busbar('check', '--json', '--config', path);
    expect(json.code).toBe(78);
    expect(JSON.parse(json.stdout).mistakes).toHaveLength(6);
  });

  it('says how to begin where there is no file', async () => {
    const { code, stderr } = await busbar('check', '--config', join(folder, 'none.yaml'));
    expect(code).toBe(78);
    expect(stderr).toContain('there is no such file');
  });

  it('warns of what the line cannot carry', async () => {
    const path = await file('busy.yaml', busOf(meters(3, 0.2)));
    const { code, stderr } = await busbar('check', '--config', path);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: plugs: the line cannot carry/m);
  });
});

describe('busbar plan', () => {
  it('refuses intervals that the line cannot carry: 3 x 72 ms every 200 ms are 108 per cent', async () => {
    const path = await file('plan.yaml', busOf(meters(3, 0.2)));
    const { code, stderr, stdout } = await busbar('plan', '--config', path);
    expect(code).toBe(78);
    expect(stderr).toContain('plug_1 (72 ms every 0.2 s) 36 %');
    expect(stderr).toContain('= 108 % of the time');
    expect(stdout).toContain('bus load 108 %');
  });

  it('gives programs the same numbers', async () => {
    const path = await file('json.yaml', busOf(meters(2, 1)));
    const { code, stdout } = await busbar('plan', '--json', '--config', path);
    expect(code).toBe(0);
    const plan = JSON.parse(stdout);
    expect(plan.buses[0].load_percent).toBeCloseTo(14.433, 2);
    expect(plan.buses[0].devices[0].slots[0].requests).toMatchObject([
      { table: 'input', address: 0, registers: 10, line_ms: 72.167 },
    ]);
    expect(plan.messages_per_second).toBe(16);
  });

  it('reckons with another latency when it is told to', async () => {
    const path = await file('latency.yaml', busOf(meters(1, 1)));
    const { stdout } = await busbar('plan', '--latency', '130', '--config', path);
    expect(stdout).toMatch(/10 +7 +172 ms/);
  });
});
