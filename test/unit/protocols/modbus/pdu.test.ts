import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeRead,
  identificationObjects,
  readDeviceIdentification,
  readRegisters,
  reportServerId,
  serverIdText,
  wordsOf,
} from '../../../../src/protocols/modbus/pdu.ts';
import { answerPdu } from './reference-frames.ts';

const pdu = (...bytes: number[]) => Uint8Array.from(bytes);
const letters = (text: string) => [...Buffer.from(text)];

describe('a read of registers', () => {
  it.each([0, -1, 126, 1.5, Number.NaN])('cannot be of %s registers', (count) => {
    expect(() => readRegisters({ unitId: 1, table: 'input', address: 0, count })).toThrow(RangeError);
  });

  it.each([
    [-1, 1],
    [65536, 1],
    [65535, 2],
    [0.5, 1],
    [Number.NaN, 1],
  ])('cannot begin at %s with %s registers', (address, count) => {
    expect(() => readRegisters({ unitId: 1, table: 'input', address, count })).toThrow(RangeError);
  });

  it('reaches the last register', () => {
    const request = readRegisters({ unitId: 1, table: 'holding', address: 65535, count: 1 });
    expect([...request.pdu]).toEqual([3, 0xff, 0xff, 0, 1]);
  });

  it('is named with addresses as on the wire', () => {
    expect(describeRead({ table: 'input', address: 10, count: 2 })).toBe('input registers 0x000A-0x000B');
    expect(readRegisters({ unitId: 7, table: 'holding', address: 0xb02b, count: 1 }).label).toBe(
      'unit 7, holding registers 0xB02B-0xB02B',
    );
  });

  it('gives back the words of its answer', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(65535), { minLength: 1, maxLength: 125 }), (words) => {
        expect(wordsOf(Uint8Array.from(answerPdu(4, words)))).toEqual(words);
      }),
    );
  });

  it('has equal signatures exactly where answers look alike', () => {
    const signature = (table: 'input' | 'holding', address: number, count: number) =>
      readRegisters({ unitId: 1, table, address, count }).signature;
    expect(signature('input', 0, 2)).toBe(signature('input', 500, 2));
    expect(signature('input', 0, 2)).not.toBe(signature('input', 0, 3));
    expect(signature('input', 0, 2)).not.toBe(signature('holding', 0, 2));
  });
});

describe('identification', () => {
  it('reads the objects of a device identification', () => {
    const answer = pdu(0x2b, 0x0e, 1, 1, 0, 0, 2, 0, 4, ...letters('ACME'), 1, 3, ...letters('E3'), 0);
    expect(readDeviceIdentification(1).answerLength(answer)).toBe(answer.length);
    expect([...identificationObjects(answer)]).toEqual([
      [0, 'ACME'],
      [1, 'E3'],
    ]);
  });

  it.each([
    ['another kind of interface transport', [0x2b, 0x0d], 'foreign'],
    ['a header that is not there whole', [0x2b, 0x0e, 1, 1, 0, 0], undefined],
    ['an object that is not there whole', [0x2b, 0x0e, 1, 1, 0, 0, 1, 0], undefined],
    ['objects beyond the longest PDU', [0x2b, 0x0e, 1, 1, 0, 0, 1, 0, 255], 'foreign'],
  ])('knows %s', (_, bytes, length) => {
    expect(readDeviceIdentification(1).answerLength(pdu(...bytes))).toBe(length);
  });

  it('makes the text of a server id printable', () => {
    expect(serverIdText(pdu(0x11, 9, 0x02, 0xff, ...letters(' EM-1 '), 0x1b))).toBe('EM-1');
    expect(reportServerId(1).answerLength(pdu(0x11))).toBeUndefined();
    expect(reportServerId(1).answerLength(pdu(0x11, 9))).toBe(11);
  });

  it('never throws and never hangs for hostile bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        readDeviceIdentification(1).answerLength(bytes);
        for (const text of identificationObjects(bytes).values()) expect(text).toMatch(/^[ -~]*$/);
        expect(serverIdText(bytes)).toMatch(/^[ -~]*$/);
      }),
    );
  });
});
