import type { Clock } from '../../lib/clock.ts';
import type { ModbusBus } from '../../protocols/modbus/bus.ts';
import { ModbusExceptionError, ModbusProtocolError } from '../../protocols/modbus/errors.ts';
import { wordsOf } from '../../protocols/modbus/pdu.ts';
import { TransportError } from '../../transports/byte-stream.ts';
import type { AnsweredRead } from './decode-poll.ts';
import type { Meter } from './meter.ts';
import { fencesOf, type PlannedRead } from './plan-reads.ts';

/** What became of the reads of one poll. */
export interface PollOutcome {
  readonly answers: readonly AnsweredRead[];
  /** When the first request went out and the last answer was there, monotonic ms; undefined without answers. */
  readonly span: { readonly from: number; readonly to: number } | undefined;
  /** Reads that are worth another try. */
  readonly failed: readonly PlannedRead[];
  readonly refused: readonly { readonly read: PlannedRead; readonly error: ModbusExceptionError }[];
  /** The last failure, for messages. */
  readonly error: Error | undefined;
  /** How many requests went out. */
  readonly asked: number;
  /** Whether any of them was answered or refused, be the answer of use or not. */
  readonly isAlive: boolean;
  /** Whether the unit gave no sign of life at all. */
  readonly isSilent: boolean;
}

/**
 * Sends the reads of one meter, one after the other. A read whose answer could be confused with another's
 * waits behind the others, or behind a smaller read that rules the confusion out. After two requests in a
 * row without any answer the rest is not tried: a dead unit must not cost the others their time.
 */
export async function pollReads(
  bus: ModbusBus,
  meter: Meter,
  reads: readonly PlannedRead[],
  clock: Clock,
): Promise<PollOutcome> {
  const poll = createPollRecord();
  const waiting = [...reads];
  let silentInARow = 0;
  let canFence = true;
  while (waiting.length > 0 && bus.isOpen && silentInARow < 2) {
    const next = chooseNext(bus, meter, waiting, clock.monotonicMs(), canFence);
    if (next === undefined) break;
    if (!next.isFence) waiting.splice(waiting.indexOf(next.read), 1);
    const failure = await readOnce(bus, meter, next.read, poll, next.isFence);
    poll.noteAsked(failure);
    silentInARow = isSilence(failure) ? silentInARow + 1 : 0;
    // A fence that failed has not cleared anything; another would not either. One that reached over a
    // register that the meter does not have was no help, but no harm: the reads wait for their turn.
    if (next.isFence && failure !== undefined) {
      if (!(failure instanceof ModbusExceptionError && failure.isRefusal)) break;
      canFence = false;
    }
  }
  return poll.outcome(waiting, silentInARow > 0);
}

/** From the begin of the first to the end of the last. */
export function joinSpans(a: PollOutcome['span'], b: PollOutcome['span']): PollOutcome['span'] {
  if (a === undefined || b === undefined) return a ?? b;
  return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
}

/** Nothing came from the unit: no answer in time, or a gateway says so in its stead. */
export function isSilence(failure: unknown): boolean {
  if (failure instanceof ModbusExceptionError) return failure.isFromGateway;
  return failure instanceof TransportError && failure.code === 'timeout';
}

interface PollRecord {
  noteAsked(failure: Error | undefined): void;
  answer(read: PlannedRead, words: readonly number[], from: number, to: number): void;
  fail(read: PlannedRead, error: Error): void;
  refuse(read: PlannedRead, error: ModbusExceptionError): void;
  noteError(error: Error): void;
  outcome(left: readonly PlannedRead[], endedSilent: boolean): PollOutcome;
}

function createPollRecord(): PollRecord {
  const answers: AnsweredRead[] = [];
  const failed: PlannedRead[] = [];
  const refused: { read: PlannedRead; error: ModbusExceptionError }[] = [];
  let span: { from: number; to: number } | undefined;
  let last: Error | undefined;
  let asked = 0;
  let isAlive = false;
  return {
    noteAsked(failure) {
      asked++;
      if (failure === undefined || (failure instanceof ModbusExceptionError && !isSilence(failure)))
        isAlive = true;
    },
    answer(read, words, from, to) {
      answers.push({ read, words });
      span = { from: span?.from ?? from, to };
    },
    fail(read, error) {
      failed.push(read);
      last = error;
    },
    refuse(read, error) {
      refused.push({ read, error });
      last = error;
    },
    noteError(error) {
      last = error;
    },
    outcome: (left, endedSilent) => ({
      answers,
      span,
      failed: [...failed, ...left],
      refused,
      error: last,
      asked,
      isAlive,
      isSilent: endedSilent && !isAlive,
    }),
  };
}

async function readOnce(
  bus: ModbusBus,
  meter: Meter,
  read: PlannedRead,
  poll: PollRecord,
  isFence: boolean,
): Promise<Error | undefined> {
  try {
    const { pdu, sentAt, answeredAt } = await bus.transact(meter.request(read), meter.unit);
    if (!isFence) poll.answer(read, wordsOf(pdu), sentAt, answeredAt);
    return undefined;
  } catch (error) {
    if (error instanceof ModbusExceptionError && error.isRefusal && !isFence) poll.refuse(read, error);
    else if (isExpected(error)) {
      if (isFence) poll.noteError(error);
      else poll.fail(read, error);
    } else throw error;
    return error;
  }
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof TransportError ||
    error instanceof ModbusProtocolError ||
    error instanceof ModbusExceptionError
  );
}

/** A wait shorter than another request is the cheaper way to be sure. */
const SHORT_WAIT_MS = 50;
/** A second copy is waited out on the spot; for a late answer the bus is not held, the next poll comes. */
const WORTH_WAITING_MS = 200;

/** The first read whose answer would be clear, else a fence that makes one clear, else the one clear soonest. */
function chooseNext(
  bus: ModbusBus,
  meter: Meter,
  waiting: readonly PlannedRead[],
  now: number,
  canFence: boolean,
) {
  const waitMs = (read: PlannedRead) => bus.clearAt(meter.request(read)) - now;
  const clear = waiting.find((read) => waitMs(read) <= 0);
  if (clear !== undefined) return { read: clear, isFence: false };
  const soonest = waiting.reduce((a, b) => (waitMs(b) < waitMs(a) ? b : a));
  if (waitMs(soonest) <= SHORT_WAIT_MS) return { read: soonest, isFence: false };
  for (const read of canFence ? waiting : []) {
    const fence = fencesOf(read, meter.plans.limits).find((candidate) => waitMs(candidate) <= 0);
    if (fence !== undefined) return { read: fence, isFence: true };
  }
  return waitMs(soonest) <= WORTH_WAITING_MS ? { read: soonest, isFence: false } : undefined;
}
