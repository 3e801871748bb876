import type { ModbusRequest } from './pdu.ts';

/*
 * A serial answer does not say which request it answers: only unit, function and length can be checked. So
 * whether an answer can be trusted is decided before the request goes out. A request is ambiguous while an
 * answer of the same shape may still be under way: that of an unanswered request, or the second copy of one
 * that was just answered.
 *
 * An ambiguous request waits. It need not wait long: a meter works on one request after the other, so once
 * it has answered a later request of another shape, the earlier answer can no longer come.
 */

interface Unanswered {
  readonly request: ModbusRequest;
  readonly sentAt: number;
  /** After this moment an answer is not expected any more. */
  readonly expiresAt: number;
}

interface Answered {
  readonly signature: string;
  readonly at: number;
  readonly wasException: boolean;
}

/** How long after an answer its second copy may still come (repeaters, converters, stalled hosts). */
export const DUPLICATE_WINDOW_MS = 150;
/** How long after its time-out an answer may still come. */
export const LATE_WINDOW_MS = 1400;

/** What is open between the bus and its units. Times are monotonic milliseconds. */
export interface Ambiguity {
  /** When the request may go out so that its answer cannot be confused; a time in the past means now. */
  clearAt(request: ModbusRequest): number;
  /** Whether a refusal received now may belong to another request of the unit. */
  isExceptionUnclear(unitId: number, now: number): boolean;
  noteUnanswered(request: ModbusRequest, sentAt: number, timedOutAt: number): void;
  noteAnswered(request: ModbusRequest, at: number, wasException: boolean): void;
  /** Requests whose late answer would still be welcome knowledge (how slow the unit is). */
  unansweredOf(unitId: number): readonly Unanswered[];
  forget(unitId: number, request: ModbusRequest): void;
}

export function createAmbiguity(): Ambiguity {
  const unanswered = new Map<number, Unanswered[]>();
  const answered = new Map<number, Answered>();
  const open = (unitId: number) => unanswered.get(unitId) ?? [];
  return {
    clearAt(request) {
      let at = 0;
      for (const late of open(request.unitId))
        if (late.request.signature === request.signature) at = Math.max(at, late.expiresAt);
      const last = answered.get(request.unitId);
      if (last?.signature === request.signature) at = Math.max(at, last.at + DUPLICATE_WINDOW_MS);
      return at;
    },
    isExceptionUnclear(unitId, now) {
      const last = answered.get(unitId);
      const isCopy = last?.wasException === true && now < last.at + DUPLICATE_WINDOW_MS;
      return isCopy || open(unitId).some((late) => now < late.expiresAt);
    },
    noteUnanswered(request, sentAt, timedOutAt) {
      const still = open(request.unitId).filter((late) => late.expiresAt > sentAt);
      still.push({ request, sentAt, expiresAt: timedOutAt + LATE_WINDOW_MS });
      unanswered.set(request.unitId, still);
    },
    noteAnswered(request, at, wasException) {
      // A refusal does not prove the order: it may itself be the late answer.
      if (!wasException) unanswered.delete(request.unitId);
      answered.set(request.unitId, { signature: request.signature, at, wasException });
    },
    unansweredOf: open,
    forget(unitId, request) {
      const still = open(unitId).filter((late) => late.request !== request);
      if (still.length > 0) unanswered.set(unitId, still);
      else unanswered.delete(unitId);
    },
  };
}
