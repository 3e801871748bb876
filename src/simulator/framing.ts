/// <reference path="./modbus-serial-parts.d.ts" />
import crc16 from 'modbus-serial/utils/crc16.js';

/**
 * How bodies (unit id, function code, fields) stand on a wire.
 *
 *     RTU    | unit | function | fields | CRC low | CRC high |      Modbus over serial line 2.5.1
 *     ASCII  ':' unit function fields LRC, two hex digits each, CR LF          the same 2.5.2
 */
export interface Framing {
  /** Puts a body into a frame with a right checksum. */
  seal(body: Uint8Array): Uint8Array;
  /** The same frame with a checksum that is certainly wrong. */
  damage(frame: Uint8Array): Uint8Array;
}

export const rtuFraming: Framing = {
  seal(body) {
    const crc = crc16(body);
    return Uint8Array.of(...body, crc & 0xff, crc >> 8);
  },
  damage: (frame) => flipped(frame, frame.length - 1, 0x5a),
};

export const asciiFraming: Framing = {
  seal(body) {
    const digits = [...body, lrc(body)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return Buffer.from(`:${digits.toUpperCase()}\r\n`, 'latin1');
  },
  damage(frame) {
    const place = frame.length - 3;
    const other = frame[place] === 0x30 ? 0x31 : 0x30;
    return Uint8Array.from(frame, (byte, n) => (n === place ? other : byte));
  },
};

function flipped(frame: Uint8Array, place: number, mask: number): Uint8Array {
  return Uint8Array.from(frame, (byte, n) => (n === place ? byte ^ mask : byte));
}

/** Two's complement of the sum of all bytes. */
function lrc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return -sum & 0xff;
}

/** What can be made of the bytes that arrived: a body, nothing yet, or something no meter would answer. */
export type Received =
  | {
      readonly kind: 'body';
      readonly body: Uint8Array;
      readonly frame: Uint8Array;
      readonly rest: Uint8Array;
    }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'damaged' };

const MAX_RTU_FRAME = 256;
const MAX_ASCII_FRAME = 513;

/** The first RTU request in the bytes. Its length follows from its function, as a meter's firmware has it. */
export function receiveRtu(bytes: Uint8Array): Received {
  const length = rtuRequestLength(bytes);
  if (length === undefined)
    return bytes.length > MAX_RTU_FRAME ? { kind: 'damaged' } : { kind: 'incomplete' };
  if (bytes.length < length) return { kind: 'incomplete' };
  const frame = bytes.slice(0, length);
  if (!hasRightCrc(frame)) return { kind: 'damaged' };
  return { kind: 'body', body: frame.slice(0, -2), frame, rest: bytes.slice(length) };
}

function rtuRequestLength(bytes: Uint8Array): number | undefined {
  const [, functionCode] = bytes;
  if (functionCode === undefined) return undefined;
  if (functionCode >= 1 && functionCode <= 6) return 8;
  if (functionCode === 15 || functionCode === 16) return bytes[6] === undefined ? undefined : 9 + bytes[6];
  if (functionCode === 17 || functionCode === 7 || functionCode === 11 || functionCode === 12) return 4;
  if (functionCode === 43) return 7;
  // Any other function: where the CRC first fits is the end of the frame.
  for (let length = 4; length <= Math.min(bytes.length, MAX_RTU_FRAME); length++) {
    if (hasRightCrc(bytes.subarray(0, length))) return length;
  }
  return undefined;
}

function hasRightCrc(frame: Uint8Array): boolean {
  const crc = (frame.at(-2) ?? 0) + (frame.at(-1) ?? 0) * 256;
  return crc === crc16(frame.subarray(0, -2));
}

/** The first ASCII request in the bytes; a colon begins anew whatever came before it. */
export function receiveAscii(bytes: Uint8Array): Received {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\r\n');
  if (end < 0) return bytes.length > MAX_ASCII_FRAME ? { kind: 'damaged' } : { kind: 'incomplete' };
  const start = text.lastIndexOf(':', end);
  const digits = text.slice(start + 1, end);
  const rest = bytes.slice(end + 2);
  if (start < 0 || !/^(?:[0-9A-F]{2}){3,}$/.test(digits)) {
    return rest.length === 0 ? { kind: 'damaged' } : receiveAscii(rest);
  }
  const all = Uint8Array.from(Buffer.from(digits, 'hex'));
  const body = all.slice(0, -1);
  if (lrc(body) !== all.at(-1)) return rest.length === 0 ? { kind: 'damaged' } : receiveAscii(rest);
  return { kind: 'body', body, frame: bytes.slice(start, end + 2), rest };
}
