import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { ServerTCP } from 'modbus-serial';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { busbar, ended, hasWritten, isListening, spawnBusbar, startPymodbus, stop } from './processes.ts';

/** Debian's Modbus client, written on libmodbus. */
const MBPOLL = '/usr/bin/mbpoll';

const SDM120 = {
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
  fill: 400,
};

describe('a Modbus TCP server of pymodbus', () => {
  let port = 0;
  let server: ChildProcess | undefined;
  beforeAll(async () => {
    port = await freePort();
    server = await startPymodbus(['tcp', String(port)], { 2: SDM120, 77: { words: { holding: { 5: 1 } } } });
  });
  afterAll(() => stop(server));

  it('is read', async () => {
    const { code, stdout } = await busbar('read', 'SDM120M', `tcp://127.0.0.1:${port}?unit=2`, '--json');
    expect(code).toBe(0);
    const { values, unit, meter } = JSON.parse(stdout);
    expect({ unit, meter }).toEqual({ unit: 2, meter: 'eastron-sdm120' });
    const byKey = Object.fromEntries(
      values.map((each: { key: string; value: number }) => [each.key, each.value]),
    );
    expect(byKey).toMatchObject({ v: 231.25, i: 2, p: 400, q: -30, pf: 0.86, f: 49.98, e_imp: 1234.5 });
  });

  it('is scanned: the model where it is known, the number where it is not', async () => {
    const words = ['scan', `tcp://127.0.0.1:${port}`, '--units', '1-4,76-77', '--timeout', '500', '--json'];
    const { code, stdout } = await busbar(...words);
    expect(code).toBe(0);
    const { units, configuration } = JSON.parse(stdout);
    expect(units.map((each: { unit: number; meter?: string }) => [each.unit, each.meter])).toEqual([
      [2, 'eastron-sdm120'],
      [77, undefined],
    ]);
    expect(units[0].certainty).toBe('identified');
    expect(configuration).toContain('meter: eastron-sdm120');
    expect(configuration).not.toContain('unit: 77');
  }, 60_000);

  it('is watched until Ctrl-C, which is no failure', async () => {
    const child = spawnBusbar([
      'read',
      'eastron-sdm120',
      `tcp://127.0.0.1:${port}`,
      '-u',
      '2',
      '--only',
      'v',
      '--json',
      '--watch',
      '0.2',
    ]);
    const result = ended(child);
    let documents = 0;
    child.stdout?.on('data', (bytes: Buffer) => {
      documents += bytes.toString().split('\n').length - 1;
      if (documents >= 3) child.kill('SIGINT');
    });
    const { code, stdout } = await result;
    expect(code).toBe(0);
    for (const line of stdout.trimEnd().split('\n')) expect(JSON.parse(line).values[0].value).toBe(231.25);
  });
});

describe('a server of modbus-serial that answers to every unit', () => {
  let port = 0;
  let server: ServerTCP | undefined;
  beforeAll(async () => {
    port = await freePort();
    const image = new Map<number, number>();
    const put = (address: number, value: number) => {
      const bytes = Buffer.alloc(4);
      bytes.writeFloatBE(value);
      image.set(address, bytes.readUInt16BE(0)).set(address + 1, bytes.readUInt16BE(2));
    };
    for (const [address, value] of Object.entries(SDM120.floats.input)) put(Number(address), value);
    const vector = {
      getInputRegister: (address: number) => image.get(address) ?? 0,
      getHoldingRegister: (address: number) => (address === 64_514 ? 0x20 : 0),
    };
    server = new ServerTCP(vector, { host: '127.0.0.1', port, unitID: 255 });
    await isListening(port);
  });
  afterAll(
    () => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))),
  );

  it('is listed once by scan', async () => {
    const { code, stdout } = await busbar('scan', `tcp://127.0.0.1:${port}`, '--timeout', '500');
    expect(code).toBe(0);
    expect(stdout).toContain('The device answers to every unit number');
    expect(stdout.match(/^ {8}meter: eastron-sdm120$/gm)).toHaveLength(1);
  }, 60_000);

  it('gives read the values that it has', async () => {
    const { code, stdout } = await busbar(
      'read',
      'eastron-sdm120',
      `tcp://127.0.0.1:${port}`,
      '--only',
      'v,p',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^v +231\.25 +V/m);
    expect(stdout).toMatch(/^p +400 +W/m);
  });
});

describe('connections that come to nothing', () => {
  let server: Server | undefined;
  afterEach(
    () => new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve()))),
  );

  it('names a port at which nobody listens, with 69', async () => {
    const { code, stderr } = await busbar('read', 'eastron-sdm120', `tcp://127.0.0.1:${await freePort()}`);
    expect(code).toBe(69);
    expect(stderr).toMatch(/^127\.0\.0\.1:\d+ refuses the connection: nothing listens there/);
  });

  it('names an adapter that only gives back what it was sent', async () => {
    const port = await freePort();
    server = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(port, '127.0.0.1');
    await isListening(port);
    const url = `rtu+tcp://127.0.0.1:${port}?baud=9600`;
    const scan = await busbar('scan', url, '--units', '1-3');
    expect(scan.code).toBe(69);
    expect(scan.stderr).toContain('Nothing but the echo of the own requests came back');
    const read = await busbar('read', 'eastron-sdm120', url, '--only', 'v');
    expect(read.code).toBe(74);
    expect(read.stderr).toContain('only the echo of the request came back');
  }, 60_000);

  it('ends a scan at Ctrl-C with 130', async () => {
    const port = await freePort();
    server = createServer((socket) => socket.on('error', () => {}).resume()).listen(port, '127.0.0.1');
    await isListening(port);
    const child = spawnBusbar(['scan', `rtu+tcp://127.0.0.1:${port}`]);
    const result = ended(child);
    await hasWritten(child, 'units from 1 to 10');
    child.kill('SIGINT');
    const { code, stderr } = await result;
    expect(code).toBe(130);
    expect(stderr).not.toMatch(/\n {4}at /);
  });
});

describe('busbar simulate', () => {
  const running: ChildProcess[] = [];
  afterEach(async () => {
    for (const child of running.splice(0)) await stop(child);
  });

  async function simulate(...words: string[]): Promise<ChildProcess> {
    const child = spawnBusbar(['simulate', ...words]);
    running.push(child);
    await hasWritten(child, 'answering');
    return child;
  }

  it('answers mbpoll as a meter does, until Ctrl-C', async () => {
    const port = await freePort();
    const child = await simulate(
      'eastron-sdm120',
      '--listen',
      `tcp://127.0.0.1:${port}`,
      '--unit',
      '1,2',
      '--unpaced',
    );
    // Voltage: a float in input register 0 (-t 3:float), high word first (-B), numbers from zero (-0), once (-1).
    const words = [
      '-m',
      'tcp',
      '-p',
      String(port),
      '-a',
      '2',
      '-t',
      '3:float',
      '-B',
      '-0',
      '-r',
      '0',
      '-c',
      '1',
      '-1',
    ];
    const { stdout, code } = await ended(spawn(MBPOLL, [...words, '127.0.0.1']));
    expect(code).toBe(0);
    const volts = Number(/^\[0\]:\s+([\d.]+)/m.exec(stdout)?.[1]);
    expect(volts).toBeGreaterThan(200);
    expect(volts).toBeLessThan(260);
    const result = ended(child);
    child.kill('SIGINT');
    expect((await result).code).toBe(0);
  });

  it('meets read and scan with late answers, and none of them is taken for another', async () => {
    const port = await freePort();
    const url = `rtu+tcp://127.0.0.1:${port}?baud=19200`;
    await simulate('eastron-sdm120', '--listen', url, '--unit', '2,4', '--fault', 'late=700:every=3');
    const scan = await busbar('scan', url, '--units', '1-6', '--json');
    const units = JSON.parse(scan.stdout).units.map((each: { unit: number; meter: string }) => [
      each.unit,
      each.meter,
    ]);
    expect(units).toEqual([
      [2, 'eastron-sdm120'],
      [4, 'eastron-sdm120'],
    ]);
    const read = await busbar('read', 'eastron-sdm120', url, '--unit', '4', '--json');
    expect(read.code).toBe(0);
    const values: { key: string; value: number }[] = JSON.parse(read.stdout).values;
    expect(values.find(({ key }) => key === 'f')?.value).toBeCloseTo(50, 0);
    const volts = values.find(({ key }) => key === 'v')?.value ?? 0;
    expect(volts > 200 && volts < 260).toBe(true);
  }, 90_000);

  it('says where another program listens already, with 69', async () => {
    const port = await freePort();
    await simulate('eastron-sdm120', '--listen', `tcp://127.0.0.1:${port}`);
    const { code, stderr } = await busbar(
      'simulate',
      'eastron-sdm120',
      '--listen',
      `tcp://127.0.0.1:${port}`,
    );
    expect(code).toBe(69);
    expect(stderr).toContain(String(port));
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it('names the circuits where one is mistyped', async () => {
    const port = await freePort();
    const words = [
      'simulate',
      'eastron-sdm120',
      '--listen',
      `tcp://127.0.0.1:${port}`,
      '--measures',
      'fridg',
    ];
    const { code, stderr } = await busbar(...words);
    expect(code).toBe(64);
    expect(stderr).toContain('did you mean "fridge"?');
  });
});
