import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/config/types.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { loadProfile, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import { simulateMeter } from '../../../src/simulator/simulate-meter.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { freePort } from '../../support/free-port.ts';
import { openSerialPair } from '../../support/serial-pair.ts';
import { connectRaw, readRequest, withCrc } from './raw-client.ts';
import { frozenClock, LINE_9600, type Served, serve, tcp } from './serve.ts';

const REQUEST = readRequest(1, 4, 0, 2);
const ANSWER = withCrc([1, 4, 4, 0x43, 0x66, 0x33, 0x33]);

let served: Served | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
});

describe('wires', () => {
  it('answer a datagram with one datagram, and nothing to half a frame', async () => {
    const connection: Connection = {
      kind: 'udp',
      framing: 'rtu',
      host: '127.0.0.1',
      port: 0,
      line: LINE_9600,
      unitId: undefined,
    };
    served = await serve(connection, { paced: true, turnaroundMs: 5 });
    const socket = createSocket('udp4');
    const arrived: Buffer[] = [];
    const answered = new Promise<void>((resolve) =>
      socket.on('message', (bytes) => {
        arrived.push(bytes);
        resolve();
      }),
    );
    socket.send(REQUEST.subarray(0, 4), served.port, '127.0.0.1');
    socket.send(REQUEST.subarray(4), served.port, '127.0.0.1');
    socket.send(REQUEST, served.port, '127.0.0.1');
    await answered;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(arrived).toEqual([ANSWER]);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });

  it('take up a serial port again that was gone', async () => {
    const pair = await openSerialPair();
    try {
      served = await serve({
        kind: 'serial',
        framing: 'rtu',
        path: pair.a,
        line: LINE_9600,
        unitId: undefined,
      });
      expect(await askOverSerial(pair.b)).toEqual(ANSWER);
      await pair.unplug();
      await pair.replug();
      expect(await askOverSerial(pair.b)).toEqual(ANSWER);
    } finally {
      await served?.close();
      served = undefined;
      await pair.close();
    }
  });

  it('say what is wrong where they cannot be opened', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', () => resolve()));
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    for (const framing of ['rtu', 'mbap'] as const) {
      await expect(serve(tcp(framing, undefined, port))).rejects.toThrow(
        `the simulator cannot open 127.0.0.1:${port}: the port is in use`,
      );
    }
    await new Promise<void>((resolve) => taken.close(() => resolve()));
    const missing: Connection = {
      kind: 'serial',
      framing: 'rtu',
      path: '/dev/none',
      line: LINE_9600,
      unitId: undefined,
    };
    await expect(serve(missing)).rejects.toThrow('the simulator cannot open /dev/none');
    await expect(serve({ ...missing, path: 'usb:1a86:7523' })).rejects.toThrow('name the device itself');
  });
});

describe('the simulator', () => {
  it('closes what was open when another bus cannot be opened, and says why in both places', async () => {
    const profile = await loadProfile('eastron-sdm630-v2', [shippedProfileDirectory()]);
    const port = await freePort();
    const { config, profiles } = simulateMeter({ profile, connection: tcp('rtu', undefined, port) });
    const twice = { ...config, buses: [...config.buses, ...config.buses] };
    const clock = frozenClock(Date.UTC(2026, 10, 22));
    const simulator = createSimulator({ config: twice, profiles, clock, logger: silentLogger });
    const running = simulator.run(new AbortController().signal);
    await expect(running).rejects.toThrow('the port is in use');
    await expect(simulator.listening).rejects.toThrow('the port is in use');
    await expect(connectRaw(port)).rejects.toThrow('ECONNREFUSED');
  });

  it('shows energies that are not negative on a clock that has not been set', async () => {
    const profile = await loadProfile('eastron-sdm630-v2', [shippedProfileDirectory()]);
    const simulator = createSimulator({
      ...simulateMeter({ profile, connection: tcp('rtu') }),
      clock: frozenClock(5_000),
      logger: silentLogger,
    });
    expect(simulator.truth().at(5_000).mains.energy.e_imp).toBeCloseTo(18342.117, 2);
  });
});

/** Opens the port, asks until an answer comes (the other side may need a moment), closes it. */
async function askOverSerial(path: string): Promise<Buffer> {
  const serialPort = new SerialPort({ path, baudRate: 9600, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    serialPort.open((error) => (error instanceof Error ? reject(error) : resolve()));
  });
  let bytes = Buffer.alloc(0);
  serialPort.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
  });
  serialPort.on('error', () => {});
  for (let n = 0; n < 50 && bytes.length < ANSWER.length; n++) {
    serialPort.write(REQUEST);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await new Promise<void>((resolve) => serialPort.close(() => resolve()));
  return bytes.subarray(0, ANSWER.length);
}
