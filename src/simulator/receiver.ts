import type { Clock } from '../lib/clock.ts';
import { type Received, receiveAscii, receiveRtu } from './framing.ts';
import { wireNow } from './wire-wait.ts';

/** A request as it came over the wire. */
export interface ArrivedRequest {
  /** Unit id, function code, fields. */
  readonly body: Uint8Array;
  readonly frame: Uint8Array;
  /** When its first and its last byte arrived, by `wireNow()`. */
  readonly firstByteMs: number;
  readonly lastByteMs: number;
}

export interface Receiver {
  receive(bytes: Uint8Array): void;
  close(): void;
}

// A meter waits for 3.5 characters of silence; a process that is stalled now and then needs more.
const SILENCE_MS = 30;

/**
 * Finds the requests in what a client sends. After a damaged one the meter is deaf until the line has been
 * silent, as any Modbus unit is; half a request is forgotten after the same silence.
 */
export function createReceiver(
  framing: 'rtu' | 'ascii',
  clock: Clock,
  onRequest: (request: ArrivedRequest) => void,
): Receiver {
  let waiting: Uint8Array = new Uint8Array(0);
  let firstByteMs = 0;
  let isDeaf = false;
  let chunks = 0;
  let cancel: (() => void) | undefined;

  const afterSilence = () => {
    const seen = chunks;
    // Bytes that arrived while this process was held up are read before the silence is believed.
    setImmediate(() => {
      if (seen !== chunks) return;
      waiting = new Uint8Array(0);
      isDeaf = false;
    });
  };
  const awaitSilence = () => {
    cancel = clock.timer(SILENCE_MS, afterSilence);
  };
  return {
    receive(bytes) {
      cancel?.();
      cancel = undefined;
      chunks++;
      const now = wireNow();
      if (isDeaf) {
        awaitSilence();
        return;
      }
      if (waiting.length === 0) firstByteMs = now;
      waiting = Uint8Array.of(...waiting, ...bytes);
      for (;;) {
        const received: Received = framing === 'rtu' ? receiveRtu(waiting) : receiveAscii(waiting);
        if (received.kind === 'damaged') {
          isDeaf = framing === 'rtu';
          waiting = new Uint8Array(0);
        }
        if (received.kind !== 'body') break;
        waiting = received.rest;
        onRequest({ body: received.body, frame: received.frame, firstByteMs, lastByteMs: now });
        firstByteMs = now;
        if (waiting.length === 0) break;
      }
      if (isDeaf || (waiting.length > 0 && framing === 'rtu')) awaitSilence();
    },
    close: () => cancel?.(),
  };
}
