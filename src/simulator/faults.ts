import type { Framing } from './framing.ts';

/**
 * Faults of meters, lines and adapters. Each acts on the answer after modbus-serial made it: what the client
 * must survive is on the wire, whatever the code that answers thinks of it.
 */
export const FAULTS = {
  silence: 'no answer',
  late: 'the answer comes `value` ms later than it should (default 600)',
  twice: 'the answer is sent again, `value` ms after its end (default 0)',
  crc: 'the checksum is wrong (Modbus TCP: the transaction number)',
  'other-unit': 'another unit answers, checksum right',
  'other-function': 'function code + 1, checksum right',
  short: 'the last `value` bytes are missing (default 3)',
  'fewer-registers': 'one register fewer than asked for, byte count and checksum right',
  'wrong-byte-count': 'the byte count says one register more, checksum right',
  'garbage-before': '`value` bytes of garbage before the answer (default 5)',
  'zero-byte-before': 'one 00 byte before the answer',
  'garbage-after': '`value` bytes of garbage after the answer (default 5)',
  'noise-after': 'one byte of noise `value` ms after the answer (default 50)',
  echo: 'the request comes back before the answer, as from an adapter with local echo',
  'pause-inside': 'a pause of `value` ms in the middle of the answer (default 20)',
  exception: 'the meter refuses with exception code `value` (default 2)',
  'bit-flip': 'one bit of the values is wrong, checksum right: nobody can notice',
  'dead-unit': 'the unit does not answer at all, request after request',
  'line-noise': 'each byte of the answer is hit with the chance `value` (default 0.02)',
} as const;

export type FaultName = keyof typeof FAULTS;
export const FAULT_NAMES = Object.keys(FAULTS) as readonly FaultName[]; // keys of a literal without others

/** When which fault happens. Requests are counted from 1 for each rule, among those of its units. */
export interface FaultRule {
  readonly fault: FaultName;
  /** Milliseconds, bytes, exception code or chance: what the fault says of `value`. */
  readonly value?: number;
  /** Every n-th request. */
  readonly every?: number;
  /** Chance of each request, 0 to 1. */
  readonly probability?: number;
  readonly units?: readonly number[];
  /** First and last request that may be hit. */
  readonly from?: number;
  readonly until?: number;
  /** Most often that it happens. */
  readonly count?: number;
}

/** Chooses the fault of each request: the first rule that applies. Every rule counts every request of its units. */
export function createFaultChooser(rules: readonly FaultRule[], random: () => number) {
  const states = rules.map((rule) => ({ rule, seen: 0, hits: 0 }));
  return (unitId: number): FaultRule | undefined => {
    let chosen: FaultRule | undefined;
    for (const state of states) {
      const { rule } = state;
      if (rule.units !== undefined && !rule.units.includes(unitId)) continue;
      state.seen++;
      if (chosen !== undefined || state.hits >= (rule.count ?? Number.POSITIVE_INFINITY)) continue;
      if (state.seen < (rule.from ?? 1) || state.seen > (rule.until ?? Number.POSITIVE_INFINITY)) continue;
      if (rule.every !== undefined && state.seen % rule.every !== 0) continue;
      if (rule.probability !== undefined && random() >= rule.probability) continue;
      state.hits++;
      chosen = rule;
    }
    return chosen;
  };
}

/** Bytes on their way to the client. */
export interface Emission {
  readonly bytes: Uint8Array;
  /** Wait before the first byte: after the nominal begin of the answer, or after the emission before. */
  readonly waitMs: number;
  /** Sent when the request ends, without the meter's own time (echo). */
  readonly isAtRequestEnd?: boolean;
  /** Rest of the emission waits so long after byte number `at`. */
  readonly pause?: { readonly at: number; readonly ms: number };
}

export interface Answer {
  /** Unit id, function code, fields. */
  readonly body: Uint8Array;
  /** The same as it would go onto the wire; absent where `framing` has yet to make it. */
  readonly frame?: Uint8Array;
  /** The frame of the request, as it arrived. */
  readonly request: Uint8Array;
  readonly framing: Framing;
  readonly random: () => number;
}

/** What goes onto the wire: the answer as it should be, or as the fault makes it. */
export function emissionsOf(answer: Answer, fault: FaultRule | undefined): readonly Emission[] {
  const frame = answer.frame ?? answer.framing.seal(answer.body);
  const plain = { bytes: frame, waitMs: 0 };
  if (fault === undefined) return [plain];
  switch (fault.fault) {
    case 'silence':
    case 'dead-unit':
      return [];
    case 'late':
      return [{ bytes: frame, waitMs: fault.value ?? 600 }];
    case 'twice':
      return [plain, { bytes: frame, waitMs: fault.value ?? 0 }];
    case 'noise-after':
      return [plain, { bytes: Uint8Array.of(noiseByte(answer.random)), waitMs: fault.value ?? 50 }];
    case 'echo':
      return [{ bytes: answer.request, waitMs: 0, isAtRequestEnd: true }, plain];
    case 'pause-inside':
      return [{ ...plain, pause: { at: Math.floor(frame.length / 2), ms: fault.value ?? 20 } }];
    default:
      return [{ bytes: faultyFrame(answer, frame, fault), waitMs: 0 }];
  }
}

function faultyFrame(answer: Answer, frame: Uint8Array, { fault, value }: FaultRule): Uint8Array {
  const { framing, random } = answer;
  switch (fault) {
    case 'crc':
      return framing.damage(frame);
    case 'short':
      return frame.slice(0, Math.max(0, frame.length - (value ?? 3)));
    case 'garbage-before':
      return joined(noise(value ?? 5, random), frame);
    case 'zero-byte-before':
      return joined(Uint8Array.of(0), frame);
    case 'garbage-after':
      return joined(frame, noise(value ?? 5, random));
    case 'line-noise':
      return frame.map((byte) =>
        random() < (value ?? 0.02) ? byte ^ (1 << Math.floor(random() * 8)) : byte,
      );
    default:
      return framing.seal(faultyBody(answer.body, fault, value, random));
  }
}

const BYTE_COUNT = 2;
const FIRST_WORD = 3;

function faultyBody(
  body: Uint8Array,
  fault: FaultName,
  value: number | undefined,
  random: () => number,
): Uint8Array {
  const [unitId = 0, functionCode = 0] = body;
  if (fault === 'other-unit') return changed(body, 0, unitId === 247 ? 1 : unitId + 1);
  if (fault === 'other-function') return changed(body, 1, functionCode + 1);
  if (fault === 'exception') return Uint8Array.of(unitId, functionCode | 0x80, value ?? 2);
  // What is left needs values; a refusal and a text have none.
  const isRead = functionCode >= 1 && functionCode <= 4 && body.length > FIRST_WORD + 1;
  if (!isRead) return body;
  const byteCount = body[BYTE_COUNT] ?? 0;
  if (fault === 'fewer-registers') return changed(body.slice(0, -2), BYTE_COUNT, byteCount - 2);
  if (fault === 'wrong-byte-count') return changed(body, BYTE_COUNT, byteCount + 2);
  const place = FIRST_WORD + Math.floor(random() * (body.length - FIRST_WORD));
  return changed(body, place, (body[place] ?? 0) ^ (1 << Math.floor(random() * 8)));
}

function changed(body: Uint8Array, place: number, byte: number): Uint8Array {
  return Uint8Array.from(body, (old, n) => (n === place ? byte & 0xff : old));
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  return Uint8Array.of(...first, ...second);
}

function noise(length: number, random: () => number): Uint8Array {
  return Uint8Array.from({ length }, () => noiseByte(random));
}

function noiseByte(random: () => number): number {
  return Math.floor(random() * 256);
}
