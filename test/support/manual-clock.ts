import type { Clock } from '../../src/lib/clock.ts';

/**
 * A clock that stands still until a test moves it.
 *
 *     const clock = createManualClock({ startAt: Date.UTC(2026, 0, 1) });
 *     const running = something(clock);      // sleeps, arms timers
 *     await clock.advance(5000);             // everything due in these 5 s happens, in order
 *
 * Between two events the event loop turns until nobody does anything any more, so code that waits for
 * promises or `setImmediate` gets as far as it would. Code that asks for the time turn after turn (a busy
 * wait) is noticed: time then moves in steps of a quarter of a millisecond.
 *
 * With `timers: 'real'` only `now` and `sleep` are moved; `timer` and `monotonicMs` are the computer's own,
 * because real sockets are at work. Such a test says when it goes on:
 *
 *     await clock.whenSleeping(3);           // all three sources have done their work
 *     await clock.advanceTo(clock.nextSleepAt ?? end);
 */
export interface ManualClock extends Clock {
  /** Moves all clocks by `ms`; resolves when everything due until then has happened. */
  advance(ms: number): Promise<void>;
  /** The same, up to a wall-clock time in milliseconds since 1970; a time in the past only lets things happen. */
  advanceTo(wallMs: number): Promise<void>;
  /** Moves until `promise` is settled, not further, and gives its result; an Error after `limitMs`. */
  advanceUntil<T>(promise: Promise<T>, limitMs?: number): Promise<T>;
  /** Sets the wall clock forward (or back, below 0) as a time server does; nothing else moves. */
  setWallForward(ms: number): void;
  /**
   * The computer does nothing for `ms`: time goes by, no timer fires, bytes wait in the system. What has
   * become due happens in the next turn of the loop, timers before input, as in Node.
   */
  stall(ms: number): void;
  /** Input from outside `ms` from now: in one turn of the loop it comes behind the timers that are due. */
  arrive(ms: number, onArrival: () => void): void;
  /** Wall-clock time at which the first pending sleep ends; undefined when nobody sleeps. */
  readonly nextSleepAt: number | undefined;
  /** How many sleeps are pending. */
  readonly sleeping: number;
  /** Resolves when at least `count` sleeps are pending; an Error after ten real seconds. */
  whenSleeping(count: number): Promise<void>;
}

export interface ManualClockOptions {
  /** Wall clock at the begin, milliseconds since 1970. */
  readonly startAt?: number;
  readonly timers?: 'manual' | 'real';
  /** Added to each delay of `sleep` and `timer`: -1 is a timer that fires a millisecond early, as Node's may. */
  readonly errorMs?: () => number;
}

interface Pending {
  readonly at: number;
  readonly kind: 'sleep' | 'timer' | 'input';
  readonly happen: () => void;
}

/** Turns without any use of the clock after which everybody is taken to wait. */
const QUIET_TURNS = 6;
/** Turns in a row, each with a use of the clock, that mean a busy wait. */
const BUSY_TURNS = 10;
const BUSY_STEP_MS = 0.25;
/** However early timers are, time goes by between arming and firing. */
const EARLIEST_MS = 0.1;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const tick = () => new Promise<void>((resolve) => process.nextTick(resolve));

export function createManualClock(options: ManualClockOptions = {}): ManualClock {
  const isReal = options.timers === 'real';
  const delayOf = (ms: number) =>
    options.errorMs === undefined ? ms : Math.max(Math.min(ms, EARLIEST_MS), ms + options.errorMs());
  let elapsed = 1000;
  let wallOffset = (options.startAt ?? Date.UTC(2026, 5, 1)) - elapsed;
  let pending: Pending[] = [];
  let uses = 0;

  function schedule(kind: Pending['kind'], ms: number, happen: () => void): () => void {
    uses++;
    const item: Pending = { at: elapsed + Math.max(0, ms), kind, happen };
    // Kept in order of time; equal times in order of asking.
    let place = pending.length;
    while (place > 0 && (pending[place - 1]?.at ?? 0) > item.at) place--;
    pending.splice(place, 0, item);
    return () => {
      uses++;
      pending = pending.filter((other) => other !== item);
    };
  }

  /** Turns the loop until everybody waits; true when somebody waits busily. */
  async function settle(): Promise<boolean> {
    let busy = 0;
    for (let quiet = 0; quiet < QUIET_TURNS; ) {
      const before = uses;
      await turn();
      quiet = uses === before ? quiet + 1 : 0;
      busy = uses === before ? 0 : busy + 1;
      if (busy >= BUSY_TURNS) return true;
    }
    return false;
  }

  // One turn of the loop: timers that are due, then input that has come.
  async function happenNow(): Promise<void> {
    const due = pending.filter((item) => item.at <= elapsed);
    for (const isInput of [false, true]) {
      for (const item of due) {
        if ((item.kind === 'input') !== isInput || !pending.includes(item)) continue;
        pending = pending.filter((other) => other !== item);
        item.happen();
        await tick();
      }
    }
  }

  async function moveTo(target: number, isEnough = () => false): Promise<void> {
    for (;;) {
      const isBusy = await settle();
      if (isEnough()) return;
      const next = pending[0]?.at ?? Number.POSITIVE_INFINITY;
      if (next > target && elapsed >= target) return;
      const step = isBusy ? elapsed + BUSY_STEP_MS : target;
      elapsed = Math.max(elapsed, Math.min(next, step, target));
      await happenNow();
    }
  }

  const sleeps = () => pending.filter((item) => item.kind === 'sleep');
  const clock: ManualClock = {
    now() {
      uses++;
      return wallOffset + elapsed;
    },
    monotonicMs() {
      uses++;
      return isReal ? performance.now() : elapsed;
    },
    sleep(ms, signal) {
      if (signal?.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const cancel = schedule('sleep', delayOf(ms), () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        const onAbort = () => {
          cancel();
          resolve();
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    timer(ms, onDue) {
      if (!isReal) return schedule('timer', delayOf(ms), onDue);
      const handle = setTimeout(onDue, ms);
      return () => clearTimeout(handle);
    },
    advance: (ms) => moveTo(elapsed + ms),
    advanceTo: (wallMs) => moveTo(wallMs - wallOffset),
    async advanceUntil(promise, limitMs = 60_000) {
      let isSettled = false;
      const settled = () => {
        isSettled = true;
      };
      promise.then(settled, settled);
      await moveTo(elapsed + limitMs, () => isSettled);
      if (!isSettled) throw new Error(`nothing came of it within ${limitMs} ms of moved time`);
      return promise;
    },
    setWallForward(ms) {
      wallOffset += ms;
    },
    stall(ms) {
      elapsed += ms;
      setImmediate(happenNow);
    },
    arrive(ms, onArrival) {
      schedule('input', ms, onArrival);
    },
    get nextSleepAt() {
      const first = sleeps()[0];
      return first === undefined ? undefined : first.at + wallOffset;
    },
    get sleeping() {
      return sleeps().length;
    },
    async whenSleeping(count) {
      const giveUpAt = performance.now() + 10_000;
      while (sleeps().length < count) {
        if (performance.now() > giveUpAt) throw new Error(`${sleeps().length} of ${count} sleep`);
        await turn();
      }
    },
  };
  return clock;
}
