import { describe, expect, it } from 'vitest';
import { asciiFraming } from '../../../../src/protocols/modbus/ascii.ts';
import type { Framing } from '../../../../src/protocols/modbus/framing.ts';
import { mbapFraming } from '../../../../src/protocols/modbus/mbap.ts';
import {
  type ModbusRequest,
  readDeviceIdentification,
  reportServerId,
} from '../../../../src/protocols/modbus/pdu.ts';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import { answerPdu, expecting, frameOf, inputRead, join, read } from './reference-frames.ts';

const framings: readonly Framing[] = [rtuFraming, asciiFraming, mbapFraming];
const TRANSACTION = 0x1234;
const text = [...Buffer.from('ACME')];

const identification = [
  ...[0x2b, 0x0e, 0x01, 0x01, 0x00, 0x00, 0x03],
  ...[0, 4, ...text, 1, 2, 0x45, 0x4d, 2, 3, 0x31, 0x2e, 0x30],
];
const words = (count: number) => Array.from({ length: count }, (_, i) => (i * 257 + 0x4366) & 0xffff);

const requests: readonly [string, ModbusRequest, readonly number[]][] = [
  ['one register', inputRead(0, 1), answerPdu(4, [0x4366])],
  ['two registers', inputRead(0, 2), answerPdu(4, [0x4366, 0x3334])],
  ['a holding register', read({ unitId: 1, table: 'holding', address: 9, count: 1 }), answerPdu(3, [7])],
  ['the longest answer, 125 registers', inputRead(0, 125), answerPdu(4, words(125))],
  ['unit 247', inputRead(0xfffe, 2, 247), answerPdu(4, [0xffff, 0])],
  ['a server id', reportServerId(1), [0x11, 6, 0x42, 0xff, ...text]],
  ['the longest server id', reportServerId(1), [0x11, 251, ...words(251).map((word) => word & 0xff)]],
  ['a device identification', readDeviceIdentification(1), identification],
  ['illegal data address', inputRead(0, 2), [0x84, 2]],
  ['refused server id', reportServerId(1), [0x91, 1]],
  ['refused identification', readDeviceIdentification(1), [0xab, 1]],
];

describe.each(framings)('$name framing', (framing) => {
  const { name } = framing;
  const frame = (unitId: number, pdu: readonly number[], id = TRANSACTION) => frameOf(name, unitId, pdu, id);
  const own = (request: ModbusRequest) => expecting(name, request, TRANSACTION);
  const find = (bytes: Uint8Array, request: ModbusRequest) => framing.find(bytes, own(request));
  const explain = (bytes: Uint8Array, request: ModbusRequest) => framing.explain(bytes, own(request));

  it.each(requests)('writes the request for %s as the specification has it', (_, request) => {
    const encoded = framing.encode(request.unitId, request.pdu, TRANSACTION);
    expect([...encoded]).toEqual([...frame(request.unitId, [...request.pdu])]);
    expect(encoded.length).toBe(framing.frameLength(request.pdu.length));
  });

  it.each(requests)('finds %s, and where it stood', (_, request, pdu) => {
    const answer = frame(request.unitId, pdu);
    const found = find(join([0x55, 0xaa], answer, [0x55]), request);
    expect([...(found?.pdu ?? [])]).toEqual([...pdu]);
    expect([found?.start, found?.end]).toEqual([2, answer.length + 2]);
  });

  it.each(requests)(
    'finds %s byte by byte with the last byte only, and says truncated until then',
    (_, request, pdu) => {
      const answer = frame(request.unitId, pdu);
      const headerLength = name === 'mbap' ? 6 : 1;
      for (let length = 1; length < answer.length; length++) {
        expect(find(answer.subarray(0, length), request)).toBeUndefined();
        if (length > headerLength && length < answer.length)
          expect(explain(answer.subarray(0, length), request)).toMatch(/truncated|echo-only/);
      }
      expect([...(find(answer, request)?.pdu ?? [])]).toEqual([...pdu]);
    },
  );

  it.each(requests)('finds %s behind the echo of the request, however the echo is cut', (_, request, pdu) => {
    const all = join(own(request).requestFrame, frame(request.unitId, pdu));
    for (let length = 0; length < all.length; length++)
      expect(find(all.subarray(0, length), request)).toBeUndefined();
    expect([...(find(all, request)?.pdu ?? [])]).toEqual([...pdu]);
    expect([...(find(join([0], all), request)?.pdu ?? [])]).toEqual([...pdu]);
  });

  it.each(requests)('never finds %s with a wrong byte anywhere', (_, request, pdu) => {
    const answer = frame(request.unitId, pdu);
    for (let place = 0; place < answer.length; place++) {
      for (const damage of [0x01, 0x20, 0x80, 0xff]) {
        const damaged = answer.slice();
        damaged[place] = (damaged[place] ?? 0) ^ damage;
        const found = find(damaged, request);
        // Only a TCP frame has no checksum: its payload is guarded by TCP. Hexadecimal digits have two cases.
        if (name === 'mbap' && place > 7) expect(found?.pdu.length ?? pdu.length).toBe(pdu.length);
        else if (name === 'ascii' && damage === 0x20 && found !== undefined)
          expect([...found.pdu]).toEqual([...pdu]);
        else expect(found).toBeUndefined();
      }
    }
  });

  it('takes the first of two answers in one chunk', () => {
    const both = join(frame(1, answerPdu(4, [1, 2])), frame(1, answerPdu(4, [3, 4])));
    expect([...(find(both, inputRead(0, 2))?.pdu ?? [])]).toEqual(answerPdu(4, [1, 2]));
  });

  it('finds the answer behind a whole frame of another unit, function or length', () => {
    const answer = frame(1, answerPdu(4, [1, 2]));
    for (const other of [
      frame(2, answerPdu(4, [8, 9])),
      frame(1, answerPdu(3, [8, 9])),
      frame(1, answerPdu(4, [8, 9, 10])),
      frame(1, [0x83, 2]),
    ])
      expect([...(find(join(other, answer), inputRead(0, 2))?.pdu ?? [])]).toEqual(answerPdu(4, [1, 2]));
  });

  it('does not stumble over a foreign frame that holds the header of the answer', () => {
    const foreign = frame(9, [4, 12, 1, 4, 4, 1, 4, 4, 1, 4, 4, 1, 4, 4]);
    expect(find(foreign, inputRead(0, 2))).toBeUndefined();
    const answer = frame(1, answerPdu(4, [0x0104, 0x0404]));
    expect([...(find(join(foreign, answer), inputRead(0, 2))?.pdu ?? [])]).toEqual(
      answerPdu(4, [0x0104, 0x0404]),
    );
  });

  const foreign: readonly [string, Uint8Array, string | undefined][] = [
    ['no bytes', new Uint8Array(0), undefined],
    ['the echo alone', own(inputRead(0, 2)).requestFrame, name === 'mbap' ? 'wrong-byte-count' : 'echo-only'],
    ['another unit', frame(2, answerPdu(4, [1, 2])), 'wrong-unit'],
    ['another function', frame(1, answerPdu(3, [1, 2])), 'wrong-function'],
    ['a refusal of another function', frame(1, [0x83, 2]), 'wrong-function'],
    ['one register fewer', frame(1, answerPdu(4, [1])), 'wrong-byte-count'],
    ['one register more', frame(1, answerPdu(4, [1, 2, 3])), 'wrong-byte-count'],
    ['noise', join([0xff, 0xfe, 0x81, 0x33, 0x92, 0xf1, 0x77]), 'garbage'],
  ];
  it.each(foreign)('explains %s', (_, bytes, fault) => {
    expect(find(bytes, inputRead(0, 2))).toBeUndefined();
    expect(explain(bytes, inputRead(0, 2))).toBe(fault);
  });

  it('says truncated for the begin of an answer behind noise and foreign frames, so that it is waited for', () => {
    const begun = frame(1, answerPdu(4, [1, 2])).subarray(0, name === 'ascii' ? 12 : 8);
    for (const before of [[0x00], [0xff, 0x00, 0x7f], frame(2, answerPdu(4, [1, 2]))])
      expect(explain(join(before, begun), inputRead(0, 2))).toBe('truncated');
  });

  it('explains thousands of bytes of rubbish without delay', () => {
    const rubbish = Uint8Array.from({ length: 4096 }, (_, i) => (i * 89) & 0xff);
    const begin = performance.now();
    for (let i = 0; i < 100; i++) {
      find(rubbish, inputRead(0, 125));
      explain(rubbish, inputRead(0, 125));
    }
    expect((performance.now() - begin) / 100).toBeLessThan(5);
  });
});
