import type { Clock } from '../../lib/clock.ts';
import { PlugwiseError } from './errors.ts';
import type { PlugwiseRequest } from './messages.ts';
import { type PlugwiseResponse, readResponse } from './response.ts';
import { createSequenceMemory } from './sequence-memory.ts';

/** An answer that belongs to its request by sequence number, id and MAC. */
export interface Answered {
  readonly response: PlugwiseResponse;
  /** Wall clock at its arrival, ms. */
  readonly at: number;
}

/** What became of frames and requests. */
export interface ExchangeCounters {
  requests: number;
  answers: number;
  /** Answers that came after the node had been given up, and were used. */
  lateAnswers: number;
  /** Requests that a node did not answer. */
  silentNodes: number;
  /** Requests that the stick took no notice of. */
  silentStick: number;
  /** Times that the stick found a request damaged or not allowed (C2, C3). */
  refusedByStick: number;
  /** Frames that came again. */
  repeated: number;
  /** Frames that belong to no request of ours, or do not fit theirs. */
  foreign: number;
  /** FFFC to FFFF: nodes that announce themselves, wake up, or a group switch. */
  unsolicited: number;
  unreadable: number;
}

export interface Exchange {
  readonly counters: ExchangeCounters;
  /** Monotonic time since which requests went out and no frame at all came back; undefined while all is well. */
  readonly unheardSince: number | undefined;
  /** The text of a frame that arrived. */
  receive(text: string): void;
  /** One request and its answer; rejects with a PlugwiseError. `onLate` gets an answer that comes after that. */
  transact(
    request: PlugwiseRequest,
    write: () => Promise<void>,
    onLate?: (late: Answered) => void,
  ): Promise<Answered>;
  /** The port is gone: everything that waits rejects, every sequence number is forgotten. */
  abandon(cause: Error): void;
}

/** Acknowledgements come within some 30 ms; a stick that takes so long does not work. */
const ACK_TIMEOUT_MS = 3000;
/** The stick itself gives a node up after 1.6 s. */
const ANSWER_TIMEOUT_MS = 2500;
/** True answers have been seen up to a second after the stick gave up. */
const LATE_WINDOW_MS = 2000;
/** Before a request that the stick refused is sent again. */
const REFUSED_DELAYS_MS = [100, 300] as const;

const ACCEPTED = '00C1';
const REFUSED: ReadonlySet<string> = new Set(['00C2', '00C3']);
const UNSOLICITED: ReadonlySet<string> = new Set(['FFFC', 'FFFD', 'FFFE', 'FFFF']);

export function createExchange(clock: Clock): Exchange {
  return new SequencedExchange(clock);
}

type Acknowledged =
  | { readonly code: string; readonly sequence: string | undefined }
  | { readonly failed: Error };
type Outcome = Answered | 'silent' | { readonly failed: Error };

interface OpenRequest {
  readonly request: PlugwiseRequest;
  readonly settle: (outcome: Outcome) => void;
}

class SequencedExchange implements Exchange {
  readonly counters: ExchangeCounters = {
    ...{ requests: 0, answers: 0, lateAnswers: 0, silentNodes: 0, silentStick: 0 },
    ...{ refusedByStick: 0, repeated: 0, foreign: 0, unsolicited: 0, unreadable: 0 },
  };
  unheardSince: number | undefined;
  readonly #clock: Clock;
  /** By sequence number: accepted, and neither answered nor forgotten. */
  readonly #open = new Map<string, OpenRequest>();
  readonly #done = createSequenceMemory();
  #acknowledge: ((ack: Acknowledged) => void) | undefined;
  #unnumbered = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async transact(
    request: PlugwiseRequest,
    write: () => Promise<void>,
    onLate: (late: Answered) => void = () => {},
  ): Promise<Answered> {
    for (let attempt = 0; ; attempt++) {
      this.counters.requests++;
      const ack = await this.#send(request, write, onLate);
      if (ack.answer !== undefined) return this.#checked(request, await ack.answer);
      if (!REFUSED.has(ack.code)) throw this.#silent(request);
      this.counters.refusedByStick++;
      const delayMs = REFUSED_DELAYS_MS[attempt];
      if (delayMs === undefined)
        throw new PlugwiseError('stick-refused', `the stick refuses ${nameOf(request)} (${ack.code})`);
      await new Promise<void>((resolve) => this.#clock.timer(delayMs, resolve));
    }
  }

  receive(text: string): void {
    this.unheardSince = undefined;
    const readings = readResponse(text);
    const [first] = readings;
    if (first === undefined) this.counters.unreadable++;
    else if (first.sequence !== undefined && UNSOLICITED.has(first.sequence)) this.counters.unsolicited++;
    else if (first.id === '0000' && first.mac === undefined) this.#takeStickCode(first);
    else this.#takeAnswer(readings);
  }

  abandon(cause: Error): void {
    this.unheardSince = undefined;
    this.#acknowledge?.({ failed: cause });
    for (const { settle } of [...this.#open.values()]) settle({ failed: cause });
    this.#open.clear();
    this.#done.clear();
  }

  // Writes and waits for the stick's acceptance. With it the answer is waited for from that moment on, so that
  // one that arrives in the same read is not missed.
  #send(request: PlugwiseRequest, write: () => Promise<void>, onLate: (late: Answered) => void) {
    return new Promise<{ readonly code: string; readonly answer?: Promise<Answered> }>((resolve, reject) => {
      const end = (ack: Acknowledged) => {
        cancel();
        this.#acknowledge = undefined;
        if ('failed' in ack) return reject(ack.failed);
        if (ack.code !== ACCEPTED) return resolve({ code: ack.code });
        const answer = this.#awaitAnswer(request, ack.sequence ?? `unnumbered ${this.#unnumbered++}`, onLate);
        // It may be lost together with the port before anybody has taken it over.
        answer.catch(() => {});
        resolve({ code: ack.code, answer });
      };
      const cancel = this.#clock.timer(ACK_TIMEOUT_MS, () => {
        this.counters.silentStick++;
        const message = `the stick takes no notice of ${nameOf(request)}`;
        end({ failed: new PlugwiseError('stick-silent', message) });
      });
      this.#acknowledge = end;
      this.unheardSince ??= this.#clock.monotonicMs();
      write().catch((error: unknown) => this.#acknowledge?.({ failed: asError(error) }));
    });
  }

  #awaitAnswer(
    request: PlugwiseRequest,
    sequence: string,
    onLate: (late: Answered) => void,
  ): Promise<Answered> {
    return new Promise((resolve, reject) => {
      let hasGivenUp = false;
      const forget = () => {
        this.#open.delete(sequence);
        this.#done.add(sequence);
      };
      const settle = (outcome: Outcome) => {
        if (outcome === 'silent') {
          if (hasGivenUp) return;
          hasGivenUp = true;
          cancel();
          cancel = this.#clock.timer(LATE_WINDOW_MS, forget);
          return reject(this.#silent(request));
        }
        cancel();
        forget();
        if ('failed' in outcome) return reject(outcome.failed);
        if (!hasGivenUp) return resolve(outcome);
        this.counters.lateAnswers++;
        onLate(outcome);
      };
      let cancel = this.#clock.timer(ANSWER_TIMEOUT_MS, () => settle('silent'));
      this.#open.set(sequence, { request, settle });
    });
  }

  #takeStickCode({ sequence, code = '' }: PlugwiseResponse): void {
    const open = sequence === undefined ? this.#onlyOpen() : this.#open.get(sequence);
    if (open !== undefined && (sequence !== undefined || code !== ACCEPTED)) {
      if (code === ACCEPTED) this.counters.repeated++;
      else open.settle('silent');
    } else if (sequence !== undefined && this.#done.has(sequence)) this.counters.repeated++;
    else if (this.#acknowledge !== undefined) {
      if (sequence !== undefined && code !== ACCEPTED) this.#done.add(sequence);
      this.#acknowledge({ code, sequence });
    } else {
      this.counters.foreign++;
      // Whatever comes later under this number is no answer to anything that we wait for.
      if (sequence !== undefined) this.#done.add(sequence);
    }
  }

  #takeAnswer(readings: readonly PlugwiseResponse[]): void {
    const at = this.#clock.now();
    for (const response of readings) {
      const { sequence } = response;
      const open = sequence === undefined ? this.#openFor(response) : this.#open.get(sequence);
      if (open === undefined || !fits(open.request, response)) continue;
      open.settle({ response, at });
      return;
    }
    const isRepeated = readings.some(({ sequence }) => sequence !== undefined && this.#done.has(sequence));
    if (isRepeated) this.counters.repeated++;
    else this.counters.foreign++;
  }

  // Without a sequence number only MAC and id tell whose answer it is; where two wait for such, nobody gets it.
  #openFor(response: PlugwiseResponse): OpenRequest | undefined {
    const fitting = [...this.#open.values()].filter(({ request }) => fits(request, response));
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  #onlyOpen(): OpenRequest | undefined {
    const [open] = this.#open.values();
    return this.#open.size === 1 ? open : undefined;
  }

  #checked(request: PlugwiseRequest, answered: Answered): Answered {
    this.counters.answers++;
    const { code } = answered.response;
    if (code === undefined || request.refusedCodes?.includes(code) !== true) return answered;
    throw new PlugwiseError(
      'node-refused',
      `${request.mac ?? 'the stick'} refuses ${request.name} (${code})`,
    );
  }

  #silent(request: PlugwiseRequest): PlugwiseError {
    this.counters.silentNodes++;
    const message = `${request.mac ?? 'the stick'} does not answer (${request.name})`;
    return new PlugwiseError('node-silent', message);
  }
}

function fits(request: PlugwiseRequest, { id, mac, code }: PlugwiseResponse): boolean {
  if (id !== request.answerId) return false;
  if (request.mac !== undefined && request.mac !== mac) return false;
  if (code === undefined) return true;
  return request.doneCodes?.includes(code) === true || request.refusedCodes?.includes(code) === true;
}

function nameOf(request: PlugwiseRequest): string {
  return request.mac === undefined ? request.name : `${request.name} of ${request.mac}`;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
