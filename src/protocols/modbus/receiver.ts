import type { Clock } from '../../lib/clock.ts';
import type { ByteStream } from '../../transports/byte-stream.ts';
import type { ExpectedAnswer, FoundAnswer, Framing } from './framing.ts';

/** How the wait for an answer ended. `bytes` is everything that arrived since the request went out. */
export type Reception =
  | { readonly kind: 'answer'; readonly found: FoundAnswer; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: 'deadline'; readonly bytes: Uint8Array; readonly at: number }
  | { readonly kind: 'closed'; readonly cause: Error | undefined };

/** Keeps what arrives on one stream and recognises the answer that is waited for. */
export interface Receiver {
  /** Monotonic time at which the last byte was seen; 0 before the first. */
  readonly lastByteAt: number;
  /** What arrived while nothing was waited for; empties the buffer. */
  takeUnsolicited(): Uint8Array;
  /** Reads what the system already holds; more thorough after the event loop was held up. */
  settle(wasHeldUp: boolean): Promise<void>;
  /** Waits until the answer is there whole, or `deadline` (monotonic) has passed with the line quiet. */
  receive(framing: Framing, expected: ExpectedAnswer, deadline: number): Promise<Reception>;
}

/** No answer, however damaged, is longer; what an endless talker sends beyond it is dropped from the front. */
const MAX_HELD = 4096;
/** A frame that has begun may pause this long (USB adapters, serial servers, stalled hosts). */
const PAUSE_INSIDE_MS = 350;
/** A timer this late says that the event loop was held up and input may be waiting behind it. */
const HELD_UP_MS = 8;
/** An endless talker does not hold the bus longer than this beyond the deadline. */
const OVERTIME_MS = 1500;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export function createReceiver(stream: ByteStream, clock: Clock): Receiver {
  let held = new Uint8Array(0);
  let lastByteAt = 0;
  let closed: { cause: Error | undefined } | undefined;
  let onChange: (() => void) | undefined;

  stream.onData((bytes) => {
    lastByteAt = clock.monotonicMs();
    const joined = new Uint8Array(held.length + bytes.length);
    joined.set(held);
    joined.set(bytes, held.length);
    held = joined.length > MAX_HELD ? joined.slice(joined.length - MAX_HELD) : joined;
    onChange?.();
  });
  stream.onClose((cause) => {
    closed = { cause };
    onChange?.();
  });

  async function settle(wasHeldUp: boolean): Promise<void> {
    // Input passes through the poll phase and, on a serial port, a thread that reads: a few turns of the
    // event loop bring it here. After a stall the kernel's buffer may hold a whole frame.
    if (wasHeldUp) await new Promise<void>((resolve) => clock.timer(4, resolve));
    for (let seen = -1; seen !== held.length; ) {
      seen = held.length;
      for (let i = 0; i < 3; i++) await turn();
    }
  }

  /** One wait until something changes or `until` has passed; true when the timer came much too late. */
  function change(until: number): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = clock.timer(Math.max(0, until - clock.monotonicMs()), () => {
        onChange = undefined;
        resolve(clock.monotonicMs() - until > HELD_UP_MS);
      });
      onChange = () => {
        onChange = undefined;
        cancel();
        resolve(false);
      };
    });
  }

  async function receive(framing: Framing, expected: ExpectedAnswer, deadline: number): Promise<Reception> {
    const latest = deadline + OVERTIME_MS;
    let until = deadline;
    for (;;) {
      const found = framing.find(held, expected);
      if (found !== undefined) return { kind: 'answer', found, bytes: take(), at: lastByteAt };
      if (closed !== undefined) return { kind: 'closed', cause: closed.cause };
      const now = clock.monotonicMs();
      if (now >= until) {
        const before = held.length;
        await settle(true);
        // After a long stall even the good answer is read only now: it is looked for before giving up.
        if (framing.find(held, expected) !== undefined) continue;
        if (held.length === before || now >= latest)
          return { kind: 'deadline', bytes: take(), at: clock.monotonicMs() };
        until = lastByteAt + PAUSE_INSIDE_MS;
        continue;
      }
      // An answer that has begun is waited for: a pause inside is no reason to throw it away.
      if (isAnswerBegun(framing, held, expected))
        until = Math.min(latest, Math.max(deadline, lastByteAt + PAUSE_INSIDE_MS));
      await change(until);
    }
  }

  function take(): Uint8Array {
    const bytes = held;
    held = new Uint8Array(0);
    return bytes;
  }

  return {
    get lastByteAt() {
      return lastByteAt;
    },
    takeUnsolicited: take,
    settle,
    receive,
  };
}

function isAnswerBegun(framing: Framing, held: Uint8Array, expected: ExpectedAnswer): boolean {
  return held.length > 0 && framing.explain(held, expected) === 'truncated';
}
