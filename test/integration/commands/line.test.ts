import type { ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load-config.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { isModbusMeter } from '../../../src/sources/modbus-meter/config.ts';
import { openSerialPair, type SerialPair } from '../../support/serial-pair.ts';
import { busbar, startPymodbus, stop } from './processes.ts';

/** An SDM120 and a three-phase PM1200 with low word first, served by pymodbus on an RTU line. */
const METERS = {
  3: {
    floats: {
      input: {
        0: 231.25,
        6: 2,
        12: 400,
        18: 462.5,
        24: -30,
        30: 0.86,
        70: 49.98,
        72: 1234.5,
        74: 0.5,
        76: 3,
        78: 4,
      },
    },
    words: { holding: { 64514: 0x20 } },
    fill: 80,
  },
  9: {
    order: 'little',
    floats: {
      holding: {
        3900: 1500,
        3902: 1350,
        3904: 300,
        3906: 0.9,
        3908: 400,
        3910: 230,
        3912: 6.5,
        3914: 50.02,
        3916: 500,
        3918: 450,
        3920: 100,
        3922: 0.9,
        3924: 400,
        3926: 229,
        3928: 2.2,
        3930: 500,
        3932: 450,
        3934: 100,
        3936: 0.9,
        3938: 400,
        3940: 230,
        3942: 2.2,
        3944: 500,
        3946: 450,
        3948: 100,
        3950: 0.9,
        3952: 400,
        3954: 231,
        3956: 2.2,
      },
    },
    fill: 4100,
  },
};

let pair: SerialPair;
let server: ChildProcess | undefined;
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-line-'));
  pair = await openSerialPair();
  server = await startPymodbus(['rtu', pair.b, '9600'], METERS);
});
afterAll(async () => {
  await stop(server);
  await pair?.close();
  await rm(folder, { recursive: true, force: true });
});

const scanned = (...words: string[]) => busbar('scan', `rtu:${pair.a}`, '--timeout', '500', ...words);

describe('busbar scan on a serial line', () => {
  it('finds two meters of pymodbus and prints a configuration that can be loaded', async () => {
    const { code, stdout, stderr } = await scanned('--baud', '9600', '--parity', 'none', '--units', '2-4,9');
    expect(stderr).toContain('9600 8N1, unit 3 answers');
    expect(code).toBe(0);
    const path = join(folder, 'found.yaml');
    await writeFile(path, stdout);
    const { config } = await loadConfig({
      file: path,
      env: {},
      kinds: SOURCE_KINDS,
      knownMeters: ['eastron-sdm120', 'schneider-em6400', 'schneider-pm1200'],
    });
    expect(config.sources).toHaveLength(1);
    const [bus] = config.sources.filter(isModbusMeter);
    expect(bus?.connection).toMatchObject({
      kind: 'serial',
      path: pair.a,
      line: { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
    });
    const devices = bus?.devices.map(({ id, meter, unitId }) => ({ id, meter, unitId }));
    expect(devices?.[0]).toEqual({ id: 'meter_3', meter: 'eastron-sdm120', unitId: 3 });
    expect(devices?.[1]).toMatchObject({ id: 'meter_9', unitId: 9 });
    // The two models have one map: nothing but the label can tell them apart.
    expect(['schneider-em6400', 'schneider-pm1200']).toContain(devices?.[1]?.meter);
    expect(stdout).toContain('# Unit 9, schneider-pm1200: f 50.02 Hz');
    expect(stdout).toContain('# Unit 9, schneider-em6400: f 50.02 Hz');
    expect((await busbar('check', '--config', path)).code).toBe(0);
  }, 60_000);

  it('sees a word order that is not that of the profile, and writes it down', async () => {
    const own = join(folder, 'profiles');
    await mkdir(own);
    for (const name of ['schneider-pm1200.yaml', 'schneider-em6400.yaml']) {
      const shipped = await readFile(new URL(`../../../config/meters/${name}`, import.meta.url), 'utf8');
      await writeFile(join(own, name), shipped.replace('wordOrder: little', 'wordOrder: big'));
    }
    const words = ['--baud', '9600', '--parity', 'none', '--units', '9', '--json', '--profiles', own];
    const { code, stdout } = await scanned(...words);
    expect(code).toBe(0);
    const found = JSON.parse(stdout);
    expect(found.units[0].word_order).toBe('little');
    expect(found.configuration).toContain('wordOrder: little');
  }, 60_000);

  it('says what to check where no unit answers', async () => {
    const { code, stdout, stderr } = await scanned('--baud', '9600', '--parity', 'none', '--units', '20,21');
    expect(code).toBe(69);
    expect(stdout).toBe('');
    expect(stderr).toContain('No unit answers. Check that the meter has power');
  });

  it('names the ports that are there where the port is not', async () => {
    const { code, stderr } = await busbar('scan', 'rtu:/dev/ttyNONE');
    expect(code).toBe(69);
    expect(stderr).toContain('no serial port /dev/ttyNONE; there ');
  });
});

describe('busbar read on a serial line', () => {
  it('prints the values that pymodbus was given', async () => {
    const { code, stdout } = await busbar(
      'read',
      'eastron-sdm120',
      `rtu:${pair.a}?baud=9600`,
      '-u',
      '3',
      '--only',
      'v,q',
      '--raw',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^v +231\.25 +V +voltage +input 0x0000 +4367 4000$/m);
    expect(stdout).toMatch(/^q +-30 +var +reactive power +input 0x0018 +C1F0 0000$/m);
  });

  it('reads words in the order that it is told', async () => {
    const words = [
      'read',
      'schneider-pm1200',
      `rtu:${pair.a}?baud=9600&parity=none`,
      '--unit',
      '9',
      '--only',
      'f',
      '--json',
    ];
    expect(JSON.parse((await busbar(...words)).stdout).values[0].value).toBe(50.02);
    const swapped = JSON.parse((await busbar(...words, '--word-order', 'big')).stdout).values[0].value;
    expect(swapped).not.toBe(50.02);
  });

  it('names the registers that the meter refuses, and ends with 65', async () => {
    const { code, stdout, stderr } = await busbar(
      'read',
      'eastron-sdm120',
      `rtu:${pair.a}?baud=9600`,
      '-u',
      '3',
      '--only',
      'v,e_tot',
    );
    expect(code).toBe(65);
    expect(stdout).toMatch(/^e_tot +- .*refused by the meter$/m);
    expect(stderr).toContain('Refused: e_tot');
  });

  it('says what to do where nobody answers, and ends with 69', async () => {
    const { code, stdout, stderr } = await busbar(
      'read',
      'eastron-sdm120',
      `rtu:${pair.a}?baud=9600`,
      '-u',
      '5',
      '--only',
      'v',
    );
    expect(code).toBe(69);
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^Unit 5 on rtu:.*: nothing could be read\. .*check unit number, baud rate and parity/,
    );
  });
});
