import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { createTaskQueue } from '../../lib/task-queue.ts';
import {
  asTransportError,
  type ByteStream,
  letGo,
  type StreamOpener,
  TransportError,
} from '../../transports/byte-stream.ts';
import { type BusCounters, createBusCounters } from './bus-statistics.ts';
import type { Framing } from './framing.ts';
import type { LineTiming } from './line-timing.ts';
import type { ModbusRequest } from './pdu.ts';
import { createReceiver, type Receiver } from './receiver.ts';
import { createTransactor, type Transaction, type Transactor, type UnitNeeds } from './transactor.ts';

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

export function createModbusBus(options: BusOptions): ModbusBus {
  return new ReopeningBus(options);
}

interface OpenPort {
  readonly stream: ByteStream;
  readonly receiver: Receiver;
  giveUp(cause: Error): void;
}

class ReopeningBus implements ModbusBus {
  readonly counters = createBusCounters();
  readonly #options: BusOptions;
  readonly #queue = createTaskQueue();
  readonly #transactor: Transactor;
  readonly #waiting = new Set<() => void>();
  #current: OpenPort | undefined;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#transactor = createTransactor(options.framing, options.timing, options.clock, this.counters);
  }

  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, opener } = this.#options;
    let attempt = 0;
    let isTold = false;
    const tell = (cause: unknown, wasOpen: boolean) => {
      isTold = true;
      this.#options.onState?.({ kind: 'unavailable', cause: asTransportError(cause, opener.label), wasOpen });
    };
    while (!signal.aborted) {
      try {
        const stream = await opener.open(signal);
        const openedAt = clock.monotonicMs();
        const cause = signal.aborted ? undefined : await this.#hold(stream, signal);
        this.#current = undefined;
        if (clock.monotonicMs() - openedAt >= STABLE_MS) attempt = 0;
        await letGo(stream, clock);
        if (signal.aborted) return;
        this.counters.lost++;
        tell(cause, true);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold) tell(error, false);
      }
      await clock.sleep(backoffMs(attempt++, REOPEN), signal);
    }
  }

  // Resolves with the cause when the port is lost, given up, or at the end.
  #hold(stream: ByteStream, signal: AbortSignal): Promise<Error | undefined> {
    const { clock, opener, onState } = this.#options;
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
      this.#current = { stream, receiver: createReceiver(shared, clock), giveUp: end };
      this.counters.opened++;
      onState?.({ kind: 'open' });
      for (const wake of this.#waiting) wake();
    });
  }

  async whenOpen(signal: AbortSignal): Promise<boolean> {
    while (this.#current === undefined && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return !signal.aborted;
  }

  transact(request: ModbusRequest, unit: UnitNeeds): Promise<Transaction> {
    return this.#queue.run(async () => {
      const port = this.#current;
      if (port === undefined) throw new TransportError('closed', `${this.#options.opener.label} is not open`);
      return this.#transactor.transact(port.stream, port.receiver, request, unit);
    });
  }

  clearAt(request: ModbusRequest): number {
    return this.#transactor.clearAt(request);
  }

  worstCaseMs(request: ModbusRequest, unit: UnitNeeds): number {
    return this.#transactor.worstCaseMs(request, unit);
  }

  reopen(reason: string): void {
    this.#current?.giveUp(new TransportError('closed', `${this.#options.opener.label}: ${reason}`));
  }
}

function bind(stream: ByteStream): Pick<ByteStream, 'write' | 'onData' | 'close'> {
  return { write: (b) => stream.write(b), onData: (r) => stream.onData(r), close: () => stream.close() };
}
