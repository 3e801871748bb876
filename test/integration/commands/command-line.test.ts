import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import packageFile from '../../../package.json' with { type: 'json' };
import { busbar, ended } from './processes.ts';

const COMMANDS = ['run', 'check', 'plan', 'read', 'scan', 'meters', 'simulate'];

describe('the command line', () => {
  it('prints its version and lists its commands', async () => {
    expect(await busbar('--version')).toEqual({ code: 0, stdout: `${packageFile.version}\n`, stderr: '' });
    const { code, stdout } = await busbar('--help');
    expect(code).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(`\n  ${command} `);
  });

  it.each(COMMANDS)('%s has help with an example', async (command) => {
    const { code, stdout } = await busbar(command, '--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`Examples?:\\n  busbar ${command}`));
  });

  it.each([
    [['raed'], 'Did you mean "read"?'],
    [['read'], "missing required argument 'model'"],
    [['meters', '--jsn'], 'Did you mean --json?'],
    [['scan', 'tcp://h', '--units', '1-999'], 'found "1-999"; allowed: numbers and ranges'],
    [['scan', '/dev/ttyUSB0'], 'did you mean "rtu:/dev/ttyUSB0"?'],
    [['scan', 'tcp://h', '--baud', '9600'], 'are for serial ports'],
    [['scan', 'rtu+tcp://h:4001', '--units', '0-9'], 'a line has units 1 to 247'],
    [['read', 'sdm12', 'tcp://h'], 'eastron-sdm120'],
    [['simulate'], 'nothing to simulate'],
    [['simulate', 'eastron-sdm120'], 'where shall it answer?'],
    [['simulate', 'eastron-sdm120', '--listen', 'tcp://h', '--fault', 'lat'], 'did you mean "late"?'],
  ])('%j is refused with 64 and a sentence', async (words, sentence) => {
    const { code, stdout, stderr } = await busbar(...words);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n {4}at /);
    expect(stdout).toBe('');
    expect(code).toBe(64);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const command = `"${process.execPath}" dist/busbar.js meters eastron-sdm630-v2; echo "code $?" >&2`;
    const { stdout, stderr } = await ended(spawn('/bin/sh', ['-c', `{ ${command}; } | head -n 1`]));
    expect(stdout).toMatch(/^eastron-sdm630-v2: Eastron/);
    expect(stderr).toBe('code 0\n');
  });
});

describe('busbar meters', () => {
  it('lists the models', async () => {
    const { code, stdout } = await busbar('meters');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^peacefair-pzem016 +Peacefair +PZEM-016 +1 +7 +\d+$/m);
  });

  it('shows everything about one, under any of its names', async () => {
    const { stdout } = await busbar('meters', 'em2172d');
    expect(stdout).toMatch(/^carlo-gavazzi-em21-72d: Carlo Gavazzi EM21-72D, three lines/);
    expect(stdout).toMatch(/^i_l1 +input +12 +0x000C +int32 +little +0\.001 +A +live +yes +\?$/m);
    expect(stdout).toContain('? i_l1, i_l2, i_l3: scale conflicts');
    expect(stdout).toContain('9600 baud, parity none, 1 stop bit, unit 1');
    expect(stdout).toContain('[em21-cp] Manufacturer document');
  });

  it('names the nearest to a mistyped one', async () => {
    const { code, stderr } = await busbar('meters', 'eastron-smd120');
    expect(code).toBe(64);
    expect(stderr).toContain('did you mean eastron-sdm120?');
  });

  it('gives programs the whole profile', async () => {
    const { stdout } = await busbar('meters', 'schneider-ion6200', '--json');
    const profile = JSON.parse(stdout);
    expect(profile.scales[0].meaning).toMatchObject({ 0: 1000 });
    expect(profile.registers[0]).toMatchObject({ key: 'v_l1', address: 99, scale: { register: 'voltage' } });
  });
});
