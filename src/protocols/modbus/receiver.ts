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
/** After a timer that was late, or a deadline, bytes that the system holds are here after this long. */
const SETTLE_MS = 4;
/** An endless talker does not hold the bus longer than this beyond the deadline. */
const OVERTIME_MS = 1500;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Listens from now on: the stream has one receiver. */
export function createReceiver(stream: ByteStream, clock: Clock): Receiver {
  const receiver = new StreamReceiver(clock);
  stream.onData((bytes) => receiver.add(bytes));
  stream.onClose((cause) => receiver.end(cause));
  return receiver;
}

class StreamReceiver implements Receiver {
  readonly #clock: Clock;
  #held = new Uint8Array(0);
  #closed: { readonly cause: Error | undefined } | undefined;
  #onChange: (() => void) | undefined;
  lastByteAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(bytes: Uint8Array): void {
    this.lastByteAt = this.#clock.monotonicMs();
    const joined = new Uint8Array(this.#held.length + bytes.length);
    joined.set(this.#held);
    joined.set(bytes, this.#held.length);
    this.#held = joined.length > MAX_HELD ? joined.slice(joined.length - MAX_HELD) : joined;
    this.#onChange?.();
  }

  end(cause: Error | undefined): void {
    this.#closed = { cause };
    this.#onChange?.();
  }

  takeUnsolicited(): Uint8Array {
    const bytes = this.#held;
    this.#held = new Uint8Array(0);
    return bytes;
  }

  async settle(wasHeldUp: boolean): Promise<void> {
    // Input passes through the poll phase and, on a serial port, a thread that reads: a few turns of the
    // event loop bring it here. After a stall the kernel's buffer may hold a whole frame.
    if (wasHeldUp) await new Promise<void>((resolve) => this.#clock.timer(SETTLE_MS, resolve));
    for (let seen = -1; seen !== this.#held.length; ) {
      seen = this.#held.length;
      for (let i = 0; i < 3; i++) await turn();
    }
  }

  async receive(framing: Framing, expected: ExpectedAnswer, deadline: number): Promise<Reception> {
    const latest = deadline + OVERTIME_MS;
    let until = deadline;
    for (;;) {
      const found = framing.find(this.#held, expected);
      if (found !== undefined)
        return { kind: 'answer', found, bytes: this.takeUnsolicited(), at: this.lastByteAt };
      if (this.#closed !== undefined) return { kind: 'closed', cause: this.#closed.cause };
      const now = this.#clock.monotonicMs();
      if (now >= until) {
        const before = this.#held.length;
        await this.settle(true);
        // After a long stall even the good answer is read only now: it is looked for before giving up.
        if (framing.find(this.#held, expected) !== undefined) continue;
        if (this.#held.length === before || now >= latest)
          return { kind: 'deadline', bytes: this.takeUnsolicited(), at: this.#clock.monotonicMs() };
        until = this.lastByteAt + PAUSE_INSIDE_MS;
        continue;
      }
      // An answer that has begun is waited for: a pause inside is no reason to throw it away.
      if (isAnswerBegun(framing, this.#held, expected))
        until = Math.min(latest, Math.max(deadline, this.lastByteAt + PAUSE_INSIDE_MS));
      await this.#change(until);
    }
  }

  /** One wait until something changes or `until` has passed. */
  #change(until: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.timer(Math.max(0, until - this.#clock.monotonicMs()), () => {
        this.#onChange = undefined;
        resolve();
      });
      this.#onChange = () => {
        this.#onChange = undefined;
        cancel();
        resolve();
      };
    });
  }
}

function isAnswerBegun(framing: Framing, held: Uint8Array, expected: ExpectedAnswer): boolean {
  return held.length > 0 && framing.explain(held, expected) === 'truncated';
}
