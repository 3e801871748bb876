import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../../support/fake-stream.ts';
import { type Asked, answering, createBusRig, marked, refusing } from './bus-rig.ts';
import { inputRead } from './reference-frames.ts';

const answer = (asked: Asked, mark: number) => answering('rtu', asked, marked(asked, mark));
const at = (afterMs: number, bytes: Uint8Array): Delivery => ({ afterMs, bytes });

/** Answers everything 40 ms after it was asked, except for the requests that `special` speaks for. */
const meter =
  (special: Readonly<Record<number, (asked: Asked) => readonly Delivery[]>>) =>
  (asked: Asked, index: number): readonly Delivery[] =>
    special[index]?.(asked) ?? [at(40, answer(asked, index))];

// A request at 9600 baud with 200 ms of latency times out after some 250 ms.
describe('a late answer', () => {
  it('is never taken for the next request of the same shape', async () => {
    const rig = await createBusRig(meter({ 0: (asked) => [at(450, answer(asked, 0))] }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    expect(await rig.ask(inputRead(200, 2))).toEqual([2001, 2011]);
    expect(await rig.ask(inputRead(300, 2))).toEqual([3002, 3012]);
    expect([rig.counters().lateAnswers, rig.bus.counters.heldBack]).toEqual([1, 2]);
  });

  it('holds back the same shape only; another one goes out at once and is answered', async () => {
    const slow = (asked: Asked) => [at(90, answer(asked, 1))];
    const rig = await createBusRig(meter({ 0: (asked) => [at(270, answer(asked, 0))], 1: slow }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    const begin = rig.clock.monotonicMs();
    expect(await rig.ask(inputRead(200, 3))).toEqual([2001, 2011, 2021]);
    expect(rig.clock.monotonicMs() - begin).toBeLessThan(200);
    expect(rig.counters().lateAnswers).toBe(1);
  });

  it('can come no more once a later request of another shape was answered', async () => {
    const rig = await createBusRig(meter({ 0: () => [] }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    expect(rig.bus.clearAt(inputRead(200, 2))).toBeGreaterThan(rig.clock.monotonicMs() + 1000);
    expect(await rig.ask(inputRead(100, 1))).toEqual([1001]);
    const begin = rig.clock.monotonicMs();
    expect(await rig.ask(inputRead(200, 2))).toEqual([2002, 2012]);
    expect(rig.clock.monotonicMs() - begin).toBeLessThan(150);
  });

  it('of one unit does not hold back another unit', async () => {
    const rig = await createBusRig(meter({ 0: (asked) => [at(290, answer(asked, 0))] }));
    expect(await rig.ask(inputRead(100, 2, 1))).toBe('timeout');
    expect(await rig.ask(inputRead(200, 2, 2))).toEqual([2001, 2011]);
  });

  it('that comes twice is not taken for the next request by its second copy', async () => {
    const twice = (asked: Asked) => [at(400, answer(asked, 0)), at(455, answer(asked, 0))];
    const rig = await createBusRig(meter({ 0: twice }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    await rig.clock.advance(155);
    // The first copy is there now and tells the bus that the answer has come.
    expect(await rig.ask(inputRead(200, 3))).toEqual([2001, 2011, 2021]);
    expect(await rig.ask(inputRead(300, 2))).toEqual([3002, 3012]);
  });

  it('that comes twice is not taken for the same shape asked again between its copies', async () => {
    const twice = (asked: Asked) => [at(300, answer(asked, 0)), at(355, answer(asked, 0))];
    const rig = await createBusRig(meter({ 0: twice, 2: (asked) => [at(120, answer(asked, 2))] }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    await rig.clock.advance(60);
    // Another request makes the bus see the first copy.
    expect(await rig.ask(inputRead(9, 1))).toEqual([91]);
    expect(await rig.ask(inputRead(300, 2))).toEqual([3002, 3012]);
  });

  it('teaches how slow the unit is, on every framing', async () => {
    for (const framing of ['rtu', 'ascii', 'mbap'] as const) {
      const slow = (asked: Asked) => [at(700, answering(framing, asked, marked(asked, 1)))];
      const rig = await createBusRig(slow, { framing });
      const results: unknown[] = [];
      for (let i = 0; i < 4; i++) {
        results.push(await rig.ask(inputRead(100, 2)));
        await rig.clock.advance(2000);
      }
      expect(results[0]).toBe('timeout');
      expect(results.at(-1)).toEqual([1001, 1011]);
      expect(rig.counters().lateAnswers).toBeGreaterThan(0);
    }
  });
});

describe('an answer that comes twice', () => {
  it.each([1, 20, 50, 100, 140])('%s ms apart never becomes the next reading', async (apart) => {
    const twice = (asked: Asked, index: number) => [
      at(40, answer(asked, index)),
      at(40 + apart, answer(asked, index)),
    ];
    const rig = await createBusRig((asked, index) =>
      index % 2 === 0 ? twice(asked, index) : [at(30, answer(asked, index))],
    );
    for (let i = 0; i < 12; i++)
      expect(await rig.ask(inputRead(100 * i, 2))).toEqual([1000 * i + i, 1000 * i + i + 10]);
  });

  it.each([30, 40, 50, 55])('%s ms apart never becomes the reading after the next', async (apart) => {
    const twice = (asked: Asked) => [at(20, answer(asked, 0)), at(20 + apart, answer(asked, 0))];
    const rig = await createBusRig(meter({ 0: twice, 1: (asked) => [at(15, answer(asked, 1))] }));
    expect(await rig.ask(inputRead(100, 2))).toEqual([1000, 1010]);
    expect(await rig.ask(inputRead(200, 1))).toEqual([2001]);
    expect(await rig.ask(inputRead(300, 2))).toEqual([3002, 3012]);
  });

  it('in one chunk leaves its second copy behind', async () => {
    const both = (asked: Asked) => [at(40, Uint8Array.from([...answer(asked, 0), ...answer(asked, 0)]))];
    const rig = await createBusRig(meter({ 0: both }));
    expect(await rig.ask(inputRead(100, 2))).toEqual([1000, 1010]);
    expect(await rig.ask(inputRead(200, 2))).toEqual([2001, 2011]);
    expect(rig.bus.counters.unsolicitedBytes).toBe(9);
  });
});

describe('a refusal', () => {
  it('is told with its code', async () => {
    const rig = await createBusRig((asked) => [at(40, refusing('rtu', asked, 2))]);
    expect(await rig.ask(inputRead(100, 2))).toBe('exception 2');
    expect(rig.counters().exceptions).toBe(1);
  });

  it('that comes late never refuses the next request, whose own answer is kept', async () => {
    const rig = await createBusRig(
      meter({ 0: (asked) => [at(280, refusing('rtu', asked, 2))], 1: (asked) => [at(90, answer(asked, 1))] }),
    );
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    expect(await rig.ask(inputRead(200, 3))).toEqual([2001, 2011, 2021]);
  });

  it('that may be another request’s is called unclear, and its own answer is still guarded against', async () => {
    const late = (asked: Asked) => [at(280, refusing('rtu', asked, 2))];
    const rig = await createBusRig(meter({ 0: late, 1: (asked) => [at(900, answer(asked, 1))] }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    expect(await rig.ask(inputRead(200, 3))).toBe('unclear-exception');
    expect(rig.counters().faults['unclear-exception']).toBe(1);
    expect(await rig.ask(inputRead(300, 3))).toEqual([3002, 3012, 3022]);
    expect(await rig.ask(inputRead(400, 2))).toEqual([4003, 4013]);
  });

  it('that was unclear, and its copy, never refuse a request after the next', async () => {
    const twice = (asked: Asked) => [at(30, refusing('rtu', asked, 2)), at(150, refusing('rtu', asked, 2))];
    const early = (asked: Asked) => [at(5, answer(asked, 2))];
    const rig = await createBusRig(
      meter({ 0: () => [], 1: twice, 2: early, 3: (asked) => [at(90, answer(asked, 3))] }),
      {
        latencyMs: 40,
      },
    );
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    expect(await rig.ask(inputRead(200, 3))).toBe('unclear-exception');
    expect(await rig.ask(inputRead(300, 1))).toEqual([3002]);
    expect(await rig.ask(inputRead(400, 4))).toEqual([4003, 4013, 4023, 4033]);
  });

  it.each([5, 50, 120])('and its copy %s ms later never refuse the next request', async (apart) => {
    const twice = (asked: Asked) => [
      at(40, refusing('rtu', asked, 2)),
      at(40 + apart, refusing('rtu', asked, 2)),
    ];
    const rig = await createBusRig(meter({ 0: twice }));
    expect(await rig.ask(inputRead(100, 2))).toBe('exception 2');
    expect(await rig.ask(inputRead(200, 3))).toEqual([2001, 2011, 2021]);
    expect(await rig.ask(inputRead(300, 2))).toEqual([3002, 3012]);
  });

  it('of each of several requests in a row is clear', async () => {
    const rig = await createBusRig((asked) => [at(30, refusing('rtu', asked, 2))]);
    for (let count = 1; count < 6; count++) expect(await rig.ask(inputRead(100, count))).toBe('exception 2');
  });

  it('of one function says nothing about another', async () => {
    const rig = await createBusRig(meter({ 0: () => [], 1: (asked) => [at(40, refusing('rtu', asked, 1))] }));
    expect(await rig.ask(inputRead(100, 2))).toBe('timeout');
    const holding = { ...inputRead(100, 2), pdu: Uint8Array.of(3, 0, 100, 0, 2), signature: '3:2' };
    expect(await rig.ask(holding)).toBe('exception 1');
  });
});

describe('a connection that is lost with a request under way', () => {
  it('does not let the late answer become a reading of the next connection', async () => {
    const late = (asked: Asked) => [at(440, answer(asked, 0))];
    const slow = (asked: Asked) => [at(90, answer(asked, 1))];
    const rig = await createBusRig(meter({ 0: late, 1: slow }), { carriesOver: true });
    const first = rig.bus.transact(inputRead(100, 2), rig.unit).catch((error: Error) => error.message);
    await rig.clock.advance(100);
    rig.line.lose();
    expect(await rig.clock.advanceUntil(first)).toMatch(/connection lost/);
    rig.line.restore();
    await rig.clock.advance(300);
    expect(rig.bus.isOpen).toBe(true);
    expect(await rig.ask(inputRead(200, 2))).toEqual([2001, 2011]);
  });
});
