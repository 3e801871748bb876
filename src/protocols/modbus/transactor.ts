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
  const ambiguity = createAmbiguity(timing.keepsOrder);
  let transactionId = 0;
  let lastSentEnd = 0;

  const wireMs = (pduLength: number) => framing.frameLength(pduLength) * timing.characterMs;
  const clearAt = (request: ModbusRequest) => (framing.hasTransactionId ? 0 : ambiguity.clearAt(request));
  const timeoutMs = (request: ModbusRequest, unit: UnitNeeds) =>
    wireMs(request.pdu.length) +
    unit.latency.budgetMs +
    wireMs(request.longestAnswer) +
    timing.adapterLatencyMs;

  /** True when the line has been silent long enough and what arrived meanwhile was read, false if it never is. */
  async function isQuiet(receiver: Receiver, gapMs: number): Promise<boolean> {
    const latest = clock.monotonicMs() + NEVER_SILENT_MS;
    const silenceMs = Math.max(timing.silentIntervalMs, gapMs);
    for (;;) {
      const until = Math.max(receiver.lastByteAt, lastSentEnd) + silenceMs;
      const early = until - clock.monotonicMs();
      // Even where nothing has to be waited for, bytes that wait in the system since a stall are read first.
      if (early > 0 || !framing.hasTransactionId) await pause(Math.max(early, READ_MS));
      const wasHeldUp = early > 0 && clock.monotonicMs() - until > 8;
      await receiver.settle(wasHeldUp);
      // Bytes that came meanwhile, in the pause or behind it, begin the silence anew.
      const now = clock.monotonicMs();
      if (Math.max(receiver.lastByteAt, lastSentEnd) + silenceMs <= now) return true;
      if (now >= latest) return false;
    }
  }

  // Timers have steps of a millisecond and fire up to one early or late; the rest is passed in turns of the
  // event loop, so that a silence of 3.65 ms does not become one of 5.
  async function pause(ms: number): Promise<void> {
    const until = clock.monotonicMs() + ms;
    if (ms > 2) await new Promise<void>((resolve) => clock.timer(Math.floor(ms - 1), resolve));
    while (clock.monotonicMs() < until) await new Promise<void>((resolve) => setImmediate(resolve));
  }

  function discardUnsolicited(receiver: Receiver, unit: UnitNeeds, request: ModbusRequest): Uint8Array {
    const bytes = receiver.takeUnsolicited();
    counters.unsolicitedBytes += bytes.length;
    if (bytes.length > 0) learnFromLate(bytes, request.unitId, unit, receiver.lastByteAt);
    return bytes;
  }

  // A late answer is never a reading, but it says how slow the unit was.
  function learnFromLate(bytes: Uint8Array, unitId: number, unit: UnitNeeds, at: number): void {
    for (const late of [...ambiguity.unansweredOf(unitId)]) {
      const found = framing.find(bytes, late.expected);
      if (found === undefined) continue;
      if (isRefusal(found.pdu)) {
        // Nobody knows whose it is, so it closes nothing; but a copy of it may follow.
        ambiguity.noteRefused(late.request, at);
        continue;
      }
      ambiguity.noteLate(late, at);
      countersOf(counters, unitId).lateAnswers++;
      unit.latency.observeLate(
        at - late.sentAt - wireMs(late.request.pdu.length) - wireMs(late.request.longestAnswer),
      );
    }
  }

  /** Waits until the request can go out: its answer unmistakable, the line silent and read empty. */
  async function clearLine(receiver: Receiver, request: ModbusRequest, unit: UnitNeeds): Promise<void> {
    const wait = clearAt(request) - clock.monotonicMs();
    if (wait > 0) {
      counters.heldBack++;
      await pause(wait);
    }
    const isSilent = await isQuiet(receiver, unit.gapMs);
    const bytes = discardUnsolicited(receiver, unit, request);
    if (isSilent) return;
    countersOf(counters, request.unitId).faults.garbage++;
    const reason = 'the line is never silent: noise, another program or another protocol on it';
    throw new ModbusProtocolError('garbage', `${request.label}: ${reason}`, bytes);
  }

  async function transact(stream: ByteStream, receiver: Receiver, request: ModbusRequest, unit: UnitNeeds) {
    await clearLine(receiver, request, unit);
    transactionId = (transactionId + 1) & 0xffff;
    const sentAt = clock.monotonicMs();
    const sending: Sending = { request, unit, sentAt, expected: expectation(request, sentAt) };
    const frame = sending.expected.requestFrame;
    const own = countersOf(counters, request.unitId);
    own.requests++;
    const deadline = sentAt + timeoutMs(request, unit);
    lastSentEnd = sentAt + frame.length * timing.characterMs;
    await send(stream, sending);
    const reception = await receiver.receive(framing, sending.expected, deadline);
    const endedAt = clock.monotonicMs();
    own.lineMs += endedAt - sentAt;
    counters.lineMs += endedAt - sentAt;
    return conclude(reception, sending);
  }

  function expectation(request: ModbusRequest, now: number): ExpectedAnswer {
    const { unitId, pdu, answerLength } = request;
    const requestFrame = framing.encode(unitId, pdu, transactionId);
    const isRefusalClear = framing.hasTransactionId || ambiguity.isRefusalClear(request, now);
    return { unitId, functionCode: pdu[0] ?? 0, transactionId, requestFrame, isRefusalClear, answerLength };
  }

  async function send(stream: ByteStream, { request, expected, sentAt }: Sending): Promise<void> {
    try {
      await stream.write(expected.requestFrame);
    } catch (error) {
      // Part of it may have gone out, and the meter may answer into the next connection.
      ambiguity.noteUnanswered(request, expected, sentAt, clock.monotonicMs());
      throw lost(request, error);
    }
  }

  function conclude(reception: Reception, sending: Sending): Transaction {
    const { request, unit, expected, sentAt } = sending;
    if (reception.kind === 'closed') {
      ambiguity.noteUnanswered(request, expected, sentAt, clock.monotonicMs());
      throw lost(request, reception.cause);
    }
    if (reception.kind === 'deadline') return fail(reception, sending);
    const { found, bytes, at } = reception;
    const own = countersOf(counters, request.unitId);
    if (startsWith(bytes, expected.requestFrame)) counters.echoes++;
    counters.unsolicitedBytes += bytes.length - (found.end - found.start);
    if (found.start > 0) learnFromLate(bytes.subarray(0, found.start), request.unitId, unit, at);
    if (isRefusal(found.pdu)) {
      own.exceptions++;
      ambiguity.noteRefused(request, at);
      throw new ModbusExceptionError(found.pdu[1] ?? 0, request.label);
    }
    ambiguity.noteAnswered(request, at);
    own.answers++;
    unit.latency.observe(at - sentAt - wireMs(request.pdu.length) - wireMs(found.pdu.length));
    return { pdu: found.pdu, sentAt, answeredAt: at };
  }

  function fail(reception: Extract<Reception, { kind: 'deadline' }>, sending: Sending): never {
    const { request, unit, expected, sentAt } = sending;
    const own = countersOf(counters, request.unitId);
    ambiguity.noteUnanswered(request, expected, sentAt, reception.at);
    learnFromLate(reception.bytes, request.unitId, unit, reception.at);
    counters.unsolicitedBytes += reception.bytes.length;
    const fault = framing.explain(reception.bytes, expected);
    if (fault === undefined) {
      own.timeouts++;
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
