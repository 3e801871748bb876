import { afterEach, describe, expect, it } from 'vitest';
import { connectRaw, readRequest, withCrc } from './raw-client.ts';
import { LINE_9600, plainMeter, type Served, serve, tcp } from './serve.ts';

const REQUEST = readRequest(1, 4, 0, 2);
const ANSWER = withCrc([1, 4, 4, 0x43, 0x66, 0x33, 0x33]);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let served: Served | undefined;
afterEach(async () => served?.close());

describe('a simulated line', () => {
  it('keeps silent for other units and for damaged requests, and answers again after a silence', async () => {
    served = await serve(tcp('rtu'));
    const client = await connectRaw(served.port);
    client.send(readRequest(2, 4, 0, 2));
    expect(await client.receive(1, 120)).toHaveLength(0);
    expect(served.line.log.at(-1)).toMatchObject({ unitId: 2, isKnownUnit: false });
    client.send(Buffer.from(REQUEST).fill(0xff, 7));
    client.send(REQUEST);
    expect(await client.receive(1, 200)).toHaveLength(0);
    client.send(REQUEST);
    expect(hex(await client.receive(ANSWER.length))).toBe(hex(ANSWER));
    client.close();
  });

  it('takes a request in pieces, and two in one chunk', async () => {
    served = await serve(tcp('rtu'));
    const client = await connectRaw(served.port);
    client.send(REQUEST.subarray(0, 3));
    client.send(REQUEST.subarray(3));
    expect(hex(await client.receive(ANSWER.length))).toBe(hex(ANSWER));
    client.send(Buffer.concat([REQUEST, REQUEST]));
    expect(hex(await client.receive(2 * ANSWER.length))).toBe(hex(ANSWER).repeat(2));
    client.close();
  });

  it('survives anything that is sent to it', async () => {
    served = await serve(tcp('rtu'));
    const hostile = await connectRaw(served.port);
    for (let length = 1; length < 400; length += 13) {
      hostile.send(Uint8Array.from({ length }, (_, n) => (n * 31 + length) & 0xff));
      hostile.send(
        withCrc(Uint8Array.from({ length: (length % 250) + 1 }, (_, n) => (n === 0 ? 1 : length))),
      );
    }
    hostile.close();
    const client = await connectRaw(served.port);
    client.send(REQUEST);
    expect(hex(await client.receive(ANSWER.length))).toBe(hex(ANSWER));
    client.close();
  });

  it('speaks ASCII', async () => {
    served = await serve(tcp('ascii'));
    const client = await connectRaw(served.port);
    client.send(Buffer.from(':010400000002F9\r\n'));
    // 01 + 04 + 04 + 43 + 66 + 33 + 33 = 0x118; its two's complement is E8
    expect((await client.receive(19)).toString()).toBe(':01040443663333E8\r\n');
    served.line.setFaults([{ fault: 'crc' }]);
    client.send(Buffer.from(':010400000002F9\r\n'));
    expect((await client.receive(19)).toString()).toMatch(/^:01040443663333(?!E8)[0-9A-F]{2}\r\n$/);
    client.close();
  });

  it('gives each of several clients the answers to its own requests', async () => {
    served = await serve(tcp('rtu'));
    const [first, second] = [await connectRaw(served.port), await connectRaw(served.port)];
    first.send(REQUEST);
    second.send(readRequest(1, 4, 1, 1));
    expect(hex(await first.receive(ANSWER.length))).toBe(hex(ANSWER));
    expect(hex(await second.receive(7))).toBe(hex(withCrc([1, 4, 2, 0x33, 0x33])));
    first.close();
    second.close();
  });
});

describe('the pace of a line', () => {
  const character = 10_000 / 9600;
  // Request, 3.5 silent characters, turnaround, answer.
  const theory = (registers: number) => (8 + 3.5 + 5 + 2 * registers) * character + 20;
  const paced = { paced: true, turnaroundMs: 20 };

  it('is that of 9600 baud: never early, and in the median little late', async () => {
    served = await serve(tcp('rtu', LINE_9600), paced);
    const client = await connectRaw(served.port);
    const late: number[] = [];
    for (let n = 0; n < 9; n++) {
      const begin = performance.now();
      client.send(readRequest(1, 4, 0, 20));
      expect(await client.receive(45, 2000)).toHaveLength(45);
      late.push((client.arrivals.at(-1)?.at ?? 0) - begin - theory(20));
    }
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(late.sort((a, b) => a - b)[4]).toBeLessThan(60);
    client.close();
  });

  it('hands no byte on before it would have arrived', async () => {
    served = await serve(tcp('rtu', LINE_9600), paced);
    const client = await connectRaw(served.port);
    const begin = performance.now();
    client.send(readRequest(1, 4, 0, 60));
    await client.receive(125, 2000);
    let received = 0;
    for (const { at, length } of client.arrivals) {
      received += length;
      expect(at - begin).toBeGreaterThanOrEqual((8 + 3.5 + received) * character + 20);
    }
    expect(client.arrivals.length).toBeGreaterThan(1);
    client.close();
  });

  it('tells when the last byte was written', async () => {
    const answered: number[] = [];
    served = await serve(tcp('rtu', LINE_9600), { ...paced, onAnswer: (at) => answered.push(at) });
    const client = await connectRaw(served.port);
    const begin = Date.now();
    client.send(REQUEST);
    await client.receive(ANSWER.length, 2000);
    expect(answered).toHaveLength(1);
    expect((answered[0] ?? 0) - begin).toBeGreaterThanOrEqual(theory(2) - 3); // two clocks are compared
    client.close();
  });

  it('does not let a second request overtake the first, nor answers overlap', async () => {
    const units = new Map([
      [1, plainMeter],
      [2, plainMeter],
    ]);
    served = await serve(tcp('rtu', LINE_9600), { ...paced, units });
    const client = await connectRaw(served.port);
    client.send(readRequest(1, 4, 0, 20));
    client.send(readRequest(2, 4, 0, 2));
    const bytes = await client.receive(54, 2000);
    expect(hex(bytes.subarray(0, 3))).toBe('010428');
    expect(hex(bytes.subarray(45))).toBe(hex(withCrc([2, 4, 4, 0x43, 0x66, 0x33, 0x33])));
    client.close();
  });
});
