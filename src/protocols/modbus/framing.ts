import type { ProtocolFault } from './errors.ts';

/** What an answer must look like to be the answer of one request. */
export interface ExpectedAnswer {
  readonly unitId: number;
  readonly functionCode: number;
  readonly transactionId: number;
  /** The request as it went out, to recognise its echo. */
  readonly requestFrame: Uint8Array;
  /** False while a refusal may be that of an earlier request: then none is taken for the answer. */
  readonly isRefusalClear: boolean;
  answerLength(pdu: Uint8Array): number | undefined | 'foreign';
}

/** An answer among received bytes: its PDU and where its frame stood. */
export interface FoundAnswer {
  readonly pdu: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** How PDUs are wrapped: RTU, ASCII or MBAP (TCP). All functions are pure. */
export interface Framing {
  readonly name: 'rtu' | 'ascii' | 'mbap';
  /** Whether an answer names its request, so that a late one can never be taken for another. */
  readonly hasTransactionId: boolean;
  /** Bytes on the wire for a PDU of that length. */
  frameLength(pduLength: number): number;
  encode(unitId: number, pdu: Uint8Array, transactionId: number): Uint8Array;
  /** The answer, wherever it stands among the bytes; undefined as long as it is not there whole. */
  find(bytes: Uint8Array, expected: ExpectedAnswer): FoundAnswer | undefined;
  /**
   * Why bytes that hold no answer are none; undefined for no bytes at all, and for late answers that name
   * another request. 'truncated' means that the answer may have begun and is worth waiting for.
   */
  explain(bytes: Uint8Array, expected: ExpectedAnswer): ProtocolFault | undefined;
}

/** Whether `bytes` begin with all of `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[i] !== prefix[i]) return false;
  return true;
}

/** What is wrong with a whole frame of the right unit that is not the answer. */
export function explainPdu(pdu: Uint8Array, expected: ExpectedAnswer): ProtocolFault {
  if (pdu[0] === expected.functionCode) return 'wrong-byte-count';
  return pdu[0] === (expected.functionCode | 0x80) ? 'unclear-exception' : 'wrong-function';
}

/** Length of the PDU at the begin of `pdu` when it is the expected answer or a refusal of the request. */
export function expectedLength(pdu: Uint8Array, expected: ExpectedAnswer): number | undefined | 'foreign' {
  if (pdu.length < 1) return undefined;
  if (pdu[0] === (expected.functionCode | 0x80)) return expected.isRefusalClear ? 2 : 'foreign';
  if (pdu[0] !== expected.functionCode) return 'foreign';
  return expected.answerLength(pdu);
}
