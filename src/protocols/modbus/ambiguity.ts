import type { ExpectedAnswer } from './framing.ts';
import type { ModbusRequest } from './pdu.ts';

/*
 * A serial answer does not say which request it answers: only unit, function and length can be checked. So
 * whether an answer can be trusted is decided before the request goes out. A request is ambiguous while an
 * answer of the same shape may still be under way: that of an unanswered request, or the second copy of one
 * that was just answered. Refusals are alike for every request of a function.
 *
 * An ambiguous request waits. For a late answer it need not wait long: a meter works on one request after
 * the other, so once it has answered a later request of another shape, the earlier answer can no longer
 * come. A second copy comes at once, because a line and a TCP connection keep the order, so another answer in
 * between proves that it came; a converter may still send it a little later, and over UDP much later.
 */

export interface Unanswered {
  readonly request: ModbusRequest;
  /** What its late answer, or a late refusal, looks like. */
  readonly expected: ExpectedAnswer;
  readonly sentAt: number;
  /** After this moment an answer is not expected any more. */
  readonly expiresAt: number;
}

/** How long after an answer its second copy may still come, when no other answer has come since. */
export const DUPLICATE_WINDOW_MS = 150;
/** The same when another answer has come since, on a line that keeps the order. */
export const OVERTAKEN_WINDOW_MS = 60;
/** How long after its time-out an answer may still come. */
export const LATE_WINDOW_MS = 1400;

/** What is open between the bus and its units. Times are monotonic milliseconds. */
export interface Ambiguity {
  /** When the request may go out so that its answer cannot be confused; a time in the past means now. */
  clearAt(request: ModbusRequest): number;
  /** Whether a refusal of a request that goes out now could not be that of an unanswered one. */
  isRefusalClear(request: ModbusRequest, now: number): boolean;
  noteUnanswered(request: ModbusRequest, expected: ExpectedAnswer, sentAt: number, endedAt: number): void;
  noteAnswered(request: ModbusRequest, at: number): void;
  noteRefused(request: ModbusRequest, at: number): void;
  /** The late answer came after all: only a copy of it can still come. */
  noteLate(late: Unanswered, at: number): void;
  /** Requests whose late answer would still be welcome knowledge (how slow the unit is). */
  unansweredOf(unitId: number): readonly Unanswered[];
}

interface OpenUnit {
  unanswered: Unanswered[];
  /** When requests were answered last, by signature. */
  readonly answeredAt: Map<string, number>;
  lastAnswered: string | undefined;
  /** The same for refusals, by function code. */
  readonly refusalCopies: Map<number, number>;
}

const functionOf = (request: ModbusRequest) => request.pdu[0] ?? 0;

/** `keepsOrder` is false where answers can overtake each other (UDP). */
export function createAmbiguity(keepsOrder = true): Ambiguity {
  const open = createOpenUnits();
  return {
    clearAt(request) {
      const { unanswered, answeredAt, lastAnswered, refusalCopies } = open(request.unitId);
      const isOvertaken = keepsOrder && lastAnswered !== request.signature;
      const copyMs = isOvertaken ? OVERTAKEN_WINDOW_MS : DUPLICATE_WINDOW_MS;
      let at = Math.max(
        (answeredAt.get(request.signature) ?? Number.NEGATIVE_INFINITY) + copyMs,
        refusalCopies.get(functionOf(request)) ?? 0,
      );
      for (const late of unanswered)
        if (late.request.signature === request.signature) at = Math.max(at, late.expiresAt);
      return at;
    },
    isRefusalClear: (request, now) =>
      !open(request.unitId).unanswered.some(
        (late) => functionOf(late.request) === functionOf(request) && now < late.expiresAt,
      ),
    noteUnanswered(request, expected, sentAt, endedAt) {
      const unit = open(request.unitId);
      unit.unanswered = unit.unanswered.filter((late) => late.expiresAt > sentAt);
      const lateExpected = { ...expected, isRefusalClear: true };
      unit.unanswered.push({ request, expected: lateExpected, sentAt, expiresAt: endedAt + LATE_WINDOW_MS });
    },
    noteAnswered(request, at) {
      const unit = open(request.unitId);
      if (keepsOrder) unit.unanswered = [];
      else unit.unanswered = unit.unanswered.filter((late) => late.request !== request);
      unit.answeredAt.set(request.signature, at);
      unit.lastAnswered = request.signature;
    },
    // A refusal does not prove the order, as an answer does: it has the same shape for every request.
    noteRefused(request, at) {
      open(request.unitId).refusalCopies.set(functionOf(request), at + DUPLICATE_WINDOW_MS);
    },
    noteLate(late, at) {
      const unit = open(late.request.unitId);
      unit.unanswered = unit.unanswered.filter((other) => other !== late);
      unit.answeredAt.set(late.request.signature, at);
      unit.lastAnswered = late.request.signature;
    },
    unansweredOf: (unitId) => open(unitId).unanswered,
  };
}

function createOpenUnits(): (unitId: number) => OpenUnit {
  const units = new Map<number, OpenUnit>();
  return (unitId) => {
    let unit = units.get(unitId);
    if (unit === undefined) {
      unit = { unanswered: [], answeredAt: new Map(), lastAnswered: undefined, refusalCopies: new Map() };
      units.set(unitId, unit);
    }
    return unit;
  };
}
