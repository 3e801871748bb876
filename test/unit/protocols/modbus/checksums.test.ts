import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc16 } from '../../../../src/protocols/modbus/crc16.ts';
import { bitwiseCrc, hex, rtuFrame } from './reference-frames.ts';

// Check value of CRC-16/MODBUS in the catalogue of parametrised CRC algorithms; the others from makers' manuals.
const vectors: readonly [string, number][] = [
  [Buffer.from('123456789').toString('hex'), 0x4b37],
  ['', 0xffff],
  ['02 07', 0x1241],
  ['01 04 00 00 00 02', 0xcb71],
  ['01 04 04 43 66 33 34', 0x381b],
  ['01 90 01', 0xc08d],
];

describe('CRC-16/Modbus', () => {
  it.each(vectors)('of %s is the published one', (bytes, crc) => {
    expect(crc16(hex(bytes))).toBe(crc);
    expect(bitwiseCrc([...hex(bytes)])).toBe(crc);
  });

  it('equals the bitwise one for any bytes and any part of them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), fc.nat(300), (bytes, a, b) => {
        const [start, end] = [Math.min(a, b, bytes.length), Math.min(Math.max(a, b), bytes.length)];
        expect(crc16(bytes, start, end)).toBe(bitwiseCrc([...bytes.subarray(start, end)]));
      }),
    );
  });

  it('of a whole frame with its own CRC is 0', () => {
    expect(crc16(rtuFrame(7, [4, 2, 0x12, 0x34]))).toBe(0);
  });
});
