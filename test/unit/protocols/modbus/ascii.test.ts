import { describe, expect, it } from 'vitest';
import { asciiFraming } from '../../../../src/protocols/modbus/ascii.ts';
import { answerPdu, asciiFrame, expecting, inputRead, join } from './reference-frames.ts';

const expected = expecting('ascii', inputRead(0, 2));
const answer = asciiFrame(1, answerPdu(4, [0x4366, 0x3334]));
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));

describe('ASCII framing', () => {
  it('writes the frame of the drawing', () => {
    const frame = asciiFraming.encode(1, Uint8Array.of(4, 0, 0, 0, 2), 0);
    expect(Buffer.from(frame).toString('latin1')).toBe(':010400000002F9\r\n');
  });

  it('begins anew with each colon', () => {
    const begun = answer.subarray(0, 9);
    expect([...(asciiFraming.find(join(begun, answer), expected)?.pdu ?? [])]).toEqual(
      answerPdu(4, [0x4366, 0x3334]),
    );
  });

  it('reads digits in either case', () => {
    const lower = bytesOf(Buffer.from(answer).toString('latin1').toLowerCase());
    expect(asciiFraming.find(lower, expected)?.pdu.length).toBe(6);
  });

  it.each([
    ['an odd number of digits', ':0104044366333\r\n', 'crc'],
    ['a letter that is no digit', ':01040443G633349B\r\n', 'crc'],
    ['a wrong checksum', ':01040443663334FF\r\n', 'crc'],
    ['a blank inside', ':01 04044366333412\r\n', 'crc'],
    ['nothing between colon and line end', ':\r\n', 'crc'],
    ['a line end without its colon', '01040443663334DC\r\n', 'garbage'],
    ['a line feed without carriage return', ':01040443663334DC\n', 'truncated'],
  ])('finds nothing in %s', (_, text, fault) => {
    expect(asciiFraming.find(bytesOf(text), expected)).toBeUndefined();
    expect(asciiFraming.explain(bytesOf(text), expected)).toBe(fault);
  });
});
