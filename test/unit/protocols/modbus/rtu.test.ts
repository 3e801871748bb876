import { describe, expect, it } from 'vitest';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import { answerPdu, expecting, inputRead, join, read, rtuFrame } from './reference-frames.ts';

describe('RTU framing and the echo of the own request', () => {
  // Requests whose first seven bytes are themselves an answer with a right CRC: a read of one register at an
  // address with the high byte 2, byte count of the answer. Found by trying every unit, table and address.
  const treacherous: { unitId: number; table: 'input' | 'holding'; address: number }[] = [];
  for (let unitId = 1; unitId <= 247; unitId++)
    for (const table of ['input', 'holding'] as const)
      for (let address = 0x200; address < 0x300; address++) {
        const { requestFrame } = expecting('rtu', read({ unitId, table, address, count: 1 }));
        const asAnswer = rtuFrame(unitId, [...requestFrame.subarray(1, 5)]);
        if (asAnswer[5] === requestFrame[5] && asAnswer[6] === requestFrame[6])
          treacherous.push({ unitId, table, address });
      }

  it('knows requests whose begin looks like an answer', () => {
    expect(treacherous.length).toBeGreaterThan(400);
  });

  it('is never taken in by them, however the echo is cut', () => {
    for (const which of treacherous) {
      const expected = expecting('rtu', read({ ...which, count: 1 }));
      const pdu = answerPdu(which.table === 'input' ? 4 : 3, [0x1234]);
      for (const before of [[], [0], [0xff, 0x00]]) {
        const all = join(before, expected.requestFrame, rtuFrame(which.unitId, pdu));
        for (let length = 0; length < all.length; length++)
          expect(rtuFraming.find(all.subarray(0, length), expected)).toBeUndefined();
        expect(rtuFraming.find(all, expected)?.pdu).toEqual(Uint8Array.from(pdu));
      }
    }
  });

  it('finds an answer whose values repeat the request', () => {
    const request = inputRead(0, 4);
    const expected = expecting('rtu', request);
    const words = [0x0104, 0x0000, 0x0004, 0xf1c9];
    const answer = rtuFrame(1, answerPdu(4, words));
    expect([...(rtuFraming.find(answer, expected)?.pdu ?? [])]).toEqual(answerPdu(4, words));
    expect([...(rtuFraming.find(join(expected.requestFrame, answer), expected)?.pdu ?? [])]).toEqual(
      answerPdu(4, words),
    );
  });

  it('reads an answer that begins like the request and ends otherwise', () => {
    const request = inputRead(0x0400, 2);
    const answer = rtuFrame(1, answerPdu(4, [0x0000, 0x0277]));
    const expected = expecting('rtu', request);
    expect([...(rtuFraming.find(answer, expected)?.pdu ?? [])]).toEqual(answerPdu(4, [0x0000, 0x0277]));
    expect([...(rtuFraming.find(join(expected.requestFrame, answer), expected)?.pdu ?? [])]).toEqual(
      answerPdu(4, [0x0000, 0x0277]),
    );
  });

  it('says what is wrong with a damaged answer', () => {
    const answer = rtuFrame(1, answerPdu(4, [1, 2]));
    const expected = expecting('rtu', inputRead(0, 2));
    const damaged = answer.map((byte, place) => (place === 5 ? byte ^ 0x10 : byte));
    expect(rtuFraming.explain(damaged, expected)).toBe('crc');
    expect(rtuFraming.explain(join(expected.requestFrame, damaged), expected)).toBe('crc');
    expect(rtuFraming.explain(answer.subarray(1), expected)).toBe('garbage');
    expect(rtuFraming.explain(answer.subarray(0, 5), expected)).toBe('truncated');
    expect(rtuFraming.explain(join([1, 4, 6], answer), expected)).toBe('wrong-byte-count');
  });

  it('says echo-only for a part of the echo, truncated as long as it may be the answer', () => {
    const expected = expecting('rtu', inputRead(0, 2));
    expect(rtuFraming.explain(expected.requestFrame.subarray(0, 1), expected)).toBe('truncated');
    expect(rtuFraming.explain(expected.requestFrame.subarray(0, 2), expected)).toBe('truncated');
    for (let length = 3; length <= 8; length++)
      expect(rtuFraming.explain(expected.requestFrame.subarray(0, length), expected)).toBe('echo-only');
  });
});
