/*
 * RTU frame:  | unit | PDU ... | CRC low | CRC high |        at most 256 bytes
 *
 *   01 04 04 43 66 33 34 1B 38
 *   |  |  |  '----.----' '-.-'
 *   |  |  |     230.2     CRC
 *   |  |  byte count
 *   |  read input registers
 *   unit
 *
 * "MODBUS over Serial Line Specification and Implementation Guide V1.02", 2.5.1. The specification ends a
 * frame by 3.5 characters of silence; behind USB, a serial server or a busy host nobody can measure that,
 * so a frame is found by its length and its CRC wherever it stands among the bytes.
 */

import { crc16 } from './crc16.ts';
import type { ProtocolFault } from './errors.ts';
import {
  type ExpectedAnswer,
  expectedLength,
  explainPdu,
  type FoundAnswer,
  type Framing,
  startsWith,
} from './framing.ts';

const SHORTEST_FRAME = 4;
const LONGEST_FRAME = 256;

export const rtuFraming: Framing = {
  name: 'rtu',
  hasTransactionId: false,
  frameLength: (pduLength) => pduLength + 3,
  encode: encodeRtu,
  find: findRtu,
  explain: explainRtu,
};

function encodeRtu(unitId: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3);
  frame[0] = unitId;
  frame.set(pdu, 1);
  const crc = crc16(frame, 0, pdu.length + 1);
  frame[pdu.length + 1] = crc & 0xff;
  frame[pdu.length + 2] = crc >> 8;
  return frame;
}

function findRtu(bytes: Uint8Array, expected: ExpectedAnswer): FoundAnswer | undefined {
  let start = 0;
  while (start + SHORTEST_FRAME < bytes.length) {
    const echoed = echoLength(bytes, start, expected.requestFrame);
    if (echoed > 0) {
      start += echoed;
      continue;
    }
    const end = answerEnd(bytes, start, expected);
    if (end !== undefined && end <= bytes.length && isCrcRight(bytes, start, end))
      return { pdu: bytes.slice(start + 1, end - 2), start, end };
    start++;
  }
  return undefined;
}

// An adapter whose receiver stays on gives the request back first. The first seven bytes of some requests
// for one register are an answer with a right CRC (unit 5, input register 0x02E0), so an echo is passed over
// wherever it stands, and a part of one at the end of the bytes is waited for.
function echoLength(bytes: Uint8Array, start: number, requestFrame: Uint8Array): number {
  let length = 0;
  while (length < requestFrame.length && bytes[start + length] === requestFrame[length]) length++;
  return length === requestFrame.length || start + length === bytes.length ? length : 0;
}

// Where the frame would end if the answer, or a refusal, began at `start`; undefined when it does not.
function answerEnd(bytes: Uint8Array, start: number, expected: ExpectedAnswer): number | undefined {
  if (bytes[start] !== expected.unitId) return undefined;
  const length = expectedLength(bytes.subarray(start + 1), expected);
  if (length === 'foreign') return undefined;
  return length === undefined ? Number.POSITIVE_INFINITY : start + length + 3;
}

function explainRtu(bytes: Uint8Array, expected: ExpectedAnswer): ProtocolFault | undefined {
  const rest = startsWith(bytes, expected.requestFrame)
    ? bytes.subarray(expected.requestFrame.length)
    : bytes;
  if (rest.length === 0) return bytes.length === 0 ? undefined : 'echo-only';
  if (isAnswerBegun(rest, expected)) return 'truncated';
  if (startsWith(expected.requestFrame, rest)) return 'echo-only';
  if (isWholeFrameFirst(rest)) {
    if (rest[0] !== expected.unitId) return 'wrong-unit';
    return explainPdu(rest.subarray(1), expected);
  }
  if (answerEnd(rest, 0, expected) !== undefined) return 'crc';
  return rest[0] === expected.unitId && rest[1] === expected.functionCode ? 'wrong-byte-count' : 'garbage';
}

// Whether the bytes end inside what may be the answer, noise or foreign frames before it or not.
function isAnswerBegun(bytes: Uint8Array, expected: ExpectedAnswer): boolean {
  if (bytes.length === 1) return bytes[0] === expected.unitId;
  for (let start = 0; start + 1 < bytes.length; start++) {
    const end = answerEnd(bytes, start, expected);
    if (end !== undefined && end > bytes.length) return true;
  }
  return false;
}

// Whether the bytes begin with a frame that has a right CRC, whatever it says.
function isWholeFrameFirst(bytes: Uint8Array): boolean {
  const last = Math.min(bytes.length, LONGEST_FRAME);
  for (let end = SHORTEST_FRAME; end <= last; end++) if (isCrcRight(bytes, 0, end)) return true;
  return false;
}

function isCrcRight(bytes: Uint8Array, start: number, end: number): boolean {
  return crc16(bytes, start, end - 2) === ((bytes[end - 2] ?? 0) | ((bytes[end - 1] ?? 0) << 8));
}
