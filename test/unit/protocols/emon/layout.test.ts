import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodePacket,
  type EmonFieldType,
  KNOWN_LAYOUTS,
  scaled,
} from '../../../../src/protocols/emon/layout.ts';

const layoutOf = (node: number) => KNOWN_LAYOUTS.get(node) ?? [];

describe('a packet is decoded', () => {
  it('of an emonTx3 as it was captured', () => {
    const bytes = Uint8Array.from(
      '116 9 0 0 116 0 0 0 8 50 184 11 184 11 184 11 184 11 184 11 184 11 1 0 0 0'.split(' ').map(Number),
    );
    const values = Object.fromEntries(decodePacket(bytes, layoutOf(8)) ?? []);
    expect(values).toEqual({
      power1: 2420,
      power2: 0,
      power3: 116,
      power4: 0,
      vrms: 128.08,
      temp1: 300,
      temp2: 300,
      temp3: 300,
      temp4: 300,
      temp5: 300,
      temp6: 300,
      pulse: 1,
    });
  });

  it('of an emonTx3cm with negative powers and energies', () => {
    const buffer = Buffer.alloc(40);
    buffer.writeUInt32LE(77, 0);
    buffer.writeInt16LE(23_012, 4);
    buffer.writeInt16LE(-1500, 6);
    buffer.writeInt32LE(-123_456, 14);
    buffer.writeInt16LE(2050, 30);
    buffer.writeUInt32LE(4_000_000_000, 36);
    const values = decodePacket(buffer, layoutOf(15));
    expect(values?.get('vrms')).toBe(230.12);
    expect(values?.get('p1')).toBe(-1500);
    expect(values?.get('e1')).toBe(-123_456);
    expect(values?.get('temp1')).toBe(20.5);
    expect(values?.get('pulse')).toBe(4_000_000_000);
  });

  it('of an emonPi', () => {
    const buffer = Buffer.alloc(24);
    buffer.writeInt16LE(100, 0);
    buffer.writeInt16LE(-30, 2);
    buffer.writeInt16LE(70, 4);
    buffer.writeInt16LE(24_001, 6);
    const values = decodePacket(buffer, layoutOf(5));
    expect(values?.get('power1pluspower2')).toBe(70);
    expect(values?.get('vrms')).toBe(240.01);
  });

  it.each([0, 25, 27])('not at all with %d bytes in place of 26', (length) => {
    expect(decodePacket(new Uint8Array(length), layoutOf(8))).toBeUndefined();
  });

  it('without the float that is no number', () => {
    const buffer = Buffer.alloc(8);
    buffer.writeFloatLE(Number.NaN, 0);
    buffer.writeFloatLE(1.5, 4);
    const values = decodePacket(buffer, [
      { name: 'a', type: 'float32' },
      { name: 'B', type: 'float32', scale: 2 },
    ]);
    expect([...(values ?? [])]).toEqual([['b', 3]]);
  });

  it('to what DataView reads, for every type and any bytes', () => {
    const types: EmonFieldType[] = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'];
    const methods = {
      int8: 'readInt8',
      uint8: 'readUInt8',
      int16: 'readInt16LE',
      uint16: 'readUInt16LE',
    } as const;
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.uint8Array({ minLength: 4, maxLength: 4 }), (type, four) => {
        const size = type.endsWith('32') ? 4 : type.endsWith('16') ? 2 : 1;
        const bytes = Buffer.from(four.slice(0, size));
        const expected =
          type === 'int32'
            ? bytes.readInt32LE(0)
            : type === 'uint32'
              ? bytes.readUInt32LE(0)
              : bytes[methods[type as keyof typeof methods]](0);
        expect(decodePacket(bytes, [{ name: 'x', type }])?.get('x')).toBe(expected);
      }),
    );
  });

  it('to products without binary tails', () => {
    expect(scaled(12_808, 0.01)).toBe(128.08);
    expect(scaled(-0, 5)).toBe(0);
    expect(Object.is(scaled(0, -1), 0)).toBe(true);
  });
});
