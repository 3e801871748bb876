import type { Emit, Notice } from '../../domain/event.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import {
  asTransportError,
  type ByteStream,
  letGo,
  type StreamOpener,
  type TransportError,
} from '../../transports/byte-stream.ts';
import type { StreamDecoder } from './decoder.ts';

export interface PortReaderOptions {
  readonly sourceId: string;
  readonly opener: StreamOpener;
  readonly clock: Clock;
  readonly decoder: StreamDecoder;
  readonly silenceMs: number;
  /** What to look at when bytes come and mean nothing. */
  readonly hint: string;
}

export interface PortCounters {
  opened: number;
  lost: number;
  /** Opened anew because nothing was heard. */
  reopened: number;
  bytes: number;
}

export function createPortCounters(): PortCounters {
  return { opened: 0, lost: 0, reopened: 0, bytes: 0 };
}

/** First try again at once, then slower: a USB adapter is back within 2 s of its return. */
const REOPEN = { firstMs: 200, maxMs: 1000 };
/** Every monitor writes a message in one go; a pause this long inside one means that bytes were lost. */
const PAUSE_MS = 2000;
/** A restarting unit prints a page of greetings; more that means nothing is a wrong setting. */
const NOT_UNDERSTOOD_BYTES = 200;

type Ending =
  | { readonly kind: 'aborted' }
  | { readonly kind: 'silent' }
  | { readonly kind: 'lost'; readonly cause: TransportError };

/**
 * Keeps one connection open and hands what it says to the decoder, until the signal aborts. A connection that is
 * missing or lost is tried again for ever; it is told once when that begins and once when it ends.
 */
export async function readPort(
  options: PortReaderOptions,
  counters: PortCounters,
  emit: Emit,
  onLost: (reason: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { opener, clock, sourceId } = options;
  const tell = createTeller(options, emit);
  let attempt = 0;
  while (!signal.aborted) {
    try {
      const stream = await opener.open(signal);
      counters.opened++;
      tell.open();
      const bytesBefore = counters.bytes;
      const ending = await listen(stream, options, counters, tell.heard, signal);
      await letGo(stream, clock);
      if (ending.kind === 'aborted') return;
      if (counters.bytes > bytesBefore) attempt = 0;
      if (ending.kind === 'silent') counters.reopened++;
      else {
        counters.lost++;
        tell.away('port-lost', ending.cause);
        onLost(`${sourceId} is not connected`);
      }
    } catch (error) {
      if (signal.aborted) return;
      tell.away('port-unavailable', asTransportError(error, opener.label));
    }
    await clock.sleep(backoffMs(attempt++, REOPEN), signal);
  }
}

interface Teller {
  open(): void;
  away(code: 'port-lost' | 'port-unavailable', cause: TransportError): void;
  /** After each arrival of bytes. */
  heard(bytes: number): void;
}

function createTeller(options: PortReaderOptions, emit: Emit): Teller {
  const { sourceId, clock, decoder, silenceMs, hint } = options;
  let isAway = false;
  let isNotUnderstood = false;
  let understood = decoder.understood;
  let understoodMs = clock.monotonicMs();
  let bytesSince = 0;
  const tell = (level: Notice['level'], code: string, message: string) =>
    emit({ type: 'notice', level, code, message: `${sourceId}: ${message}`, at: clock.now(), bus: sourceId });
  return {
    open() {
      if (isAway) tell('info', 'port-open', 'connected');
      isAway = false;
      understoodMs = clock.monotonicMs();
    },
    away(code, cause) {
      if (!isAway) tell('warn', code, `${cause.message}; trying again until it is there`);
      isAway = true;
    },
    heard(bytes) {
      const now = clock.monotonicMs();
      if (decoder.understood !== understood) {
        if (isNotUnderstood) tell('info', 'port-understood', 'messages are understood (again)');
        isNotUnderstood = false;
        understood = decoder.understood;
        understoodMs = now;
        bytesSince = 0;
        return;
      }
      bytesSince += bytes;
      if (isNotUnderstood || bytesSince < NOT_UNDERSTOOD_BYTES || now - understoodMs < silenceMs) return;
      isNotUnderstood = true;
      tell('warn', 'port-not-understood', `bytes arrive, but no message among them; ${hint}`);
    },
  };
}

function listen(
  stream: ByteStream,
  { decoder, clock, silenceMs, opener }: PortReaderOptions,
  counters: PortCounters,
  heard: (bytes: number) => void,
  signal: AbortSignal,
): Promise<Ending> {
  return new Promise((resolve) => {
    let heardMs = clock.monotonicMs();
    let isOver = false;
    let cancel = () => {};
    const end = (ending: Ending) => {
      if (isOver) return;
      isOver = true;
      cancel();
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    const onAbort = () => end({ kind: 'aborted' });
    const watch = () => {
      const leftMs = heardMs + silenceMs - clock.monotonicMs();
      if (leftMs <= 0) end({ kind: 'silent' });
      else cancel = clock.timer(leftMs, watch);
    };
    decoder.reset();
    stream.onData((bytes) => {
      if (isOver) return;
      const now = clock.monotonicMs();
      if (now - heardMs >= PAUSE_MS) decoder.breakOff();
      heardMs = now;
      counters.bytes += bytes.length;
      decoder.take(bytes);
      heard(bytes.length);
    });
    stream.onClose((cause) => end({ kind: 'lost', cause: asTransportError(cause, opener.label) }));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else watch();
  });
}
