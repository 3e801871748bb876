import type { Clock } from '../../lib/clock.ts';
import { type ByteStream, TransportError } from '../../transports/byte-stream.ts';
import { type Ambiguity, createAmbiguity } from './ambiguity.ts';
import { type BusCounters, countersOf } from './bus-statistics.ts';
import { ModbusExceptionError, ModbusProtocolError, type ProtocolFault } from './errors.ts';
import { type ExpectedAnswer, type Framing, startsWith } from './framing.ts';
import type { LearnedLatency } from './latency.ts';
import type { LineTiming } from './line-timing.ts';
import type { ModbusRequest } from './pdu.ts';
import type { Receiver, Reception } from './receiver.ts';

/** What is known of the unit that is asked. */
export interface UnitNeeds {
  /** Silence that it needs before a request, ms. */
  readonly gapMs: number;
  readonly latency: LearnedLatency;
}

/** An answer and when it was on the wire, monotonic milliseconds. */
export interface Transaction {
  readonly pdu: Uint8Array;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** A line that talks this long without a pause is given up for this request. */
const NEVER_SILENT_MS = 2000;

/** Bytes that the system holds are here after this long: a serial port is read by a thread. */
const READ_MS = 0.3;

/** Does one request after the other on an open stream; the caller sees to it that there is only one. */
export interface Transactor {
  transact(
    stream: ByteStream,
    receiver: Receiver,
    request: ModbusRequest,
    unit: UnitNeeds,
  ): Promise<Transaction>;
  clearAt(request: ModbusRequest): number;
  worstCaseMs(request: ModbusRequest, unit: UnitNeeds): number;
}

export function createTransactor(
  framing: Framing,
  timing: LineTiming,
  clock: Clock,
  counters: BusCounters,
): Transactor {
  return new LineTransactor(framing, timing, clock, counters);
}

class LineTransactor implements Transactor {
  readonly #framing: Framing;
  readonly #timing: LineTiming;
  readonly #clock: Clock;
  readonly #counters: BusCounters;
  readonly #ambiguity: Ambiguity;
  #transactionId = 0;
  #lastSentEnd = 0;

  constructor(framing: Framing, timing: LineTiming, clock: Clock, counters: BusCounters) {
    this.#framing = framing;
    this.#timing = timing;
    this.#clock = clock;
    this.#counters = counters;
    this.#ambiguity = createAmbiguity(timing.keepsOrder);
  }

  clearAt(request: ModbusRequest): number {
    return this.#framing.hasTransactionId ? 0 : this.#ambiguity.clearAt(request);
  }

  worstCaseMs(request: ModbusRequest, unit: UnitNeeds): number {
    const heldBackMs = Math.max(0, this.clearAt(request) - this.#clock.monotonicMs());
    return Math.max(this.#timing.silentIntervalMs, unit.gapMs) + this.#timeoutMs(request, unit) + heldBackMs;
  }

  #wireMs(pduLength: number): number {
    return this.#framing.frameLength(pduLength) * this.#timing.characterMs;
  }

  #timeoutMs(request: ModbusRequest, unit: UnitNeeds): number {
    const wireMs = this.#wireMs(request.pdu.length) + this.#wireMs(request.longestAnswer);
    return wireMs + unit.latency.budgetMs + this.#timing.adapterLatencyMs;
  }

  /** True when the line has been silent long enough and what arrived meanwhile was read, false if it never is. */
  async #isQuiet(receiver: Receiver, gapMs: number): Promise<boolean> {
    const latest = this.#clock.monotonicMs() + NEVER_SILENT_MS;
    const silenceMs = Math.max(this.#timing.silentIntervalMs, gapMs);
    for (;;) {
      const until = Math.max(receiver.lastByteAt, this.#lastSentEnd) + silenceMs;
      const early = until - this.#clock.monotonicMs();
      // Even where nothing has to be waited for, bytes that wait in the system since a stall are read first.
      if (early > 0 || !this.#framing.hasTransactionId) await this.#pause(Math.max(early, READ_MS));
      const wasHeldUp = early > 0 && this.#clock.monotonicMs() - until > 8;
      await receiver.settle(wasHeldUp);
      // Bytes that came meanwhile, in the pause or behind it, begin the silence anew.
      const now = this.#clock.monotonicMs();
      if (Math.max(receiver.lastByteAt, this.#lastSentEnd) + silenceMs <= now) return true;
      if (now >= latest) return false;
    }
  }

  // Timers have steps of a millisecond and fire up to one early or late; the rest is passed in turns of the
  // event loop, so that a silence of 3.65 ms does not become one of 5.
  async #pause(ms: number): Promise<void> {
    const until = this.#clock.monotonicMs() + ms;
    if (ms > 2) await new Promise<void>((resolve) => this.#clock.timer(Math.floor(ms - 1), resolve));
    while (this.#clock.monotonicMs() < until) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  #discardUnsolicited(receiver: Receiver, unit: UnitNeeds, request: ModbusRequest): Uint8Array {
    const bytes = receiver.takeUnsolicited();
    this.#counters.unsolicitedBytes += bytes.length;
    if (bytes.length > 0) this.#learnFromLate(bytes, request.unitId, unit, receiver.lastByteAt);
    return bytes;
  }

  // A late answer is never a reading, but it says how slow the unit was.
  #learnFromLate(bytes: Uint8Array, unitId: number, unit: UnitNeeds, at: number): void {
    for (const late of [...this.#ambiguity.unansweredOf(unitId)]) {
      const found = this.#framing.find(bytes, late.expected);
      if (found === undefined) continue;
      if (isRefusal(found.pdu)) {
        // Nobody knows whose it is, so it closes nothing; but a copy of it may follow.
        this.#ambiguity.noteRefused(late.request, at);
        continue;
      }
      this.#ambiguity.noteLate(late, at);
      countersOf(this.#counters, unitId).lateAnswers++;
      unit.latency.observeLate(
        at - late.sentAt - this.#wireMs(late.request.pdu.length) - this.#wireMs(late.request.longestAnswer),
      );
    }
  }

  /** Waits until the request can go out: its answer unmistakable, the line silent and read empty. */
  async #clearLine(receiver: Receiver, request: ModbusRequest, unit: UnitNeeds): Promise<void> {
    const wait = this.clearAt(request) - this.#clock.monotonicMs();
    if (wait > 0) {
      this.#counters.heldBack++;
      await this.#pause(wait);
    }
    const isSilent = await this.#isQuiet(receiver, unit.gapMs);
    const bytes = this.#discardUnsolicited(receiver, unit, request);
    if (isSilent) return;
    countersOf(this.#counters, request.unitId).faults.garbage++;
    const reason = 'the line is never silent: noise, another program or another protocol on it';
    throw new ModbusProtocolError('garbage', `${request.label}: ${reason}`, bytes);
  }

  async transact(
    stream: ByteStream,
    receiver: Receiver,
    request: ModbusRequest,
    unit: UnitNeeds,
  ): Promise<Transaction> {
    await this.#clearLine(receiver, request, unit);
    this.#transactionId = (this.#transactionId + 1) & 0xffff;
    const sentAt = this.#clock.monotonicMs();
    const sending: Sending = { request, unit, sentAt, expected: this.#expectation(request, sentAt) };
    const frame = sending.expected.requestFrame;
    const own = countersOf(this.#counters, request.unitId);
    own.requests++;
    const deadline = sentAt + this.#timeoutMs(request, unit);
    this.#lastSentEnd = sentAt + frame.length * this.#timing.characterMs;
    await this.#send(stream, sending);
    const reception = await receiver.receive(this.#framing, sending.expected, deadline);
    const endedAt = this.#clock.monotonicMs();
    own.lineMs += endedAt - sentAt;
    this.#counters.lineMs += endedAt - sentAt;
    return this.#conclude(reception, sending);
  }

  #expectation(request: ModbusRequest, now: number): ExpectedAnswer {
    const { unitId, pdu, answerLength } = request;
    const requestFrame = this.#framing.encode(unitId, pdu, this.#transactionId);
    const isRefusalClear = this.#framing.hasTransactionId || this.#ambiguity.isRefusalClear(request, now);
    const transactionId = this.#transactionId;
    return { unitId, functionCode: pdu[0] ?? 0, transactionId, requestFrame, isRefusalClear, answerLength };
  }

  async #send(stream: ByteStream, { request, expected, sentAt }: Sending): Promise<void> {
    try {
      await stream.write(expected.requestFrame);
    } catch (error) {
      // Part of it may have gone out, and the meter may answer into the next connection.
      this.#ambiguity.noteUnanswered(request, expected, sentAt, this.#clock.monotonicMs());
      throw lost(request, error);
    }
  }

  #conclude(reception: Reception, sending: Sending): Transaction {
    const { request, unit, expected, sentAt } = sending;
    if (reception.kind === 'closed') {
      this.#ambiguity.noteUnanswered(request, expected, sentAt, this.#clock.monotonicMs());
      throw lost(request, reception.cause);
    }
    if (reception.kind === 'deadline') return this.#fail(reception, sending);
    const { found, bytes, at } = reception;
    const own = countersOf(this.#counters, request.unitId);
    if (startsWith(bytes, expected.requestFrame)) this.#counters.echoes++;
    this.#counters.unsolicitedBytes += bytes.length - (found.end - found.start);
    if (found.start > 0) this.#learnFromLate(bytes.subarray(0, found.start), request.unitId, unit, at);
    if (isRefusal(found.pdu)) {
      own.exceptions++;
      this.#ambiguity.noteRefused(request, at);
      throw new ModbusExceptionError(found.pdu[1] ?? 0, request.label);
    }
    this.#ambiguity.noteAnswered(request, at);
    own.answers++;
    unit.latency.observe(at - sentAt - this.#wireMs(request.pdu.length) - this.#wireMs(found.pdu.length));
    return { pdu: found.pdu, sentAt, answeredAt: at };
  }

  #fail(reception: Extract<Reception, { kind: 'deadline' }>, sending: Sending): never {
    const { request, unit, expected, sentAt } = sending;
    const own = countersOf(this.#counters, request.unitId);
    this.#ambiguity.noteUnanswered(request, expected, sentAt, reception.at);
    this.#learnFromLate(reception.bytes, request.unitId, unit, reception.at);
    this.#counters.unsolicitedBytes += reception.bytes.length;
    const fault = this.#framing.explain(reception.bytes, expected);
    if (fault === undefined) {
      own.timeouts++;
      const waited = Math.round(reception.at - sentAt);
      throw new TransportError('timeout', `${request.label}: no answer within ${waited} ms`);
    }
    own.faults[fault]++;
    throw new ModbusProtocolError(fault, `${request.label}: ${FAULT_WORDS[fault]}`, reception.bytes);
  }
}

function isRefusal(pdu: Uint8Array): boolean {
  return ((pdu[0] ?? 0) & 0x80) !== 0;
}

/** A request that went out. */
interface Sending {
  readonly request: ModbusRequest;
  readonly unit: UnitNeeds;
  readonly sentAt: number;
  readonly expected: ExpectedAnswer;
}

function lost(request: ModbusRequest, cause: unknown): TransportError {
  const reason = cause instanceof Error ? `: ${cause.message}` : '';
  return new TransportError('lost', `${request.label}: connection lost${reason}`, { cause });
}

const FAULT_WORDS: Record<ProtocolFault, string> = {
  crc: 'the answer is damaged (checksum)',
  'wrong-unit': 'another unit answered',
  'wrong-function': 'the answer has another function code',
  'wrong-byte-count': 'the answer has another length',
  truncated: 'the answer is cut short',
  'echo-only':
    'only the echo of the request came back; the adapter does not switch to receiving, or no meter is there',
  garbage: 'what came back is no Modbus answer; wrong baud rate or parity, or another protocol',
  'unclear-exception': 'a refusal that may belong to an earlier request',
};
