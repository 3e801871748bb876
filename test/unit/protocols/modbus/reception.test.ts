import { describe, expect, it } from 'vitest';
import { networkTiming } from '../../../../src/protocols/modbus/line-timing.ts';
import type { Delivery } from '../../../support/fake-stream.ts';
import { type Asked, answering, createBusRig, LINE_9600, marked } from './bus-rig.ts';
import { type FramingName, frameOf, inputRead } from './reference-frames.ts';

const FRAMINGS: readonly FramingName[] = ['rtu', 'ascii', 'mbap'];

/** The frame in pieces: `cuts` bytes each, then `pauseMs` of silence. */
function inPieces(frame: Uint8Array, beginMs: number, cuts: readonly number[], pauseMs: number): Delivery[] {
  const bounds = [0, ...cuts, frame.length];
  return bounds.slice(1).map((end, i) => ({
    afterMs: beginMs + i * pauseMs,
    bytes: frame.slice(bounds[i], end),
  }));
}

describe.each(FRAMINGS)('an answer in %s framing', (framing) => {
  const answer = (asked: Asked, mark = 0) => answering(framing, asked, marked(asked, mark));

  it('is there with its last byte, not later', async () => {
    const rig = await createBusRig((asked) => inPieces(answer(asked), 40, [3, 6], 1), { framing });
    const transaction = rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 2), rig.unit));
    const { sentAt, answeredAt } = await transaction;
    expect(answeredAt - sentAt).toBeCloseTo(42, 1);
    expect(rig.clock.monotonicMs() - answeredAt).toBeLessThan(1);
  });

  it.each([20, 300])('is kept when it pauses %s ms inside, wherever', async (pauseMs) => {
    for (let cut = 1; cut < 9; cut++) {
      const rig = await createBusRig((asked) => inPieces(answer(asked), 150, [cut], pauseMs), { framing });
      expect(await rig.ask(inputRead(7, 2))).toEqual([70, 80]);
      expect(rig.bus.counters.unsolicitedBytes).toBe(0);
    }
  });

  it('is kept when noise or another unit’s frame came before it and it pauses inside', async () => {
    const other = frameOf(framing, 9, [4, 2, 0, 1], 0xffff);
    for (const before of [Uint8Array.of(0xff), Uint8Array.of(0x80, 0xfe, 0x81), other]) {
      const rig = await createBusRig(
        (asked) => [{ afterMs: 20, bytes: before }, ...inPieces(answer(asked), 150, [8], 300)],
        { framing },
      );
      expect(await rig.ask(inputRead(7, 2))).toEqual([70, 80]);
    }
  });

  it('is kept behind the echo of the request, however both are cut', async () => {
    for (const pieceMs of [0, 1, 15]) {
      const rig = await createBusRig(
        (asked) => {
          const echo = frameOf(framing, 1, [4, 0, 7, 0, 2], asked.transactionId);
          const both = Uint8Array.from([...echo, ...answer(asked)]);
          return inPieces(
            both,
            5,
            Array.from({ length: both.length - 1 }, (_, i) => i + 1),
            pieceMs / 4,
          );
        },
        { framing },
      );
      expect(await rig.ask(inputRead(7, 2))).toEqual([70, 80]);
    }
  });

  it.each([300, 1000, 5000])(
    'is kept when the computer stood still for %s ms while it came',
    async (stallMs) => {
      const rig = await createBusRig((asked) => [{ afterMs: 40, bytes: answer(asked) }], { framing });
      const transaction = rig.bus.transact(inputRead(7, 2), rig.unit);
      await rig.clock.advance(20);
      rig.clock.stall(stallMs);
      const { pdu } = await rig.clock.advanceUntil(transaction);
      expect([...pdu]).toEqual([4, 4, 0, 70, 0, 80]);
      expect(rig.counters().timeouts).toBe(0);
    },
  );

  it('that never comes is a time-out after the time that the line needs', async () => {
    const rig = await createBusRig(() => [], { framing, latencyMs: 300 });
    const begin = rig.clock.monotonicMs();
    const worst = rig.bus.worstCaseMs(inputRead(7, 20), rig.unit);
    expect(await rig.ask(inputRead(7, 20))).toBe('timeout');
    const took = rig.clock.monotonicMs() - begin;
    const wire =
      (frameOf(framing, 1, [4, 0, 7, 0, 20]).length + frameOf(framing, 1, Array(42).fill(1)).length) *
      LINE_9600.characterMs;
    expect(took).toBeGreaterThanOrEqual(300 + wire);
    expect(took).toBeLessThan(300 + wire + LINE_9600.adapterLatencyMs + 15);
    expect(took).toBeLessThanOrEqual(worst + 15);
    expect(rig.counters()).toMatchObject({ requests: 1, timeouts: 1, answers: 0 });
  });

  it('that begins and never ends does not hold the bus for ever', async () => {
    const rig = await createBusRig((asked) => [{ afterMs: 200, bytes: answer(asked).slice(0, 8) }], {
      framing,
    });
    const begin = rig.clock.monotonicMs();
    expect(await rig.ask(inputRead(7, 2))).toBe('truncated');
    expect(rig.clock.monotonicMs() - begin).toBeLessThan(700);
  });

  it('is kept before an endless talker begins, who cannot hold the bus either', async () => {
    const babble = Array.from({ length: 6000 }, (_, i) => ({
      afterMs: 60 + i,
      bytes: Uint8Array.of(0xe5, i & 0xff),
    }));
    const rig = await createBusRig(
      (asked, index) => (index === 0 ? [{ afterMs: 40, bytes: answer(asked) }, ...babble] : []),
      { framing },
    );
    expect(await rig.ask(inputRead(7, 2))).toEqual([70, 80]);
    const begin = rig.clock.monotonicMs();
    await rig.clock.advance(200);
    const result = await rig.ask(inputRead(7, 3));
    expect(['garbage', 'truncated']).toContain(result);
    expect(rig.clock.monotonicMs() - begin).toBeLessThan(4000);
  });
});

describe('the silence before a request', () => {
  it('is 3.5 characters after the last byte of the answer', async () => {
    const rig = await createBusRig((asked) => [
      { afterMs: 40, bytes: answering('rtu', asked, marked(asked, 0)) },
    ]);
    const { answeredAt } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 2), rig.unit));
    const { sentAt } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 3), rig.unit));
    expect(sentAt - answeredAt).toBeGreaterThanOrEqual(3.5 * LINE_9600.characterMs);
    expect(sentAt - answeredAt).toBeLessThan(3.5 * LINE_9600.characterMs + 1.5);
  });

  it('is the gap of the unit where that is longer', async () => {
    const rig = await createBusRig(
      (asked) => [{ afterMs: 40, bytes: answering('rtu', asked, marked(asked, 0)) }],
      { gapMs: 50 },
    );
    const { answeredAt } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 2), rig.unit));
    const { sentAt } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 3), rig.unit));
    expect(sentAt - answeredAt).toBeGreaterThanOrEqual(50);
    expect(sentAt - answeredAt).toBeLessThan(52);
  });

  it('begins anew with each byte that comes during it, and what came is thrown away', async () => {
    const rig = await createBusRig((asked) => [
      { afterMs: 40, bytes: answering('rtu', asked, marked(asked, 1)) },
    ]);
    for (let i = 0; i < 10; i++)
      rig.line.send(
        answering('rtu', { unitId: 1, functionCode: 4, address: 0, count: 2, transactionId: 0 }, [9, 9]),
        i * 3,
      );
    await rig.clock.advance(1);
    const { sentAt, pdu } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 2), rig.unit));
    expect([...pdu]).toEqual([4, 4, 0, 71, 0, 81]);
    expect(sentAt - 1000).toBeGreaterThan(27 + 3.6);
    expect(rig.bus.counters.unsolicitedBytes).toBe(90);
  });

  it('is given up on a line that never falls silent, with a counter and a reason', async () => {
    const rig = await createBusRig(() => []);
    for (let i = 0; i < 3000; i++) rig.line.send(Uint8Array.of(0x55), i);
    await rig.clock.advance(1);
    await expect(rig.clock.advanceUntil(rig.bus.transact(inputRead(7, 2), rig.unit))).rejects.toThrow(
      /never silent/,
    );
    expect(rig.counters()).toMatchObject({ requests: 0, faults: { garbage: 1 } });
    expect(rig.asked).toEqual([]);
  });

  it('takes no time on a network', async () => {
    const rig = await createBusRig(
      (asked) => [{ afterMs: 2, bytes: answering('mbap', asked, marked(asked, 1)) }],
      {
        framing: 'mbap',
        timing: networkTiming(60),
      },
    );
    const begin = rig.clock.monotonicMs();
    for (let i = 0; i < 50; i++) expect(await rig.ask(inputRead(7, 2))).toEqual([71, 81]);
    expect(rig.clock.monotonicMs() - begin).toBeLessThan(50 * 3);
  });
});

describe('bytes that nobody asked for', () => {
  it('are kept up to a limit only, however long nobody asks', async () => {
    const rig = await createBusRig((asked) => [{ afterMs: 40, bytes: answering('rtu', asked, [1, 2]) }]);
    for (let i = 0; i < 100; i++) rig.line.send(new Uint8Array(1000).fill(i), i);
    await rig.clock.advance(200);
    expect(await rig.ask(inputRead(7, 2))).toEqual([1, 2]);
    expect(rig.bus.counters.unsolicitedBytes).toBe(4096);
  });
});

describe('transaction numbers', () => {
  it('go round without an answer ever being taken for another’s', async () => {
    let late: Uint8Array | undefined;
    const script = (asked: Asked, index: number): Delivery[] => {
      const own = { afterMs: 1, bytes: answering('mbap', asked, [index & 0xffff]) };
      const stray = late === undefined ? [] : [{ afterMs: 0.5, bytes: late }];
      late = own.bytes;
      return [...stray, own];
    };
    const rig = await createBusRig(script, { framing: 'mbap', timing: networkTiming(60) });
    for (let i = 0; i < 65_540; i++) {
      const { pdu } = await rig.clock.advanceUntil(rig.bus.transact(inputRead(0, 1), rig.unit));
      if ((((pdu[2] ?? 0) << 8) | (pdu[3] ?? 0)) !== (i & 0xffff))
        throw new Error(`request ${i} got another's answer`);
    }
    expect(new Set(rig.asked.map((asked) => asked.transactionId)).size).toBe(65_536);
  });
});
