/*
 * Modbus TCP:  | transaction hi lo | 00 00 | length hi lo | unit | PDU ... |
 *
 * `length` counts the unit and the PDU. "MODBUS Messaging on TCP/IP Implementation Guide V1.0b", 3.1.3.
 * The transaction number makes every answer name its request.
 */

import type { ProtocolFault } from './errors.ts';
import {
  type ExpectedAnswer,
  expectedLength,
  explainPdu,
  type FoundAnswer,
  type Framing,
  startsWith,
} from './framing.ts';

const HEADER = 7;

export const mbapFraming: Framing = {
  name: 'mbap',
  hasTransactionId: true,
  frameLength: (pduLength) => pduLength + HEADER,
  encode: encodeMbap,
  find: findMbap,
  explain: explainMbap,
};

function encodeMbap(unitId: number, pdu: Uint8Array, transactionId: number): Uint8Array {
  const frame = new Uint8Array(pdu.length + HEADER);
  const length = pdu.length + 1;
  frame.set([transactionId >> 8, transactionId & 0xff, 0, 0, length >> 8, length & 0xff, unitId]);
  frame.set(pdu, HEADER);
  return frame;
}

function findMbap(bytes: Uint8Array, expected: ExpectedAnswer): FoundAnswer | undefined {
  for (const frame of frames(bytes)) {
    if (frame.transactionId !== expected.transactionId || frame.unitId !== expected.unitId) continue;
    if (expectedLength(frame.pdu, expected) === frame.pdu.length)
      return { pdu: frame.pdu, start: frame.start, end: frame.start + frame.pdu.length + HEADER };
  }
  return undefined;
}

function explainMbap(bytes: Uint8Array, expected: ExpectedAnswer): ProtocolFault | undefined {
  if (bytes.length === 0) return undefined;
  const all = [...frames(bytes)];
  const last = all.at(-1);
  const end = last === undefined ? 0 : last.start + last.pdu.length + HEADER;
  if (isAnswerBegun(bytes, end, expected.transactionId)) return 'truncated';
  const own = all.find((frame) => frame.transactionId === expected.transactionId);
  // Late answers of other transactions say nothing about this one: it was not answered.
  if (own === undefined) return last === undefined ? 'garbage' : undefined;
  if (own.unitId !== expected.unitId) return 'wrong-unit';
  return explainPdu(own.pdu, expected);
}

// Whether the bytes end inside a frame of this transaction.
function isAnswerBegun(bytes: Uint8Array, from: number, transactionId: number): boolean {
  const header = Uint8Array.of(transactionId >> 8, transactionId & 0xff, 0, 0);
  for (let start = from; start < bytes.length; start++) {
    const begin = bytes.subarray(start, start + header.length);
    if ((start === from || begin.length > 1) && startsWith(header, begin)) return true;
  }
  return false;
}

interface TcpFrame {
  readonly start: number;
  readonly transactionId: number;
  readonly unitId: number;
  readonly pdu: Uint8Array;
}

// Follows the lengths from frame to frame. Bytes that cannot be a header are passed over one by one, so a
// server that sends rubbish first is still understood.
function* frames(bytes: Uint8Array): Generator<TcpFrame> {
  let start = 0;
  while (start + HEADER < bytes.length) {
    if (!isHeader(bytes, start)) {
      start++;
      continue;
    }
    const end = start + 6 + (((bytes[start + 4] ?? 0) << 8) | (bytes[start + 5] ?? 0));
    if (end > bytes.length) {
      start++;
      continue;
    }
    yield {
      start,
      transactionId: ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0),
      unitId: bytes[start + 6] ?? 0,
      pdu: bytes.slice(start + HEADER, end),
    };
    start = end;
  }
}

function isHeader(bytes: Uint8Array, start: number): boolean {
  const length = ((bytes[start + 4] ?? 0) << 8) | (bytes[start + 5] ?? 0);
  return bytes[start + 2] === 0 && bytes[start + 3] === 0 && length >= 3 && length <= 254;
}
