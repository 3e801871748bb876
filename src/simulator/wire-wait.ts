import type { Clock } from '../lib/clock.ts';

/**
 * Waiting for a deadline on a wire. Wires are real even where the house's clock is moved by a test, so
 * deadlines are those of `performance.now()`.
 */
export interface WireWait {
  /** Resolves never before `dueMs`, and where `isExact` as little after it as the host allows. */
  until(dueMs: number, isExact: boolean): Promise<void>;
  /** Resolves everything that waits, and what will. */
  close(): void;
}

export const wireNow = (): number => performance.now();

// A timer has steps of 1 ms, can fire 1 ms early and fires 0.1 % late on long waits: come near, look again.
const FAR_MS = 200;
const NEAR_MS = 50;
const SPIN_MS = 1.3;

export function createWireWait(clock: Clock): WireWait {
  const waiting = new Map<() => void, () => void>();
  let isClosed = false;
  return {
    until: (dueMs, isExact) =>
      new Promise((resolve) => {
        const step = () => {
          waiting.delete(step);
          const left = dueMs - wireNow();
          if (left <= 0 || isClosed) resolve();
          else if (isExact && left <= SPIN_MS + 0.5) setImmediate(step);
          else waiting.set(step, clock.timer(timerMs(left, isExact), step));
        };
        step();
      }),
    close() {
      isClosed = true;
      for (const [step, cancel] of [...waiting]) {
        cancel();
        step();
      }
    },
  };
}

function timerMs(left: number, isExact: boolean): number {
  if (left > FAR_MS) return left - NEAR_MS;
  return isExact ? left - SPIN_MS : left;
}
