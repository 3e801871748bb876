/**
 * Time as the program sees it. `sleep` is for schedules (a test moves it by hand), `timer` guards waiting
 * for input and output (real time even where the schedule is simulated).
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970, with fractions. */
  now(): number;
  /** Never steps; only differences mean anything. */
  monotonicMs(): number;
  /** Resolves after `ms` of wall-clock schedule, or at once (not rejecting) when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back once after `ms`; the result cancels it. */
  timer(ms: number, onDue: () => void): () => void;
}

/** The computer's own clock. */
export function createSystemClock(): Clock {
  return {
    now: () => performance.timeOrigin + performance.now() + wallClockDrift(),
    monotonicMs: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, signal),
    timer(ms, onDue) {
      const handle = setTimeout(onDue, ms);
      return () => clearTimeout(handle);
    },
  };
}

// `performance.timeOrigin` is fixed at the start; the wall clock may be set later (a Raspberry Pi has no
// battery and gets its time from the network minutes after boot), so only a drift over a millisecond counts.
let drift = 0;
function wallClockDrift(): number {
  const off = Date.now() - (performance.timeOrigin + performance.now());
  if (Math.abs(off - drift) > 1.5) drift = off;
  return drift;
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const onAbort = () => {
      clearTimeout(handle);
      resolve();
    };
    // Node turns a delay over 2^31 ms into 1 ms; a day at most is enough for every caller that loops.
    const handle = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.min(Math.max(ms, 0), 86_400_000),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
