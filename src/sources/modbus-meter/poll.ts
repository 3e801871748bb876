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
  while (waiting.length > 0 && bus.isOpen && silentInARow < 2) {
    const next = chooseNext(bus, meter, waiting, clock.monotonicMs());
    if (next === undefined) break;
    if (!next.isFence) waiting.splice(waiting.indexOf(next.read), 1);
    const failure = await readOnce(bus, meter, next.read, poll, next.isFence);
    silentInARow = isSilence(failure) ? silentInARow + 1 : 0;
    // A fence that failed has not cleared anything; another would not either.
    if (next.isFence && failure !== undefined) break;
  }
  return poll.outcome(waiting, silentInARow > 0);
}

function isSilence(failure: Error | undefined): boolean {
  return failure instanceof TransportError && failure.code === 'timeout';
}

interface PollRecord {
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
  return {
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
      isSilent: endedSilent && answers.length === 0 && refused.length === 0,
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
function chooseNext(bus: ModbusBus, meter: Meter, waiting: readonly PlannedRead[], now: number) {
  const waitMs = (read: PlannedRead) => bus.clearAt(meter.request(read)) - now;
  const clear = waiting.find((read) => waitMs(read) <= 0);
  if (clear !== undefined) return { read: clear, isFence: false };
  const soonest = waiting.reduce((a, b) => (waitMs(b) < waitMs(a) ? b : a));
  if (waitMs(soonest) <= SHORT_WAIT_MS) return { read: soonest, isFence: false };
  for (const read of waiting) {
    const fence = fencesOf(read, meter.plans.limits).find((candidate) => waitMs(candidate) <= 0);
    if (fence !== undefined) return { read: fence, isFence: true };
  }
  return waitMs(soonest) <= WORTH_WAITING_MS ? { read: soonest, isFence: false } : undefined;
}
