import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { createTaskQueue } from '../../lib/task-queue.ts';
import { type ByteStream, type StreamOpener, TransportError } from '../../transports/byte-stream.ts';
import { type BusCounters, createBusCounters } from './bus-statistics.ts';
import type { Framing } from './framing.ts';
import type { LineTiming } from './line-timing.ts';
import type { ModbusRequest } from './pdu.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createTransactor, type Transaction, type UnitNeeds } from './transactor.ts';

export interface BusOptions {
  readonly opener: StreamOpener;
  readonly framing: Framing;
  readonly timing: LineTiming;
  readonly clock: Clock;
  /** Told when the port opens, when it is lost, and once when it cannot be opened. */
  readonly onState?: (state: BusState) => void;
}

export type BusState =
  | { readonly kind: 'open' }
  | { readonly kind: 'unavailable'; readonly cause: TransportError; readonly wasOpen: boolean };

/** One line with its units: one queue, one request in flight, reopened for ever. */
export interface ModbusBus {
  readonly isOpen: boolean;
  readonly counters: BusCounters;
  /** Opens and reopens until the signal aborts; closes then. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the port is open (true) or the signal aborted (false). */
  whenOpen(signal: AbortSignal): Promise<boolean>;
  /** One request and its answer. Rejects with TransportError, ModbusProtocolError or ModbusExceptionError. */
  transact(request: ModbusRequest, unit: UnitNeeds): Promise<Transaction>;
  /** Monotonic time from which the request's answer could not be taken for another's. */
  clearAt(request: ModbusRequest): number;
  /** Longest that `transact` can take from now, ms. */
  worstCaseMs(request: ModbusRequest, unit: UnitNeeds): number;
  /** Closes the port so that it is opened anew (a connection that went silent may be half dead). */
  reopen(reason: string): void;
}

/** First try again at once, then slower: a USB adapter is back within 2 s of its return. */
const REOPEN = { firstMs: 200, maxMs: 1000 };
/** A connection that lasted this long begins with short delays again when it is lost. */
const STABLE_MS = 5000;
/** Closing a device that was pulled out may never end. */
const CLOSE_LIMIT_MS = 2000;

export function createModbusBus(options: BusOptions): ModbusBus {
  const { clock, opener } = options;
  const counters = createBusCounters();
  const queue = createTaskQueue();
  const transactor = createTransactor(options.framing, options.timing, clock, counters);
  let current: { stream: ByteStream; receiver: Receiver; giveUp(cause: Error): void } | undefined;
  let waiting: (() => void)[] = [];

  async function hold(stream: ByteStream, signal: AbortSignal): Promise<Error | undefined> {
    return new Promise((resolve) => {
      let receiverGone: (cause: Error | undefined) => void = () => {};
      // The receiver listens for the end as well; the stream has one listener, so it is shared here.
      const shared: ByteStream = { ...bind(stream), onClose: (gone) => (receiverGone = gone) };
      const end = (cause: Error | undefined) => {
        signal.removeEventListener('abort', onAbort);
        receiverGone(cause);
        resolve(cause);
      };
      const onAbort = () => end(new TransportError('closed', `${opener.label} closed`));
      stream.onClose(end);
      signal.addEventListener('abort', onAbort, { once: true });
      current = { stream, receiver: createReceiver(shared, clock), giveUp: end };
      counters.opened++;
      options.onState?.({ kind: 'open' });
      for (const wake of waiting) wake();
      waiting = [];
    });
  }

  async function run(signal: AbortSignal): Promise<void> {
    let attempt = 0;
    let isTold = false;
    while (!signal.aborted) {
      try {
        const stream = await opener.open(signal);
        const openedAt = clock.monotonicMs();
        const cause = signal.aborted ? undefined : await hold(stream, signal);
        current = undefined;
        if (clock.monotonicMs() - openedAt >= STABLE_MS) attempt = 0;
        await letGo(stream, clock);
        if (signal.aborted) return;
        counters.lost++;
        isTold = true;
        options.onState?.({
          kind: 'unavailable',
          cause: asTransportError(cause, opener.label),
          wasOpen: true,
        });
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold)
          options.onState?.({
            kind: 'unavailable',
            cause: asTransportError(error, opener.label),
            wasOpen: false,
          });
        isTold = true;
      }
      await clock.sleep(backoffMs(attempt++, REOPEN), signal);
    }
  }

  return {
    get isOpen() {
      return current !== undefined;
    },
    counters,
    run,
    async whenOpen(signal) {
      while (current === undefined && !signal.aborted) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            signal.removeEventListener('abort', wake);
            resolve();
          };
          waiting.push(wake);
          signal.addEventListener('abort', wake, { once: true });
        });
      }
      return !signal.aborted;
    },
    transact: (request, unit) =>
      queue.run(async () => {
        if (current === undefined) throw new TransportError('closed', `${opener.label} is not open`);
        return transactor.transact(current.stream, current.receiver, request, unit);
      }),
    clearAt: transactor.clearAt,
    worstCaseMs: transactor.worstCaseMs,
    reopen: (reason) => current?.giveUp(new TransportError('closed', `${opener.label}: ${reason}`)),
  };
}

function bind(stream: ByteStream): Pick<ByteStream, 'write' | 'onData' | 'close'> {
  return { write: (b) => stream.write(b), onData: (r) => stream.onData(r), close: () => stream.close() };
}

async function letGo(stream: ByteStream, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.timer(CLOSE_LIMIT_MS, resolve);
    const end = () => {
      cancel();
      resolve();
    };
    // An error at closing leaves nothing to let go of; opening anew will tell when something is wrong.
    stream.close().then(end, end);
  });
}

function asTransportError(error: unknown, label: string): TransportError {
  if (error instanceof TransportError) return error;
  const reason = error instanceof Error ? `: ${error.message}` : '';
  return new TransportError('lost', `${label} was lost${reason}`, { cause: error });
}
