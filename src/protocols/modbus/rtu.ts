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
  type FoundAnswer,
  type Framing,
  startsWith,
} from './framing.ts';

const SHORTEST_FRAME = 4;

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
  // An adapter whose receiver stays on gives the request back first. It could be taken for an answer only
  // where the address's high byte equals the byte count, so it is always cut off first.
  const first = startsWith(bytes, expected.requestFrame) ? expected.requestFrame.length : 0;
  for (let start = first; start + SHORTEST_FRAME < bytes.length; start++) {
    if (bytes[start] !== expected.unitId) continue;
    const length = expectedLength(bytes.subarray(start + 1), expected);
    if (length === undefined || length === 'foreign') continue;
    const end = start + length + 3;
    if (end > bytes.length || !isCrcRight(bytes, start, end)) continue;
    return { pdu: bytes.slice(start + 1, end - 2), start, end };
  }
  return undefined;
}

function explainRtu(bytes: Uint8Array, expected: ExpectedAnswer): ProtocolFault | undefined {
  const rest = startsWith(bytes, expected.requestFrame)
    ? bytes.subarray(expected.requestFrame.length)
    : bytes;
  if (rest.length === 0) return bytes.length === 0 ? undefined : 'echo-only';
  if (startsWith(expected.requestFrame, rest)) return 'echo-only';
  const whole = wholeFrame(rest);
  if (whole !== undefined) {
    if (rest[0] !== expected.unitId) return 'wrong-unit';
    return rest[1] === expected.functionCode ? 'wrong-byte-count' : 'wrong-function';
  }
  if (rest[0] !== expected.unitId) return 'garbage';
  const length = expectedLength(rest.subarray(1), expected);
  if (length === undefined) return 'truncated';
  if (length === 'foreign') return rest[1] === expected.functionCode ? 'wrong-byte-count' : 'garbage';
  return rest.length < length + 3 ? 'truncated' : 'crc';
}

// Length of a frame with a right CRC at the begin of the bytes, whatever it says.
function wholeFrame(bytes: Uint8Array): number | undefined {
  for (let end = SHORTEST_FRAME; end <= bytes.length; end++) if (isCrcRight(bytes, 0, end)) return end;
  return undefined;
}

function isCrcRight(bytes: Uint8Array, start: number, end: number): boolean {
  return crc16(bytes, start, end - 2) === ((bytes[end - 2] ?? 0) | ((bytes[end - 1] ?? 0) << 8));
}
