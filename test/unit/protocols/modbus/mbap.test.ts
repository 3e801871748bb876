import { describe, expect, it } from 'vitest';
import { mbapFraming } from '../../../../src/protocols/modbus/mbap.ts';
import { answerPdu, expecting, inputRead, join, mbapFrame } from './reference-frames.ts';

const expected = expecting('mbap', inputRead(0, 2), 7);
const answer = mbapFrame(1, answerPdu(4, [1, 2]), 7);

describe('MBAP framing', () => {
  it('writes transaction, protocol, length and unit', () => {
    const frame = mbapFraming.encode(9, Uint8Array.of(4, 0, 0, 0, 2), 0xfffe);
    expect([...frame]).toEqual([0xff, 0xfe, 0, 0, 0, 6, 9, 4, 0, 0, 0, 2]);
  });

  it('never takes the answer of another transaction, however alike', () => {
    for (const id of [0, 6, 8, 0x0700, 0xffff])
      expect(mbapFraming.find(mbapFrame(1, answerPdu(4, [1, 2]), id), expected)).toBeUndefined();
  });

  it('finds the answer behind late ones of other transactions', () => {
    const late = mbapFrame(1, answerPdu(4, [8, 9]), 6);
    expect([...(mbapFraming.find(join(late, late, answer), expected)?.pdu ?? [])]).toEqual(
      answerPdu(4, [1, 2]),
    );
  });

  it('takes late answers of other transactions for silence, not for a damaged answer', () => {
    const late = mbapFrame(1, answerPdu(4, [8, 9]), 6);
    expect(mbapFraming.explain(late, expected)).toBeUndefined();
    expect(mbapFraming.explain(join(late, answer.subarray(0, 9)), expected)).toBe('truncated');
  });

  it.each([
    ['another protocol id', [0, 7, 0, 1, 0, 7, 1, 4, 4, 0, 1, 0, 2]],
    ['a length of nothing', [0, 7, 0, 0, 0, 0, 1, 4, 4, 0, 1, 0, 2]],
    ['a length beyond any PDU', [0, 7, 0, 0, 1, 7, 1, 4, 4, 0, 1, 0, 2]],
    ['a length one byte short', [0, 7, 0, 0, 0, 6, 1, 4, 4, 0, 1, 0]],
    ['a byte count that disagrees with the length', [0, 7, 0, 0, 0, 7, 1, 4, 2, 0, 1, 0, 2]],
  ])('finds nothing in %s', (_, bytes) => {
    expect(mbapFraming.find(Uint8Array.from(bytes), expected)).toBeUndefined();
  });
});
