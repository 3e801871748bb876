// A second, deliberately plain implementation of the framings, to test the program's own against. Bit by
// bit after the text of "MODBUS over Serial Line Specification and Implementation Guide V1.02", 6.2.

import type { ExpectedAnswer } from '../../../../src/protocols/modbus/framing.ts';
import { type ModbusRequest, type ReadRequest, readRegisters } from '../../../../src/protocols/modbus/pdu.ts';

export type FramingName = 'rtu' | 'ascii' | 'mbap';

/** CRC-16/Modbus, one bit at a time. */
export function bitwiseCrc(bytes: readonly number[]): number {
  let register = 0xffff;
  for (const byte of bytes) {
    register ^= byte;
    for (let shift = 0; shift < 8; shift++) {
      const carry = register % 2 === 1;
      register = Math.floor(register / 2);
      if (carry) register ^= 0xa001;
    }
  }
  return register;
}

/** LRC: what makes the sum of all bytes a multiple of 256. */
function plainLrc(bytes: readonly number[]): number {
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  return (256 - (sum % 256)) % 256;
}

export function rtuFrame(unitId: number, pdu: readonly number[]): Uint8Array {
  const crc = bitwiseCrc([unitId, ...pdu]);
  return Uint8Array.from([unitId, ...pdu, crc % 256, Math.floor(crc / 256)]);
}

export function asciiFrame(unitId: number, pdu: readonly number[]): Uint8Array {
  const bytes = [unitId, ...pdu];
  const digits = Buffer.from([...bytes, plainLrc(bytes)])
    .toString('hex')
    .toUpperCase();
  return Uint8Array.from(Buffer.from(`:${digits}\r\n`, 'latin1'));
}

export function mbapFrame(unitId: number, pdu: readonly number[], transactionId: number): Uint8Array {
  const header = Buffer.alloc(7);
  header.writeUInt16BE(transactionId, 0);
  header.writeUInt16BE(pdu.length + 1, 4);
  header.writeUInt8(unitId, 6);
  return Uint8Array.from([...header, ...pdu]);
}

export function frameOf(
  framing: FramingName,
  unitId: number,
  pdu: readonly number[],
  transactionId = 0,
): Uint8Array {
  if (framing === 'rtu') return rtuFrame(unitId, pdu);
  return framing === 'ascii' ? asciiFrame(unitId, pdu) : mbapFrame(unitId, pdu, transactionId);
}

/** Unit, PDU and transaction of one whole right frame. Throws for anything else. */
export function unframe(framing: FramingName, frame: Uint8Array) {
  if (framing === 'rtu') {
    const all = [...frame];
    if (bitwiseCrc(all) !== 0) throw new Error('wrong CRC');
    return { unitId: all[0] ?? -1, pdu: all.slice(1, -2), transactionId: 0 };
  }
  if (framing === 'mbap') {
    const bytes = Buffer.from(frame);
    if (bytes.readUInt32BE(2) !== frame.length - 6) throw new Error('wrong header');
    return { unitId: bytes[6] ?? -1, pdu: [...bytes.subarray(7)], transactionId: bytes.readUInt16BE(0) };
  }
  const text = Buffer.from(frame).toString('latin1');
  const all = [...Buffer.from(/^:((?:[0-9A-Fa-f]{2})+)\r\n$/.exec(text)?.[1] ?? '', 'hex')];
  if (all.length < 3 || plainLrc(all) !== 0) throw new Error('wrong LRC');
  return { unitId: all[0] ?? -1, pdu: all.slice(1, -1), transactionId: 0 };
}

/** The PDU that answers a read of registers. */
export function answerPdu(functionCode: number, words: readonly number[]): number[] {
  return [functionCode, 2 * words.length, ...words.flatMap((word) => [word >> 8, word & 0xff])];
}

/** What the framing is told about a request, its frame made by the plain encoder. */
export function expecting(
  framing: FramingName,
  request: ModbusRequest,
  transactionId = 0,
  changes: Partial<ExpectedAnswer> = {},
): ExpectedAnswer {
  return {
    unitId: request.unitId,
    functionCode: request.pdu[0] ?? 0,
    transactionId,
    requestFrame: frameOf(framing, request.unitId, [...request.pdu], transactionId),
    isRefusalClear: true,
    answerLength: request.answerLength,
    ...changes,
  };
}

/** A read of input registers. */
export function inputRead(address: number, count: number, unitId = 1): ModbusRequest {
  return read({ unitId, table: 'input', address, count });
}

export function read(request: ReadRequest): ModbusRequest {
  return readRegisters(request);
}

/** `01 04 FF` to bytes. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function join(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** A small seeded source of chance (mulberry32), so that a failing run can be had again. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * below);
  };
}
