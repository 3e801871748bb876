import type { Clock } from '../../lib/clock.ts';

/** A device that answers when it is asked. */
export interface Asked {
  readonly intervalMs: number;
  /** Sends one question; false where there is nothing to ask for now, which is no missed answer. */
  ask(): boolean;
}

/** Asks each device at its interval, on slots of the wall clock, with at most one open question for each. */
export interface Poller {
  /** The open question is answered. */
  answered(asked: Asked): void;
  /** The device shows signs of life by itself: it is asked at its full pace again. */
  revive(asked: Asked): void;
  /** No answer will come to what is open: the broker is gone. */
  forget(): void;
  /** Resolves when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  readonly counters: { readonly asked: number; readonly answered: number; readonly unanswered: number };
}

export interface PollerOptions {
  readonly clock: Clock;
  readonly isConnected: () => boolean;
  /** Each device has a place of its own in the interval, for radios that take one message after the other. */
  readonly isSpread: boolean;
  /** How long an answer may take. */
  readonly answerMs: number;
}

/** Silent devices are asked at twice the distance each time, up to this (or their interval, where it is longer). */
const LONGEST_DISTANCE_MS = 300_000;
const LONGEST_SLEEP_MS = 1000;
/** Devices whose slots are this near are asked in one turn. */
const TURN_MS = 10;
/** Nobody asks a device that still owes an answer; it is looked after this often. */
const WAITING_TURN_MS = 100;

interface State {
  readonly asked: Asked;
  readonly offsetMs: number;
  dueAt: number;
  openSinceMs: number | undefined;
  misses: number;
}

export function createPoller(devices: readonly Asked[], options: PollerOptions): Poller {
  const { clock, answerMs } = options;
  const counters = { asked: 0, answered: 0, unanswered: 0 };
  const states = createStates(devices, options.isSpread);

  function turn(now: number): number {
    let nextAt = now + LONGEST_SLEEP_MS;
    const nowMs = clock.monotonicMs();
    for (const state of states.values()) {
      closeIfLate(state, nowMs, answerMs, counters);
      // A clock that was set back must not stop the questions until it is that late again.
      if (state.dueAt > now + distanceMs(state) + state.asked.intervalMs) state.dueAt = 0;
      if (state.dueAt === 0) state.dueAt = nextSlot(now, state);
      if (state.dueAt <= now && state.openSinceMs === undefined) askNow(state, now, nowMs, counters);
      const turnMs = state.openSinceMs === undefined ? TURN_MS : WAITING_TURN_MS;
      nextAt = Math.min(nextAt, Math.max(state.dueAt, now + turnMs));
    }
    return nextAt;
  }

  const stateOf = (asked: Asked) => states.get(asked);
  return {
    counters,
    answered(asked) {
      const state = stateOf(asked);
      if (state?.openSinceMs === undefined) return;
      state.openSinceMs = undefined;
      counters.answered++;
      revive(state);
    },
    revive: (asked) => revive(stateOf(asked)),
    forget() {
      for (const state of states.values()) {
        state.openSinceMs = undefined;
        state.misses = 0;
        // Reckoned anew when the broker is back, so that not everyone is asked at once then.
        state.dueAt = 0;
      }
    },
    async run(signal) {
      while (!signal.aborted) {
        const now = clock.now();
        const nextAt = options.isConnected() ? turn(now) : now + LONGEST_SLEEP_MS;
        await clock.sleep(nextAt - clock.now(), signal);
      }
    },
  };
}

function createStates(devices: readonly Asked[], isSpread: boolean): ReadonlyMap<Asked, State> {
  return new Map(
    devices.map((asked, index) => {
      const offsetMs = isSpread ? Math.floor((asked.intervalMs * index) / devices.length) : 0;
      return [asked, { asked, offsetMs, dueAt: 0, openSinceMs: undefined, misses: 0 }];
    }),
  );
}

function closeIfLate(state: State, nowMs: number, answerMs: number, counters: { unanswered: number }): void {
  if (state.openSinceMs === undefined || nowMs - state.openSinceMs <= answerMs) return;
  state.openSinceMs = undefined;
  state.misses++;
  counters.unanswered++;
}

function askNow(state: State, now: number, nowMs: number, counters: { asked: number }): void {
  // Open before the question is out: an answer may be quick.
  state.openSinceMs = nowMs;
  if (state.asked.ask()) counters.asked++;
  else state.openSinceMs = undefined;
  state.dueAt = nextSlot(now + distanceMs(state) - state.asked.intervalMs, state);
}

function revive(state: State | undefined): void {
  if (state === undefined) return;
  if (state.misses > 0) state.dueAt = 0;
  state.misses = 0;
}

function distanceMs({ asked: { intervalMs }, misses }: State): number {
  return Math.min(intervalMs * 2 ** Math.min(misses, 20), Math.max(LONGEST_DISTANCE_MS, intervalMs));
}

/** The first whole multiple of the interval after `now`, moved by the device's own place in it. */
function nextSlot(now: number, { asked: { intervalMs }, offsetMs }: State): number {
  return (Math.floor((now - offsetMs) / intervalMs) + 1) * intervalMs + offsetMs;
}
