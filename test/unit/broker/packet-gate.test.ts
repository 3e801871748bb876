import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteBudget, PacketGate } from '../../../src/broker/packet-gate.ts';
import { connectBytes, packetBytes, publishBytes } from '../../support/mqtt-attack-socket.ts';

const LIMITS = { firstPacketBytes: 4096, maxPacketBytes: 10_000, maxInFlight: 3 };

function createGate(budget = createByteBudget(1_000_000), version: 4 | 5 = 4) {
  const gate = new PacketGate(LIMITS, budget);
  gate.pushFirst(connectBytes('c', version));
  return gate;
}

describe('the first packet', () => {
  test('is found in pieces of one byte, and what follows is handed back', () => {
    const gate = new PacketGate(LIMITS, createByteBudget(0));
    const bytes = Buffer.concat([connectBytes('abc', 5), Buffer.from('rest')]);
    let first: ReturnType<PacketGate['pushFirst']>;
    let used = 0;
    while (first === undefined) first = gate.pushFirst(bytes.subarray(used, ++used));
    expect(first.connect.clientId).toBe('abc');
    expect(first.bytes).toEqual(connectBytes('abc', 5));
    expect(new PacketGate(LIMITS, createByteBudget(0)).pushFirst(bytes)?.rest.toString()).toBe('rest');
  });

  test('has to be CONNECT, seen by its first byte', () => {
    expect(() => new PacketGate(LIMITS, createByteBudget(0)).pushFirst(Buffer.from([0x30]))).toThrow(
      /not CONNECT/,
    );
  });

  test('is refused by its length, before its body came', () => {
    const gate = new PacketGate(LIMITS, createByteBudget(0));
    expect(() => gate.pushFirst(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))).toThrow(
      /where 4096 are allowed/,
    );
  });

  test('cannot have a length of five bytes', () => {
    const gate = new PacketGate(LIMITS, createByteBudget(0));
    expect(() => gate.pushFirst(Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff]))).toThrow(/more than 4 bytes/);
  });
});

describe('the packets after it', () => {
  test('come out whole, in order, however they were cut', () => {
    const packets = Buffer.concat([
      publishBytes('a', 'x'.repeat(300), 4),
      packetBytes({ cmd: 'pingreq' }, 4),
      publishBytes('b', '', 4, { qos: 1, messageId: 9 }),
      publishBytes('c', 'y'.repeat(5000), 4),
    ]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), (cuts) => {
        const gate = createGate();
        const out: Buffer[] = [];
        for (let at = 0, turn = 0; at < packets.length; turn++) {
          const size = cuts[turn % cuts.length] ?? 1;
          // A copy, because the gate must not rely on what it was given before.
          const piece = Buffer.from(packets.subarray(at, at + size));
          const whole = gate.push(piece);
          if (whole !== undefined) out.push(Buffer.from(whole));
          piece.fill(0);
          at += size;
        }
        expect(Buffer.concat(out).equals(packets)).toBe(true);
      }),
    );
  });

  test('are refused by their length, before their body came', () => {
    expect(() => createGate().push(Buffer.from([0x31, 0xff, 0xff, 0xff, 0x7f]))).toThrow(/268435460 bytes/);
  });

  test('end with DISCONNECT: nothing behind it comes out', () => {
    const bye = packetBytes({ cmd: 'disconnect' }, 4);
    const gate = createGate();
    expect(gate.push(Buffer.concat([bye, publishBytes('late', 'x', 4)]))).toEqual(bye);
    expect(gate.push(publishBytes('later', 'x', 4))).toBeUndefined();
  });

  test('asks for what is missing of a large packet', () => {
    const gate = createGate();
    expect(gate.want).toBe(512);
    gate.push(publishBytes('a', 'x'.repeat(5000), 4).subarray(0, 1000));
    expect(gate.want).toBe(publishBytes('a', 'x'.repeat(5000), 4).length - 1000);
  });

  test('may hold so many QoS 2 messages, and no more until one is released', () => {
    const gate = createGate();
    const send = (id: number) => gate.push(publishBytes('a', 'x', 4, { qos: 2, messageId: id }));
    for (const id of [1, 2, 3, 3]) send(id);
    gate.push(packetBytes({ cmd: 'pubrel', messageId: 2 }, 4));
    send(4);
    expect(() => send(5)).toThrow(/not released/);
  });
});

test('all gates share the memory for unfinished packets, and give it back', () => {
  const budget = createByteBudget(12_000);
  const part = publishBytes('a', 'x'.repeat(9000), 4).subarray(0, 9000);
  const gate = createGate(budget);
  gate.push(part);
  createGate(budget).push(part);
  expect(() => createGate(budget).push(part)).toThrow(/too many large packets/);
  gate.close();
  createGate(budget).push(part);
  expect(budget.used).toBeGreaterThan(0);
});
