import { describe, expect, it } from 'vitest';
import { type Asked, answering, createBusRig, marked, wordsOrError } from './bus-rig.ts';
import { inputRead } from './reference-frames.ts';

const good = (asked: Asked) => [{ afterMs: 40, bytes: answering('rtu', asked, marked(asked, 0)) }];

describe('the bus', () => {
  it('has one request on the line at a time, whoever asks', async () => {
    const rig = await createBusRig(good);
    const all = [1, 2, 3, 4, 5].map((count) => wordsOrError(rig.bus.transact(inputRead(7, count), rig.unit)));
    const results = await rig.clock.advanceUntil(Promise.all(all));
    expect(results.map((words) => words.length)).toEqual([1, 2, 3, 4, 5]);
    const gaps = rig.asked.slice(1).map((asked, i) => asked.at - (rig.asked[i]?.at ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(40);
  });

  it('refuses a request while the port is not open, at once', async () => {
    const rig = await createBusRig(good, { isOpen: false });
    await rig.clock.advance(100);
    expect(await rig.ask(inputRead(7, 2))).toBe('closed');
  });

  it('tells a request that is under way when the port is lost', async () => {
    const rig = await createBusRig(() => []);
    const transaction = wordsOrError(rig.bus.transact(inputRead(7, 2), rig.unit));
    await rig.clock.advance(50);
    const before = rig.clock.monotonicMs();
    rig.line.lose();
    expect(await rig.clock.advanceUntil(transaction)).toBe('lost');
    expect(rig.clock.monotonicMs() - before).toBeLessThan(5);
    expect([rig.bus.isOpen, rig.bus.counters.lost]).toEqual([false, 1]);
  });

  it('tells a request that waited for silence when the port was lost', async () => {
    const rig = await createBusRig(good, { gapMs: 100 });
    await rig.ask(inputRead(7, 1));
    const transaction = wordsOrError(rig.bus.transact(inputRead(7, 2), rig.unit));
    await rig.clock.advance(50);
    rig.line.lose();
    expect(await rig.clock.advanceUntil(transaction)).toBe('lost');
  });

  it('tells a request that could not be written, and takes its late answer for no other', async () => {
    const rig = await createBusRig(good);
    rig.line.breakWith('write', new Error('Bad file descriptor'));
    expect(await rig.ask(inputRead(7, 2))).toBe('lost');
    expect(rig.bus.clearAt(inputRead(9, 2))).toBeGreaterThan(rig.clock.monotonicMs());
  });

  it('opens again after a loss, more slowly each time, and says so once', async () => {
    const rig = await createBusRig(good);
    await rig.clock.advance(60_000);
    rig.line.lose();
    await rig.clock.advance(10_000);
    expect(rig.line.tries).toBeGreaterThan(8);
    expect(rig.line.tries).toBeLessThan(16);
    rig.line.restore();
    const back = rig.clock.monotonicMs();
    const waiting = rig.clock.advanceUntil(rig.bus.whenOpen(new AbortController().signal));
    expect(await waiting).toBe(true);
    expect(rig.clock.monotonicMs() - back).toBeLessThanOrEqual(1000);
    expect(await rig.ask(inputRead(7, 2))).toEqual([70, 80]);
    expect(rig.states.map((state) => state.kind)).toEqual(['open', 'unavailable', 'open']);
    expect(rig.states[1]).toMatchObject({ wasOpen: true, cause: { code: 'lost' } });
  });

  it('waits for a port that is missing at the start, and says so once', async () => {
    const rig = await createBusRig(good, { isOpen: false });
    await rig.clock.advance(5000);
    expect(rig.states.filter((state) => state.kind === 'unavailable').length).toBe(1);
    rig.line.restore();
    await rig.clock.advance(1100);
    expect(rig.bus.isOpen).toBe(true);
  });

  it('is not driven round by a port that closes as soon as it is open', async () => {
    const rig = await createBusRig(good);
    for (let i = 0; i < 200; i++) {
      rig.line.lose();
      rig.line.restore();
      await rig.clock.advance(100);
    }
    expect(rig.line.opened).toBeLessThan(40);
  });

  it('opens again although closing fails or never ends', async () => {
    const rig = await createBusRig(good);
    rig.line.breakWith('close', new Error('input/output error'));
    rig.bus.reopen('of no use');
    await rig.clock.advance(1500);
    expect([rig.bus.isOpen, rig.line.opened]).toEqual([true, 2]);
    rig.line.hangAtClose();
    rig.bus.reopen('of no use');
    await rig.clock.advance(10_000);
    expect([rig.bus.isOpen, rig.line.opened]).toEqual([true, 3]);
    expect(rig.states.filter((state) => state.kind === 'unavailable').every((state) => state.wasOpen)).toBe(
      true,
    );
  });

  it('ends a request when it is opened anew', async () => {
    const rig = await createBusRig(() => []);
    const transaction = wordsOrError(rig.bus.transact(inputRead(7, 2), rig.unit));
    await rig.clock.advance(50);
    rig.bus.reopen('nothing has answered for a while');
    expect(await rig.clock.advanceUntil(transaction)).toBe('lost');
  });

  it('closes at the end, wherever it is', async () => {
    const open = await createBusRig(good);
    await open.end();
    expect([open.line.isOpen, open.bus.isOpen]).toEqual([false, false]);
    const missing = await createBusRig(good, { isOpen: false });
    await missing.clock.advance(700);
    await missing.end();
    expect(missing.bus.isOpen).toBe(false);
  });

  it('wakes who waits for the port at the end, with false', async () => {
    const rig = await createBusRig(good, { isOpen: false });
    const end = new AbortController();
    const waiting = rig.bus.whenOpen(end.signal);
    await rig.clock.advance(100);
    end.abort();
    expect(await rig.clock.advanceUntil(waiting)).toBe(false);
  });
});

describe('worstCaseMs', () => {
  it('counts the wait of a request that would be ambiguous', async () => {
    const rig = await createBusRig(() => []);
    const before = rig.bus.worstCaseMs(inputRead(7, 2), rig.unit);
    await rig.ask(inputRead(7, 2));
    expect(rig.bus.worstCaseMs(inputRead(8, 2), rig.unit)).toBeGreaterThan(before + 1000);
    expect(rig.bus.worstCaseMs(inputRead(8, 3), rig.unit)).toBeLessThan(before + 5);
    const begin = rig.clock.monotonicMs();
    const worst = rig.bus.worstCaseMs(inputRead(8, 2), rig.unit);
    expect(await rig.ask(inputRead(8, 2))).toBe('timeout');
    expect(rig.clock.monotonicMs() - begin).toBeLessThanOrEqual(worst + 15);
  });
});
