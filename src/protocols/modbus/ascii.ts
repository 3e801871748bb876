/*
 * ASCII frame:  | ':' | unit, PDU and LRC, each byte as two hexadecimal digits | CR | LF |
 *
 *   :0104000000 02 F9<CR><LF>      (blanks only here)
 *
 * LRC: two's complement of the sum of unit and PDU, modulo 256. "MODBUS over Serial Line Specification and
 * Implementation Guide V1.02", 2.5.2. A ':' begins a new frame wherever it comes.
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

const COLON = 0x3a;
const CR = 0x0d;
const LF = 0x0a;

export const asciiFraming: Framing = {
  name: 'ascii',
  hasTransactionId: false,
  frameLength: (pduLength) => 2 * pduLength + 7,
  encode: encodeAscii,
  find: findAscii,
  explain: explainAscii,
};

function encodeAscii(unitId: number, pdu: Uint8Array): Uint8Array {
  const bytes = [unitId, ...pdu];
  const hex = [...bytes, lrc(bytes)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
  return new TextEncoder().encode(`:${hex}\r\n`);
}

function findAscii(bytes: Uint8Array, expected: ExpectedAnswer): FoundAnswer | undefined {
  const first = startsWith(bytes, expected.requestFrame) ? expected.requestFrame.length : 0;
  for (const frame of wholeFrames(bytes, first)) {
    if (frame.content === undefined || frame.content[0] !== expected.unitId) continue;
    const pdu = frame.content.slice(1);
    if (expectedLength(pdu, expected) === pdu.length) return { pdu, start: frame.start, end: frame.end };
  }
  return undefined;
}

function explainAscii(bytes: Uint8Array, expected: ExpectedAnswer): ProtocolFault | undefined {
  const hasEcho = startsWith(bytes, expected.requestFrame);
  const rest = hasEcho ? bytes.subarray(expected.requestFrame.length) : bytes;
  if (rest.length === 0) return hasEcho ? 'echo-only' : undefined;
  const frames = wholeFrames(rest, 0);
  // A frame that has begun may still be the answer, whatever came before it.
  if (rest.includes(COLON, frames.at(-1)?.end)) return 'truncated';
  const frame = frames[0];
  if (frame === undefined) return 'garbage';
  if (frame.content === undefined) return 'crc';
  if (frame.content[0] !== expected.unitId) return 'wrong-unit';
  return explainPdu(frame.content.subarray(1), expected);
}

interface AsciiFrame {
  readonly start: number;
  readonly end: number;
  /** Unit and PDU; undefined when the digits or the LRC are wrong. */
  readonly content: Uint8Array | undefined;
}

function wholeFrames(bytes: Uint8Array, from: number): AsciiFrame[] {
  const frames: AsciiFrame[] = [];
  let start = -1;
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] === COLON) start = i;
    if (start < 0 || bytes[i] !== LF || bytes[i - 1] !== CR) continue;
    frames.push({ start, end: i + 1, content: decodeContent(bytes.subarray(start + 1, i - 1)) });
    start = -1;
  }
  return frames;
}

function decodeContent(digits: Uint8Array): Uint8Array | undefined {
  if (digits.length < 6 || digits.length % 2 !== 0) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digit(digits[2 * i]);
    const low = digit(digits[2 * i + 1]);
    if (high === undefined || low === undefined) return undefined;
    bytes[i] = (high << 4) | low;
  }
  const content = bytes.slice(0, -1);
  return lrc(content) === bytes[bytes.length - 1] ? content : undefined;
}

function digit(code: number | undefined): number | undefined {
  if (code === undefined) return undefined;
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x41 && code <= 0x46) return code - 0x37;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return undefined;
}

function lrc(bytes: Iterable<number>): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return -sum & 0xff;
}
