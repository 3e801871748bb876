import { type ByteStream, type StreamOpener, TransportError } from '../../src/transports/byte-stream.ts';
import type { ManualClock } from './manual-clock.ts';

/** Bytes that arrive some time after the request was written. */
export interface Delivery {
  readonly afterMs: number;
  readonly bytes: Uint8Array;
}

/** What stands at the other end of the line: what it sends for each request, and when. */
export type Peer = (request: Uint8Array) => readonly Delivery[];

export interface FakeLineOptions {
  readonly label?: string;
  /** Bytes that were under way at a loss come out of the next connection, as from a serial server. */
  readonly carriesOver?: boolean;
}

/**
 * A line that exists in memory only: an opener, and the test's hand on what happens to it.
 *
 *     const line = createFakeLine(clock, (request) => [{ afterMs: 20, bytes: answerOf(request) }]);
 *     const bus = createModbusBus({ opener: line.opener, ... });
 */
export interface FakeLine {
  readonly opener: StreamOpener;
  /** Everything that was written, with the monotonic time of it. */
  readonly written: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  /** How often it was opened, and how often somebody tried. */
  readonly opened: number;
  readonly tries: number;
  readonly isOpen: boolean;
  /** Another peer from now on. */
  answerWith(peer: Peer): void;
  /** Bytes that nobody asked for. */
  send(bytes: Uint8Array, afterMs?: number): void;
  /** The port vanishes; it cannot be opened until `restore`. */
  lose(): void;
  /** Whether it can be opened; true at the begin. */
  restore(): void;
  /** From now on writing or closing rejects. */
  breakWith(what: 'write' | 'close', error: Error): void;
  /** From now on closing never ends, as with a device that was pulled out. */
  hangAtClose(): void;
}

export function createFakeLine(clock: ManualClock, peer: Peer, options: FakeLineOptions = {}): FakeLine {
  const label = options.label ?? 'fake line';
  const written: { at: number; bytes: Uint8Array }[] = [];
  const broken = new Map<'write' | 'close', Error>();
  let current: OpenEnd | undefined;
  let answer = peer;
  let isThere = true;
  let isHanging = false;
  let opened = 0;
  let tries = 0;

  function deliver(bytes: Uint8Array, afterMs: number, from: OpenEnd | undefined): void {
    clock.arrive(afterMs, () => {
      const end = options.carriesOver === true ? current : from;
      if (end !== undefined && end === current) end.receive(bytes);
    });
  }

  function close(end: OpenEnd, cause: Error | undefined): void {
    if (end !== current) return;
    current = undefined;
    end.gone(cause);
  }

  function openEnd(): ByteStream {
    const end: OpenEnd = { receive: () => {}, gone: () => {} };
    current = end;
    opened++;
    return {
      async write(bytes) {
        const error = broken.get('write');
        if (error !== undefined) throw error;
        if (end !== current) throw new TransportError('lost', `${label} is gone`);
        written.push({ at: clock.monotonicMs(), bytes: bytes.slice() });
        for (const { afterMs, bytes: sent } of answer(bytes)) deliver(sent, afterMs, end);
      },
      onData: (receive) => {
        end.receive = receive;
      },
      onClose: (gone) => {
        end.gone = gone;
      },
      async close() {
        close(end, undefined);
        if (isHanging) await new Promise(() => {});
        const error = broken.get('close');
        if (error !== undefined) throw error;
      },
    };
  }

  return {
    opener: {
      label,
      async open() {
        tries++;
        if (!isThere) throw new TransportError('not-found', `no ${label}`);
        return openEnd();
      },
    },
    written,
    get opened() {
      return opened;
    },
    get tries() {
      return tries;
    },
    get isOpen() {
      return current !== undefined;
    },
    answerWith(next) {
      answer = next;
    },
    send: (bytes, afterMs = 0) => deliver(bytes, afterMs, current),
    lose() {
      isThere = false;
      if (current !== undefined) close(current, new TransportError('lost', `${label} is gone`));
    },
    restore() {
      isThere = true;
    },
    breakWith(what, error) {
      broken.set(what, error);
    },
    hangAtClose() {
      isHanging = true;
    },
  };
}

interface OpenEnd {
  receive: (bytes: Uint8Array) => void;
  gone: (cause: Error | undefined) => void;
}
