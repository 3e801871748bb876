import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../../src/simulator/faults.ts';
import { connectRaw, type RawClient, readRequest, withCrc } from './raw-client.ts';
import { type Served, serve, tcp } from './serve.ts';

const REQUEST = readRequest(1, 4, 0, 4);
const BODY = [1, 4, 8, 0x43, 0x66, 0x33, 0x33, 0x43, 0x66, 0x33, 0x33];
const ANSWER = withCrc(BODY);
const LENGTH = ANSWER.length;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

let served: Served;
let client: RawClient;
beforeEach(async () => {
  served = await serve(tcp('rtu'));
  client = await connectRaw(served.port);
});
afterEach(async () => {
  client.close();
  await served.close();
});

async function answerWith(rule: FaultRule, count = LENGTH, quietMs?: number): Promise<Buffer> {
  served.line.setFaults([rule]);
  client.send(REQUEST);
  return client.receive(count, quietMs);
}

describe('the bytes of an answer', () => {
  it('without a fault are right', async () => {
    client.send(REQUEST);
    expect(hex(await client.receive(LENGTH))).toBe(hex(ANSWER));
  });

  it.each<readonly [FaultRule, Buffer]>([
    [{ fault: 'other-unit' }, withCrc([2, ...BODY.slice(1)])],
    [{ fault: 'other-function' }, withCrc([1, 5, ...BODY.slice(2)])],
    [{ fault: 'fewer-registers' }, withCrc([1, 4, 6, ...BODY.slice(3, -2)])],
    [{ fault: 'wrong-byte-count' }, withCrc([1, 4, 10, ...BODY.slice(3)])],
    [{ fault: 'exception' }, withCrc([1, 0x84, 2])],
    [{ fault: 'exception', value: 11 }, withCrc([1, 0x84, 11])],
    [{ fault: 'zero-byte-before' }, Buffer.from([0, ...ANSWER])],
    [{ fault: 'echo' }, Buffer.from([...REQUEST, ...ANSWER])],
    [{ fault: 'twice' }, Buffer.from([...ANSWER, ...ANSWER])],
    [{ fault: 'twice', value: 30 }, Buffer.from([...ANSWER, ...ANSWER])],
    [{ fault: 'late', value: 60 }, ANSWER],
    [{ fault: 'pause-inside', value: 40 }, ANSWER],
  ])('with %j are exactly those promised', async (rule, expected) => {
    expect(hex(await answerWith(rule, expected.length))).toBe(hex(expected));
  });

  it.each<FaultRule>([{ fault: 'silence' }, { fault: 'dead-unit' }])('with %j do not come', async (rule) => {
    expect(await answerWith(rule, 1, 150)).toHaveLength(0);
    expect(served.line.log.at(-1)).toMatchObject({ unitId: 1, address: 0, count: 4, fault: rule.fault });
  });

  it('with a wrong checksum are right but for it', async () => {
    const answer = await answerWith({ fault: 'crc' });
    expect(hex(answer.subarray(0, -2))).toBe(hex(Uint8Array.from(BODY)));
    expect(hex(answer.subarray(-2))).not.toBe(hex(ANSWER.subarray(-2)));
  });

  it('are cut short by three, or by as many as asked for', async () => {
    expect(hex(await answerWith({ fault: 'short' }, LENGTH, 150))).toBe(hex(ANSWER.subarray(0, -3)));
    const shorter = await answerWith({ fault: 'short', value: 8 }, LENGTH, 150);
    expect(hex(shorter)).toBe(hex(ANSWER.subarray(0, -8)));
  });

  it('carry garbage before or after them, as long as asked for', async () => {
    const before = await answerWith({ fault: 'garbage-before', value: 7 }, LENGTH + 7);
    expect(before).toHaveLength(LENGTH + 7);
    expect(hex(before.subarray(7))).toBe(hex(ANSWER));
    const after = await answerWith({ fault: 'garbage-after' }, LENGTH + 5);
    expect(after).toHaveLength(LENGTH + 5);
    expect(hex(after.subarray(0, LENGTH))).toBe(hex(ANSWER));
  });

  it('are followed by one byte of noise, not before its time', async () => {
    const answer = await answerWith({ fault: 'noise-after', value: 60 }, LENGTH + 1);
    expect(answer).toHaveLength(LENGTH + 1);
    const [first, last] = [client.arrivals.at(0)?.at ?? 0, client.arrivals.at(-1)?.at ?? 0];
    expect(client.arrivals.at(-1)?.length).toBe(1);
    expect(last - first).toBeGreaterThan(40); // the first chunk may have been read late
  });

  it('come late by the time that was asked for', async () => {
    const start = performance.now();
    await answerWith({ fault: 'late', value: 120 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(119);
  });

  it('have one bit of the values turned and a right checksum', async () => {
    const answer = await answerWith({ fault: 'bit-flip' });
    expect(hex(withCrc(answer.subarray(0, -2)))).toBe(hex(answer));
    let turned = 0;
    BODY.forEach((byte, n) => {
      for (let difference = byte ^ (answer[n] ?? 0); difference > 0; difference >>= 1)
        turned += difference & 1;
    });
    expect(turned).toBe(1);
    expect(hex(answer.subarray(0, 3))).toBe(hex(ANSWER.subarray(0, 3)));
  });

  it('are hit by line noise byte by byte', async () => {
    const answer = await answerWith({ fault: 'line-noise', value: 1 });
    expect(answer).toHaveLength(LENGTH);
    for (const [n, byte] of answer.entries()) expect(byte).not.toBe(ANSWER[n]);
  });

  it('of a refusal stay a refusal where a fault needs values', async () => {
    served.line.setFaults([{ fault: 'fewer-registers' }]);
    client.send(readRequest(1, 4, 1000, 2));
    expect(hex(await client.receive(5))).toBe(hex(withCrc([1, 0x84, 2])));
  });
});

describe('faults by rule', () => {
  it('are switched at run time and stand in the log', async () => {
    served.line.setFaults([{ fault: 'crc', every: 2 }]);
    for (const fault of [undefined, 'crc', undefined]) {
      client.send(REQUEST);
      expect(hex(await client.receive(LENGTH)) === hex(ANSWER)).toBe(fault === undefined);
      expect(served.line.log.at(-1)?.fault).toBe(fault);
    }
    served.line.setFaults([]);
    client.send(REQUEST);
    expect(hex(await client.receive(LENGTH))).toBe(hex(ANSWER));
    expect(served.line.log).toHaveLength(4);
  });

  it('let a late answer meet the next request: both answers come, the old one first', async () => {
    served.line.setFaults([{ fault: 'late', value: 150, count: 1 }]);
    client.send(REQUEST);
    expect(await client.receive(1, 50)).toHaveLength(0);
    client.send(readRequest(1, 4, 1, 4));
    const both = await client.receive(2 * LENGTH);
    expect(hex(both.subarray(0, LENGTH))).toBe(hex(ANSWER));
    expect(both.subarray(LENGTH + 3, LENGTH + 5).toString('hex')).toBe('3333');
  });
});
