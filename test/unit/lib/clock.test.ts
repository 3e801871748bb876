import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { createManualClock } from '../../support/manual-clock.ts';

describe('the system clock', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('tells the wall clock within a few milliseconds, with fractions', () => {
    const clock = createSystemClock();
    const before = Date.now();
    const told = Array.from({ length: 50 }, () => clock.now());
    const after = Date.now();
    for (const now of told) {
      expect(now).toBeGreaterThanOrEqual(before - 2);
      expect(now).toBeLessThanOrEqual(after + 3);
    }
    expect(told.some((now) => now % 1 !== 0)).toBe(true);
  });

  it('follows a wall clock that is set while the program runs, and back again', () => {
    const clock = createSystemClock();
    const real = Date.now.bind(Date);
    const begin = clock.now();
    const set = vi.spyOn(Date, 'now').mockImplementation(() => real() + 3_600_000);
    expect(clock.now() - begin).toBeGreaterThan(3_599_000);
    set.mockRestore();
    expect(Math.abs(clock.now() - real())).toBeLessThan(1000);
  });

  it('never steps its monotonic time when the wall clock is set', () => {
    const clock = createSystemClock();
    const begin = clock.monotonicMs();
    vi.spyOn(Date, 'now').mockImplementation(() => 0);
    clock.now();
    expect(clock.monotonicMs() - begin).toBeGreaterThanOrEqual(0);
    expect(clock.monotonicMs() - begin).toBeLessThan(10_000);
  });

  it('wakes a sleeper at once, without an error, when the signal aborts', async () => {
    const end = new AbortController();
    const sleeping = createSystemClock().sleep(3_600_000, end.signal);
    end.abort();
    await expect(sleeping).resolves.toBeUndefined();
    await expect(createSystemClock().sleep(3_600_000, end.signal)).resolves.toBeUndefined();
  });

  it('leaves no listener on the signal behind after a sleep', async () => {
    const end = new AbortController();
    const remove = vi.spyOn(end.signal, 'removeEventListener');
    await createSystemClock().sleep(0, end.signal);
    expect(remove).toHaveBeenCalledOnce();
  });

  it.each([-5, 0])('takes a sleep of %s ms for none', async (ms) => {
    await expect(createSystemClock().sleep(ms)).resolves.toBeUndefined();
  });

  it.each([2 ** 31, 1e12, Number.POSITIVE_INFINITY])(
    'does not wake a sleeper of %s ms at once',
    async (ms) => {
      vi.useFakeTimers();
      let isAwake = false;
      createSystemClock()
        .sleep(ms)
        .then(() => {
          isAwake = true;
        });
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(isAwake).toBe(false);
    },
  );

  it('calls back once after a timer, and never after it was cancelled', () => {
    vi.useFakeTimers();
    const clock = createSystemClock();
    const kept = vi.fn();
    const cancelled = vi.fn();
    clock.timer(100, kept);
    const cancel = clock.timer(100, cancelled);
    vi.advanceTimersByTime(50);
    cancel();
    vi.advanceTimersByTime(1000);
    expect(kept).toHaveBeenCalledOnce();
    expect(cancelled).not.toHaveBeenCalled();
  });
});

describe('the clock of the tests', () => {
  it('lets things happen in their order, each at its own time', async () => {
    const clock = createManualClock({ startAt: 0 });
    const seen: [string, number][] = [];
    clock.timer(30, () => seen.push(['timer', clock.now()]));
    clock.sleep(20).then(() => clock.sleep(5).then(() => seen.push(['two sleeps', clock.now()])));
    clock.arrive(10, () => seen.push(['input', clock.now()]));
    clock.timer(15, () => seen.push(['cancelled', 0]))();
    await clock.advance(40);
    expect(seen).toEqual([
      ['input', 10],
      ['two sleeps', 25],
      ['timer', 30],
    ]);
    expect(clock.now()).toBe(40);
  });

  it('moves in small steps through a busy wait', async () => {
    const clock = createManualClock();
    const begin = clock.monotonicMs();
    let end = 0;
    const wait = async () => {
      while (clock.monotonicMs() < begin + 3.65) await new Promise((resolve) => setImmediate(resolve));
      end = clock.monotonicMs() - begin;
    };
    await clock.advanceUntil(wait());
    expect(end).toBeGreaterThanOrEqual(3.65);
    expect(end).toBeLessThan(4.2);
  });

  it('lets overdue timers come before input that waited, as the event loop does after a stall', async () => {
    const clock = createManualClock();
    const seen: string[] = [];
    clock.arrive(10, () => seen.push('input'));
    clock.timer(50, () => seen.push('timer'));
    clock.stall(500);
    await clock.advance(0);
    expect(seen).toEqual(['timer', 'input']);
  });

  it('sets the wall clock without waking anybody', async () => {
    const clock = createManualClock({ startAt: 0 });
    let woken = 0;
    clock.sleep(1000).then(() => {
      woken = clock.monotonicMs();
    });
    const begin = clock.monotonicMs();
    clock.setWallForward(3_600_000);
    expect(clock.nextSleepAt).toBe(3_601_000);
    await clock.advance(999);
    expect(woken).toBe(0);
    await clock.advance(1);
    expect(woken - begin).toBe(1000);
    expect(clock.now()).toBe(3_601_000);
  });

  it('uses real timers where real sockets are at work, and moves sleeps only', async () => {
    const clock = createManualClock({ timers: 'real', startAt: 0 });
    const fired = new Promise<void>((resolve) => clock.timer(1, resolve));
    clock.sleep(60_000);
    await clock.whenSleeping(1);
    await fired;
    expect([clock.now(), clock.sleeping, clock.nextSleepAt]).toEqual([0, 1, 60_000]);
    await clock.advanceTo(clock.nextSleepAt ?? 0);
    expect([clock.now(), clock.sleeping]).toEqual([60_000, 0]);
  });
});
