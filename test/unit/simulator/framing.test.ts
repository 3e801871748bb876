import { describe, expect, it } from 'vitest';
import { asciiFraming, receiveAscii, receiveRtu, rtuFraming } from '../../../src/simulator/framing.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const ascii = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'));
// From the Eastron protocol documents: 230.2 V asked for and answered.
const REQUEST = bytes('01 04 00 00 00 02 71 CB');

describe('RTU requests', () => {
  it('are found by length and CRC', () => {
    expect(receiveRtu(REQUEST)).toMatchObject({
      kind: 'body',
      body: REQUEST.slice(0, 6),
      rest: new Uint8Array(0),
    });
  });

  it('are waited for while half of them is there', () => {
    for (let n = 0; n < REQUEST.length; n++) expect(receiveRtu(REQUEST.slice(0, n)).kind).toBe('incomplete');
  });

  it('leave the rest where two come in one chunk', () => {
    const received = receiveRtu(Uint8Array.of(...REQUEST, ...REQUEST));
    expect(received).toMatchObject({ kind: 'body', rest: REQUEST });
  });

  it('are damaged with any one bit turned', () => {
    for (let bit = 0; bit < 64; bit++) {
      const damaged = REQUEST.map((byte, n) => (n === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
      expect(receiveRtu(damaged).kind).not.toBe('body');
    }
  });

  it('of functions without a fixed length end where the CRC fits', () => {
    const frame = rtuFraming.seal(bytes('01 14 07 06 00 04 00 01 00 02'));
    expect(receiveRtu(frame.slice(0, -1)).kind).toBe('incomplete');
    expect(receiveRtu(frame)).toMatchObject({ kind: 'body', body: frame.slice(0, -2) });
  });

  it('do not grow without end', () => {
    expect(receiveRtu(new Uint8Array(300).fill(0xee)).kind).toBe('damaged');
  });
});

describe('ASCII requests', () => {
  // From the Modbus over serial line specification: LRC of F7 03 13 89 00 0A is 60.
  const request = ascii(':F7031389000A60\r\n');

  it('are found between colon and line end, with a right LRC', () => {
    expect(receiveAscii(request)).toMatchObject({ kind: 'body', body: bytes('F7 03 13 89 00 0A') });
    expect(receiveAscii(request.slice(0, -1)).kind).toBe('incomplete');
  });

  it('begin anew with each colon', () => {
    expect(receiveAscii(ascii(':F703#:F7031389000A60\r\n')).kind).toBe('body');
  });

  it('are damaged by a wrong LRC, lower case or an odd digit', () => {
    for (const text of [':F7031389000A61\r\n', ':f7031389000a60\r\n', ':F7031389000A6\r\n', '\r\n']) {
      expect(receiveAscii(ascii(text)).kind).toBe('damaged');
    }
  });

  it('are found behind a damaged one', () => {
    expect(receiveAscii(Uint8Array.of(...ascii(':00\r\n'), ...request)).kind).toBe('body');
  });
});

describe('answers', () => {
  it('are sealed with the checksum of the documents', () => {
    expect(rtuFraming.seal(bytes('01 04 04 43 66 33 34'))).toEqual(bytes('01 04 04 43 66 33 34 1B 38'));
    expect(asciiFraming.seal(bytes('F7 03 13 89 00 0A'))).toEqual(Buffer.from(':F7031389000A60\r\n'));
  });

  it('are damaged so that the checksum is wrong for certain', () => {
    const frame = rtuFraming.damage(REQUEST);
    expect(receiveRtu(frame).kind).toBe('damaged');
    expect(frame.slice(0, 6)).toEqual(REQUEST.slice(0, 6));
    expect(receiveAscii(asciiFraming.damage(ascii(':F7031389000A60\r\n'))).kind).toBe('damaged');
  });
});
