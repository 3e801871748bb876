import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crcDigits } from '../../../../src/protocols/plugwise/crc16.ts';
import { createFrameReader, encodeFrame } from '../../../../src/protocols/plugwise/frame.ts';
import { decodePower } from '../../../../src/protocols/plugwise/messages.ts';
import { readResponse } from '../../../../src/protocols/plugwise/response.ts';
import { frameBytes } from '../../../../src/simulator/plugwise/stick-frames.ts';

interface Vector {
  readonly id: string;
  readonly payload: string;
  readonly hex?: string;
  readonly crc_ok?: boolean;
}
const VECTORS = JSON.parse(readFileSync('test/fixtures/plugs/plugwise.json', 'utf8')) as Vector[];
const CHECKED = VECTORS.filter(({ crc_ok }) => crc_ok === true);
const FRAMES = CHECKED.map(({ hex = '', payload }) => ({
  bytes: Buffer.from(hex, 'hex'),
  text: payload.slice(0, -4),
}));

function textsOf(...chunks: readonly Uint8Array[]): readonly string[] {
  const reader = createFrameReader();
  return chunks.flatMap((chunk) => reader.push(chunk));
}

const hexText = fc
  .array(fc.constantFrom(...'0123456789ABCDEF'), { minLength: 4, maxLength: 120 })
  .map((digits) => digits.join(''));

describe('checksum', () => {
  it('is that of every published frame', () => {
    expect(CHECKED.length).toBeGreaterThanOrEqual(33);
    for (const { payload } of CHECKED) expect(crcDigits(payload.slice(0, -4))).toBe(payload.slice(-4));
  });
});

describe('frames in a stream of bytes', () => {
  it('are written as the published ones are', () => {
    for (const { bytes, text } of FRAMES) expect(Buffer.from(encodeFrame(text))).toEqual(bytes);
  });

  it('are found one by one and many in one read', () => {
    for (const { bytes, text } of FRAMES) expect(textsOf(bytes)).toEqual([text]);
    const all = Buffer.concat(FRAMES.map(({ bytes }) => bytes));
    expect(textsOf(all)).toEqual(FRAMES.map(({ text }) => text));
  });

  it('are found however they are cut into reads, with noise between them', () => {
    // Noise holds no 05, with which a header begins.
    const noise = fc.uint8Array({ maxLength: 20 }).map((bytes) => bytes.filter((byte) => byte !== 5));
    const parts = fc.array(fc.record({ noise, text: hexText }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (list, cuts) => {
        const stream = Buffer.concat(list.flatMap(({ noise: between, text }) => [between, frameBytes(text)]));
        const chunks: Uint8Array[] = [];
        for (let from = 0, n = 0; from < stream.length; n++) {
          const length = cuts[n % cuts.length] ?? 1;
          chunks.push(stream.subarray(from, from + length));
          from += length;
        }
        expect(textsOf(...chunks)).toEqual(list.map(({ text }) => text));
      }),
    );
  });

  it('come through behind a third 05, as noise before a header may end', () => {
    const text = '0000028700C1';
    expect(textsOf(Uint8Array.of(5, 5), frameBytes(text))).toEqual([text]);
    expect(textsOf(Uint8Array.of(5), frameBytes(text))).toEqual([text]);
    expect(textsOf(Uint8Array.of(5, 5, 3), frameBytes(text))).toEqual([text]);
  });

  it('are dropped, and counted, where one byte is wrong, the end is missing, or the length is absurd', () => {
    const reader = createFrameReader();
    const good = frameBytes('0000028700C1');
    const wrong = Uint8Array.from(good, (byte, n) => (n === 9 ? 0x39 : byte));
    expect(reader.push(wrong)).toEqual([]);
    expect(reader.counters.damaged).toBe(1);
    expect(reader.push(good.subarray(0, 12))).toEqual([]);
    expect(reader.push(good)).toEqual(['0000028700C1']);
    expect(reader.counters.cutOff).toBe(1);
    expect(reader.push(good.subarray(0, 8))).toEqual([]);
    for (let n = 0; n < 1000; n++) reader.push(Buffer.alloc(1000, '0'));
    expect(reader.counters.cutOff).toBe(2);
    expect(reader.push(good)).toEqual(['0000028700C1']);
  });

  it('need the exact digits: lower case is no frame of the stick', () => {
    const text = '0013abcd';
    expect(textsOf(frameBytes(text))).toEqual([]);
  });

  it('give nothing wrong in 100,000 mutations, and never throw', () => {
    let state = 20_260_501;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return Math.floor((state / 0x80000000) * below);
    };
    const known = new Set(FRAMES.map(({ text }) => text));
    const reader = createFrameReader();
    let wrong = 0;
    let intact = 0;
    for (let n = 0; n < 100_000; n++) {
      const source = FRAMES[random(FRAMES.length)]?.bytes ?? Buffer.alloc(0);
      const mutant = [...source];
      for (let hits = 1 + random(4); hits > 0; hits--) mutate(mutant, random);
      for (const text of reader.push(Uint8Array.from(mutant))) {
        if (known.has(text)) intact++;
        else wrong++;
        // Whatever it is, reading it ends.
        for (const response of readResponse(text)) decodePower(response.fields);
      }
    }
    expect(wrong).toBe(0);
    // Some mutations hit nothing that counts, so the framing still works.
    expect(intact).toBeGreaterThan(500);
    const { damaged, cutOff, frames } = reader.counters;
    expect(frames).toBe(intact);
    expect(damaged + cutOff).toBeGreaterThan(50_000);
  });
});

function mutate(bytes: number[], random: (below: number) => number): void {
  const at = random(bytes.length + 1);
  switch (random(5)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      break;
    case 1:
      bytes.splice(at, 0, random(256));
      break;
    case 2:
      bytes.splice(at, 1 + random(3));
      break;
    case 3:
      bytes[at] = '0123456789ABCDEF'.charCodeAt(random(16));
      break;
    default:
      bytes.splice(at, 0, ...bytes.slice(random(bytes.length), random(bytes.length)));
  }
}
