import type { Clock } from '../../lib/clock.ts';
import { type ByteStream, TransportError } from '../../transports/byte-stream.ts';
import { createAmbiguity } from './ambiguity.ts';
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
  const ambiguity = createAmbiguity();
  let transactionId = 0;
  let lastSentEnd = 0;

  const wireMs = (pduLength: number) => framing.frameLength(pduLength) * timing.characterMs;
  const clearAt = (request: ModbusRequest) => (framing.hasTransactionId ? 0 : ambiguity.clearAt(request));
  const timeoutMs = (request: ModbusRequest, unit: UnitNeeds) =>
    wireMs(request.pdu.length) +
    unit.latency.budgetMs +
    wireMs(request.longestAnswer) +
    timing.adapterLatencyMs;

  /** Returns when the line has been silent long enough and whatever arrived meanwhile has been read. */
  async function quietLine(receiver: Receiver, gapMs: number): Promise<void> {
    const latest = clock.monotonicMs() + NEVER_SILENT_MS;
    for (;;) {
      const until = Math.max(receiver.lastByteAt, lastSentEnd) + Math.max(timing.silentIntervalMs, gapMs);
      const early = until - clock.monotonicMs();
      if (early > 0) await pause(early);
      const wasHeldUp = early > 0 && clock.monotonicMs() - until > 8;
      const seen = receiver.lastByteAt;
      await receiver.settle(wasHeldUp);
      if (receiver.lastByteAt === seen) return;
      if (clock.monotonicMs() < latest) continue;
      const reason = 'the line is never silent: noise, another program or another protocol on it';
      throw new ModbusProtocolError('garbage', reason, receiver.takeUnsolicited());
    }
  }

  // Timers have steps of a millisecond and fire up to one early or late; the rest is passed in turns of the
  // event loop, so that a silence of 3.65 ms does not become one of 5.
  async function pause(ms: number): Promise<void> {
    const until = clock.monotonicMs() + ms;
    if (ms > 2) await new Promise<void>((resolve) => clock.timer(Math.floor(ms - 1), resolve));
    while (clock.monotonicMs() < until) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  function discardUnsolicited(receiver: Receiver, unit: UnitNeeds, request: ModbusRequest): void {
    const bytes = receiver.takeUnsolicited();
    if (bytes.length === 0) return;
    counters.unsolicitedBytes += bytes.length;
    learnFromLate(bytes, request.unitId, unit, receiver.lastByteAt);
  }

  // A late answer is never a reading, but it says how slow the unit was.
  function learnFromLate(bytes: Uint8Array, unitId: number, unit: UnitNeeds, at: number): void {
    for (const late of [...ambiguity.unansweredOf(unitId)]) {
      const expected = expectation(late.request, new Uint8Array(0), 0);
      if (framing.find(bytes, expected) === undefined) continue;
      ambiguity.forget(unitId, late.request);
      countersOf(counters, unitId).lateAnswers++;
      unit.latency.observe(
        at - late.sentAt - wireMs(late.request.pdu.length) - wireMs(late.request.longestAnswer),
      );
    }
  }

  async function transact(stream: ByteStream, receiver: Receiver, request: ModbusRequest, unit: UnitNeeds) {
    const wait = clearAt(request) - clock.monotonicMs();
    if (wait > 0) {
      counters.heldBack++;
      await new Promise<void>((resolve) => clock.timer(wait, resolve));
    }
    await quietLine(receiver, unit.gapMs);
    discardUnsolicited(receiver, unit, request);
    transactionId = (transactionId + 1) & 0xffff;
    const frame = framing.encode(request.unitId, request.pdu, transactionId);
    const expected = expectation(request, frame, transactionId);
    const own = countersOf(counters, request.unitId);
    own.requests++;
    const sentAt = clock.monotonicMs();
    const deadline = sentAt + timeoutMs(request, unit);
    lastSentEnd = sentAt + frame.length * timing.characterMs;
    await stream.write(frame);
    const reception = await receiver.receive(framing, expected, deadline);
    const endedAt = clock.monotonicMs();
    own.lineMs += endedAt - sentAt;
    counters.lineMs += endedAt - sentAt;
    return conclude(reception, request, unit, expected, sentAt);
  }

  function conclude(
    reception: Reception,
    request: ModbusRequest,
    unit: UnitNeeds,
    expected: ExpectedAnswer,
    sentAt: number,
  ) {
    const own = countersOf(counters, request.unitId);
    if (reception.kind === 'closed') {
      const reason = reception.cause === undefined ? '' : `: ${reception.cause.message}`;
      throw new TransportError('lost', `${request.label}: connection lost${reason}`, {
        cause: reception.cause,
      });
    }
    if (reception.kind === 'deadline') return fail(reception, request, unit, expected, sentAt);
    const { found, bytes, at } = reception;
    if (startsWith(bytes, expected.requestFrame)) counters.echoes++;
    const stray = bytes.length - (found.end - found.start);
    if (stray > 0) counters.unsolicitedBytes += stray;
    if (((found.pdu[0] ?? 0) & 0x80) !== 0) return refuse(found.pdu, request, sentAt, at);
    if (found.start > 0) learnFromLate(bytes.subarray(0, found.start), request.unitId, unit, at);
    ambiguity.noteAnswered(request, at, false);
    own.answers++;
    unit.latency.observe(at - sentAt - wireMs(request.pdu.length) - wireMs(found.pdu.length));
    return { pdu: found.pdu, sentAt, answeredAt: at };
  }

  function refuse(pdu: Uint8Array, request: ModbusRequest, sentAt: number, at: number): never {
    const own = countersOf(counters, request.unitId);
    const isUnclear = !framing.hasTransactionId && ambiguity.isExceptionUnclear(request.unitId, at);
    if (isUnclear) {
      own.faults['unclear-exception']++;
      ambiguity.noteUnanswered(request, sentAt, at);
      throw new ModbusProtocolError(
        'unclear-exception',
        `${request.label}: refusal of an unclear request`,
        pdu,
      );
    }
    own.exceptions++;
    ambiguity.noteAnswered(request, at, true);
    throw new ModbusExceptionError(pdu[1] ?? 0, request.label);
  }

  function fail(
    reception: Extract<Reception, { kind: 'deadline' }>,
    request: ModbusRequest,
    unit: UnitNeeds,
    expected: ExpectedAnswer,
    sentAt: number,
  ): never {
    const own = countersOf(counters, request.unitId);
    ambiguity.noteUnanswered(request, sentAt, reception.at);
    learnFromLate(reception.bytes, request.unitId, unit, reception.at);
    counters.unsolicitedBytes += reception.bytes.length;
    const fault = framing.explain(reception.bytes, expected);
    if (fault === undefined) {
      own.timeouts++;
      unit.latency.extend();
      const waited = Math.round(reception.at - sentAt);
      throw new TransportError('timeout', `${request.label}: no answer within ${waited} ms`);
    }
    own.faults[fault]++;
    throw new ModbusProtocolError(fault, `${request.label}: ${FAULT_WORDS[fault]}`, reception.bytes);
  }

  return {
    transact,
    clearAt,
    worstCaseMs: (request, unit) =>
      Math.max(timing.silentIntervalMs, unit.gapMs) +
      timeoutMs(request, unit) +
      Math.max(0, clearAt(request) - clock.monotonicMs()),
  };
}

function expectation(
  request: ModbusRequest,
  requestFrame: Uint8Array,
  transactionId: number,
): ExpectedAnswer {
  const { unitId, pdu, answerLength } = request;
  return { unitId, functionCode: pdu[0] ?? 0, transactionId, requestFrame, answerLength };
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
