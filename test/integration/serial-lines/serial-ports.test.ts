import { open } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ByteConnection } from '../../../src/config/types.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import type { Source } from '../../../src/domain/source.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { KNOWN_LAYOUTS } from '../../../src/protocols/emon/layout.ts';
import type { EmonValueConfig } from '../../../src/sources/serial-lines/config.ts';
import { createCurrentCostSource } from '../../../src/sources/serial-lines/currentcost.ts';
import { createEcoManagerSource } from '../../../src/sources/serial-lines/ecomanager.ts';
import { createEmonTxSource } from '../../../src/sources/serial-lines/emontx.ts';
import { createXBeeSource } from '../../../src/sources/serial-lines/xbee.ts';
import fixture from '../../fixtures/plugs/serial.json' with { type: 'json' };
import { openSerialPair } from '../../support/serial-pair.ts';

const clock = createSystemClock();
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const common = (id: string) => ({ id, name: id, intervalMs: 6000, invert: false, rating: {} });
const emonValue = (code: EmonValueConfig['code'], field: string): EmonValueConfig => ({
  code,
  fields: [field],
  scale: 1,
  unit: undefined,
  isOptional: false,
});

/** Every kind of source, and what it must make of each published sample. */
const CASES: Record<string, { create(connection: ByteConnection): Source; readonly p: number }> = {
  'currentcost-cc128': { create: currentCost, p: 1352 },
  'currentcost-classic': { create: currentCost, p: 168 },
  'ecomanager-trx-line': {
    create: (connection) =>
      createEcoManagerSource(
        {
          type: 'ecomanager',
          id: 'line',
          connection,
          silenceMs: 60_000,
          devices: [{ ...common('dev'), radio: 123, sensor: 3 }],
        },
        clock,
      ),
    p: 500,
  },
  'emonhub-frame-emontx3': {
    create: (connection) =>
      createEmonTxSource(
        {
          type: 'emontx',
          id: 'line',
          connection,
          silenceMs: 60_000,
          layouts: KNOWN_LAYOUTS,
          devices: [
            { ...common('dev'), node: 8, values: [emonValue('p', 'power1'), emonValue('v', 'vrms')] },
          ],
        },
        clock,
      ),
    p: 2420,
  },
  'xbee-io-sample-92': { create: (connection) => xbee(connection, '0013a20040522baa', 1), p: 549 },
  'xbee-io-sample-92-two': { create: (connection) => xbee(connection, '0013a200415b7ed6', 2), p: 1023 },
};

function currentCost(connection: ByteConnection): Source {
  const device = { sensor: 0, channel: 'all', radio: undefined, lines: 1, hasTemperature: false } as const;
  return createCurrentCostSource(
    {
      type: 'currentcost',
      id: 'line',
      model: 'cc128',
      connection,
      silenceMs: 60_000,
      devices: [{ ...common('dev'), ...device }],
    },
    clock,
  );
}

function xbee(connection: ByteConnection, address: string, channel: 1 | 2): Source {
  const values = [
    { code: 'p', from: { kind: 'channel', channel, per: 'count' }, scale: 1, offset: 0 },
  ] as const;
  return createXBeeSource(
    {
      type: 'xbee',
      id: 'line',
      connection,
      silenceMs: 60_000,
      apiMode: 1,
      referenceMv: undefined,
      devices: [{ ...common('dev'), address, values }],
    },
    clock,
  );
}

const CRLF = Buffer.from('\r\n');

function bytesOf(id: string): Buffer {
  const sample = fixture.samples.find((each) => each.id === id);
  if (sample?.hex !== undefined) return Buffer.from(sample.hex, 'hex');
  const payload = sample?.payload;
  return Buffer.concat([Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload)), CRLF]);
}

function start(source: Source) {
  const events: GatewayEvent[] = [];
  const ended = new AbortController();
  const running = source.run((event) => events.push(event), ended.signal);
  undo.push(async () => {
    ended.abort();
    await running;
  });
  return events;
}

async function until(
  isDone: () => boolean,
  again: () => Promise<unknown> | unknown = () => {},
): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!isDone()) {
    if (performance.now() > giveUpAt) throw new Error('it did not happen');
    await again();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const powers = (events: readonly GatewayEvent[]) =>
  events.flatMap((event) =>
    event.type === 'sample'
      ? event.sample.readings.filter(({ code }) => code === 'p').map(({ value }) => value)
      : [],
  );
const codes = (events: readonly GatewayEvent[]) =>
  events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));

async function serialPair() {
  const pair = await openSerialPair();
  undo.push(() => pair.close());
  const connection: ByteConnection = {
    kind: 'serial',
    path: pair.a,
    line: { baud: 57_600, dataBits: 8, parity: 'none', stopBits: 1 },
  };
  const say = async (bytes: Uint8Array) => {
    const end = await open(pair.b, 'r+');
    await end.write(bytes);
    await end.close();
  };
  return { pair, connection, say };
}

describe.each(Object.entries(CASES))('a published sample, %s', (id, { create, p }) => {
  it('comes through a real serial port, in two pieces', async () => {
    const { connection, say } = await serialPair();
    const source = create(connection);
    const events = start(source);
    await until(() => Number(source.statistics().opened) > 0);
    const bytes = bytesOf(id);
    await say(bytes.subarray(0, 9));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await say(bytes.subarray(9));
    await until(() => powers(events).length > 0);
    expect(powers(events)).toEqual([p]);
    expect(events.length).toBe(1);
  });
});

describe('a received packet without a number', () => {
  it('gives no reading', async () => {
    const { connection, say } = await serialPair();
    const source = xbee(connection, '0013a20040522baa', 1);
    const events = start(source);
    await until(() => Number(source.statistics().opened) > 0);
    await say(Buffer.concat([bytesOf('xbee-rx-90'), bytesOf('xbee-io-sample-92')]));
    await until(() => powers(events).length > 0);
    expect(powers(events)).toEqual([549]);
    expect(source.statistics()).toMatchObject({ messages: { payload: 1, samples: 1 } });
  });
});

describe('an adapter', () => {
  it('that is pulled out and plugged in again gives samples again, and two notices', async () => {
    const { pair, connection, say } = await serialPair();
    const source = currentCost(connection);
    const events = start(source);
    const message = bytesOf('currentcost-cc128');
    await until(() => Number(source.statistics().opened) > 0);
    await say(message);
    await until(() => powers(events).length === 1);
    await say(message.subarray(0, 50));
    await pair.unplug();
    await until(() => codes(events).includes('port-lost'));
    await pair.replug();
    await until(() => codes(events).includes('port-open'));
    await say(message.subarray(50));
    await say(message);
    await until(() => powers(events).length === 2);
    expect(codes(events)).toEqual(['port-lost', 'port-open']);
    const states = events.flatMap((event) => (event.type === 'availability' ? [event.state] : []));
    expect(states).toEqual(['offline']);
  });
});

describe('a serial server', () => {
  it('that closes the connection is called again', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    undo.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const events = start(currentCost({ kind: 'tcp', host: '127.0.0.1', port }));
    await until(() => sockets.length === 1);
    sockets[0]?.end(bytesOf('currentcost-cc128'));
    await until(() => sockets.length === 2);
    sockets[1]?.write(bytesOf('currentcost-classic'));
    await until(() => powers(events).length === 2);
    expect(powers(events)).toEqual([1352, 168]);
    expect(codes(events)).toEqual(['port-lost', 'port-open']);
  });
});
