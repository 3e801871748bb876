import type { Clock } from '../../../../src/lib/clock.ts';

/** A clock that a test moves by hand: what is due comes due in order, each with its promises settled. */
export interface MovedClock extends Clock {
  advance(ms: number): Promise<void>;
  readonly waitingCount: number;
}

interface Waiter {
  readonly dueAt: number;
  readonly call: () => void;
}

export function createMovedClock(startsAt = Date.UTC(2026, 10, 22, 6, 0, 0)): MovedClock {
  let elapsed = 0;
  const waiters = new Set<Waiter>();
  const timer = (ms: number, call: () => void) => {
    const waiter = { dueAt: elapsed + Math.max(0, ms), call };
    waiters.add(waiter);
    return () => {
      waiters.delete(waiter);
    };
  };
  return {
    now: () => startsAt + elapsed,
    monotonicMs: () => elapsed,
    timer,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) {
          resolve();
          return;
        }
        const onAbort = () => {
          cancel();
          resolve();
        };
        const cancel = timer(ms, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    async advance(ms) {
      const end = elapsed + ms;
      await settle();
      for (;;) {
        const due = [...waiters].filter((w) => w.dueAt <= end).sort((a, b) => a.dueAt - b.dueAt)[0];
        if (due === undefined) break;
        waiters.delete(due);
        elapsed = Math.max(elapsed, due.dueAt);
        due.call();
        await settle();
      }
      elapsed = end;
      await settle();
    },
    get waitingCount() {
      return waiters.size;
    },
  };
}

/** Lets every promise that can go on go on; real files need a turn of the event loop. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}
