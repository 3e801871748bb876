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
import { PlugwiseError } from './errors.ts';
import { type Answered, createExchange, type ExchangeCounters } from './exchange.ts';
import { createFrameReader, encodeFrame, type FrameCounters } from './frame.ts';
import { decodeNetwork, INITIALISE, type PlugwiseRequest, type StickNetwork } from './messages.ts';

export interface StickOptions {
  readonly opener: StreamOpener;
  readonly clock: Clock;
  /** Told when the stick has answered for the first time after an opening, and when the port is not there. */
  readonly onState?: (state: StickState) => void;
}

export type StickState =
  | { readonly kind: 'ready'; readonly network: StickNetwork }
  | { readonly kind: 'unavailable'; readonly cause: TransportError; readonly wasOpen: boolean };

/** A Plugwise stick: one request in flight, its port reopened for ever. */
export interface PlugwiseStick {
  readonly isReady: boolean;
  /** What the stick said of itself last. */
  readonly network: StickNetwork | undefined;
  readonly counters: ExchangeCounters & FrameCounters & StickCounters;
  /** Opens, initialises and reopens until the signal aborts; closes then. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Resolves when the stick is initialised (true) or the signal aborted (false). */
  whenReady(signal: AbortSignal): Promise<boolean>;
  /**
   * One request and its answer, behind those that wait already. Rejects with a PlugwiseError or TransportError;
   * an answer that comes up to 2 s after that is given to `onLate`.
   */
  request(request: PlugwiseRequest, onLate?: (late: Answered) => void): Promise<Answered>;
}

export interface StickCounters {
  readonly opened: number;
  readonly lost: number;
}

/** First try again at once, then slower: a stick is back within 2 s of its return. */
const REOPEN = { firstMs: 200, maxMs: 1000 };
/** A connection that lasted this long begins with short delays again when it is lost. */
const STABLE_MS = 5000;
/** A port from which nothing has come for so long, although it was asked, is opened anew. */
const SILENCE_LIMIT_MS = 30_000;
const INITIALISE_AGAIN_MS = 1000;
/** Acknowledgements that are still on their way come within this. */
const DRAIN_MS = 500;

export function createStick(options: StickOptions): PlugwiseStick {
  return new ReopeningStick(options);
}

interface OpenPort {
  readonly stream: ByteStream;
  /** Aborts when the port is lost, given up, or at the end. */
  readonly ended: AbortSignal;
  giveUp(cause: Error): void;
}

class ReopeningStick implements PlugwiseStick {
  readonly #options: StickOptions;
  readonly #queue = createTaskQueue();
  readonly #exchange: ReturnType<typeof createExchange>;
  readonly #reader = createFrameReader();
  /** Waits for readiness, for the loss of it, or for the end. */
  readonly #watchers = new Set<() => void>();
  #port: OpenPort | undefined;
  #opened = 0;
  #lost = 0;
  isReady = false;
  network: StickNetwork | undefined;

  constructor(options: StickOptions) {
    this.#options = options;
    this.#exchange = createExchange(options.clock);
  }

  get counters() {
    return {
      ...this.#exchange.counters,
      ...this.#reader.counters,
      opened: this.#opened,
      lost: this.#lost,
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, opener } = this.#options;
    let attempt = 0;
    let isTold = false;
    const tell = (error: unknown, wasOpen: boolean) => {
      isTold = true;
      const cause = asTransportError(error, opener.label);
      this.#options.onState?.({ kind: 'unavailable', cause, wasOpen });
    };
    while (!signal.aborted) {
      try {
        const stream = await opener.open(signal);
        const openedAt = clock.monotonicMs();
        const cause = signal.aborted ? undefined : await this.#hold(stream, signal);
        if (clock.monotonicMs() - openedAt >= STABLE_MS) attempt = 0;
        await letGo(stream, clock);
        if (signal.aborted) return;
        this.#lost++;
        tell(cause, true);
      } catch (error) {
        if (signal.aborted) return;
        if (!isTold) tell(error, false);
      }
      await clock.sleep(backoffMs(attempt++, REOPEN), signal);
    }
  }

  // Resolves with the cause when the port is lost, given up, or at the end.
  async #hold(stream: ByteStream, signal: AbortSignal): Promise<Error | undefined> {
    const ended = new AbortController();
    const cause = await new Promise<Error | undefined>((resolve) => {
      const onAbort = () => resolve(new TransportError('closed', `${this.#options.opener.label} closed`));
      signal.addEventListener('abort', onAbort, { once: true });
      const port = { stream, ended: ended.signal, giveUp: resolve };
      ended.signal.addEventListener('abort', () => signal.removeEventListener('abort', onAbort));
      stream.onClose(resolve);
      this.#reader.reset();
      stream.onData((bytes) => {
        for (const text of this.#reader.push(bytes)) this.#exchange.receive(text);
      });
      this.#opened++;
      this.#port = port;
      void this.#stayInitialised(port);
    });
    this.#port = undefined;
    ended.abort();
    this.#exchange.abandon(asTransportError(cause, this.#options.opener.label));
    this.#setReady(false);
    return cause;
  }

  // Whenever the stick has lost count (a request was not acknowledged), it is initialised anew: its answer comes
  // behind every acknowledgement that is still under way, so that none of them can be taken for a later one.
  async #stayInitialised(port: OpenPort): Promise<void> {
    const { clock, opener } = this.#options;
    for (let tries = 1; !port.ended.aborted; tries++) {
      const network = await this.#initialise(port);
      if (port.ended.aborted) return;
      if (network !== undefined) {
        if (tries > 1) await new Promise<void>((resolve) => clock.timer(DRAIN_MS, resolve));
        if (port.ended.aborted) return;
        this.network = network;
        this.#setReady(true);
        this.#options.onState?.({ kind: 'ready', network });
        await this.#untilUnready(port.ended);
        tries = 1; // what made it unready may still be acknowledged
        continue;
      }
      const since = this.#exchange.unheardSince;
      if (since !== undefined && clock.monotonicMs() - since >= SILENCE_LIMIT_MS)
        port.giveUp(new TransportError('lost', `${opener.label} is open, but no stick answers there`));
      else if (since === undefined) await clock.sleep(INITIALISE_AGAIN_MS, port.ended);
    }
  }

  async #initialise(port: OpenPort): Promise<StickNetwork | undefined> {
    try {
      const { response } = await this.#exchange.transact(INITIALISE, () => this.#write(port, INITIALISE));
      return response.mac === undefined ? undefined : decodeNetwork(response.mac, response.fields);
    } catch (error) {
      if (error instanceof PlugwiseError) return undefined;
      port.giveUp(asTransportError(error, this.#options.opener.label));
      return undefined;
    }
  }

  request(request: PlugwiseRequest, onLate?: (late: Answered) => void): Promise<Answered> {
    return this.#queue.run(async () => {
      const port = this.#port;
      if (port === undefined || !this.isReady)
        throw new PlugwiseError('not-ready', `the stick at ${this.#options.opener.label} is not ready`);
      try {
        return await this.#exchange.transact(request, () => this.#write(port, request), onLate);
      } catch (error) {
        if (error instanceof PlugwiseError) {
          if (error.code === 'stick-silent') this.#setReady(false);
          throw error;
        }
        // Only the port can fail otherwise: it is opened anew.
        const cause = asTransportError(error, this.#options.opener.label);
        this.#setReady(false);
        port.giveUp(cause);
        throw cause;
      }
    });
  }

  whenReady(signal: AbortSignal): Promise<boolean> {
    return this.#until(() => this.isReady, signal);
  }

  async #untilUnready(signal: AbortSignal): Promise<void> {
    await this.#until(() => !this.isReady, signal);
  }

  async #until(isTrue: () => boolean, signal: AbortSignal): Promise<boolean> {
    while (!isTrue() && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#watchers.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        this.#watchers.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
    return !signal.aborted;
  }

  #setReady(isReady: boolean): void {
    this.isReady = isReady;
    for (const wake of [...this.#watchers]) wake();
  }

  #write(port: OpenPort, request: PlugwiseRequest): Promise<void> {
    return port.stream.write(encodeFrame(request.text));
  }
}
