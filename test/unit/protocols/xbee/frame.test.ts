import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ApiMode, createFrameReader, encodeFrame } from '../../../../src/protocols/xbee/frame.ts';
import fixture from '../../../fixtures/plugs/serial.json' with { type: 'json' };
import { createChance, mutateBytes } from '../../../support/mutate-bytes.ts';

const MODES: readonly ApiMode[] = [1, 2];
const SAMPLES = fixture.samples.flatMap(({ hex }) => (hex === undefined ? [] : [Buffer.from(hex, 'hex')]));
const dataOf = (frame: Uint8Array) => frame.slice(3, -1);
const hexes = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString('hex'));
const take = (mode: ApiMode, ...pieces: readonly Uint8Array[]) => {
  const reader = createFrameReader(mode);
  return { reader, found: hexes(pieces.flatMap((piece) => [...reader.take(piece)])) };
};

describe('published frames', () => {
  it('are read in mode 1 and made again byte for byte', () => {
    expect(SAMPLES.length).toBe(3);
    for (const frame of SAMPLES) {
      expect(take(1, frame).found).toEqual(hexes([dataOf(frame)]));
      expect(Buffer.from(encodeFrame(dataOf(frame), 1))).toEqual(frame);
    }
  });

  it("are escaped in mode 2 as in Digi's example", () => {
    const escaped = Buffer.from('7E0002237D31CB', 'hex');
    expect(Buffer.from(encodeFrame(Uint8Array.of(0x23, 0x11), 2))).toEqual(escaped);
    expect(take(2, escaped).found).toEqual(['2311']);
  });
});

describe.each(MODES)('in API mode %d', (mode) => {
  const frames = SAMPLES.map((sample) => Buffer.from(encodeFrame(dataOf(sample), mode)));

  it('frames are found in one piece, byte by byte, and behind garbage', () => {
    const all = Buffer.concat([Buffer.from('00FF7D7E', 'hex'), ...frames]);
    const expected = hexes(SAMPLES.map(dataOf));
    expect(take(mode, all).found).toEqual(expected);
    expect(take(mode, ...[...all].map((byte) => Uint8Array.of(byte))).found).toEqual(expected);
  });

  it('a wrong checksum makes no frame, and the next one is found', () => {
    for (const frame of frames) {
      const damaged = Buffer.from(frame);
      damaged[damaged.length - 2] = (damaged[damaged.length - 2] ?? 0) ^ 0x40;
      const { reader, found } = take(mode, damaged, frame);
      expect(found.length).toBe(1);
      expect(reader.badChecksum).toBeGreaterThan(0);
    }
  });

  it('a frame that was begun is not completed by another connection', () => {
    const [frame = Buffer.alloc(0)] = frames;
    const reader = createFrameReader(mode);
    reader.take(frame.subarray(0, 10));
    reader.reset();
    expect(reader.take(frame.subarray(10))).toEqual([]);
    expect(reader.cut).toBeGreaterThan(0);
    expect(reader.take(frame).length).toBe(1);
  });

  it('all data come back as they were sent, however they are cut into pieces', () => {
    const data = fc.uint8Array({ minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(
        fc.array(data, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 20 })),
        (sent, sizes) => {
          const all = Buffer.concat(sent.map((each) => encodeFrame(each, mode)));
          const pieces: Buffer[] = [];
          let at = 0;
          for (const size of [...sizes, all.length]) {
            pieces.push(all.subarray(at, at + size));
            at += size;
          }
          expect(take(mode, ...pieces).found).toEqual(hexes(sent));
        },
      ),
    );
  });

  it('a flood leaves no more than one frame in memory', () => {
    const chance = createChance(3);
    const reader = createFrameReader(mode);
    const flood = Uint8Array.from({ length: 65_536 }, () => (chance(4) === 0 ? 0x7e : chance(256)));
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 100; i++) reader.take(flood);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(reader.take(Buffer.concat([Buffer.alloc(300), frames[0] ?? Buffer.alloc(0)])).length).toBe(1);
  });

  it('100,000 damaged frames give only frames whose checksum is right, as they stand in the bytes', () => {
    const chance = createChance(mode);
    const reader = createFrameReader(mode);
    let found = 0;
    for (let run = 0; run < 100_000; run++) {
      const damaged = mutateBytes(frames[run % frames.length] ?? Buffer.alloc(0), chance);
      reader.reset();
      for (const data of reader.take(damaged)) {
        found++;
        const sum = data.reduce((total, byte) => total + byte, 0);
        expect(encodeFrame(data, 1).at(-1)).toBe(0xff - (sum & 0xff));
        expect(Buffer.from(damaged).includes(Buffer.from(encodeFrame(data, mode)))).toBe(true);
      }
    }
    expect(found).toBeGreaterThan(1000);
    expect(reader.badChecksum).toBeGreaterThan(1000);
  }, 120_000);
});

describe('a false begin', () => {
  const [frame = Buffer.alloc(0)] = SAMPLES;

  it('in mode 1 hides no frame for longer than it claims to be', () => {
    const { found } = take(1, Buffer.from('7E0040', 'hex'), frame, Buffer.concat([frame, frame]));
    expect(found.length).toBeGreaterThan(0);
  });

  it('in mode 1 makes no late reading: a frame that it hid is dropped', () => {
    const reader = createFrameReader(1);
    expect(reader.take(Buffer.concat([Buffer.from('7E0020', 'hex'), frame]))).toEqual([]);
    const later = reader.take(Buffer.concat([frame, frame]));
    expect(later.length).toBe(2);
    expect(reader.cut).toBeGreaterThan(0);
  });

  it('in mode 2 ends the frame in which it stands', () => {
    const escaped = encodeFrame(dataOf(frame), 2);
    const { reader, found } = take(2, escaped.subarray(0, 12), escaped);
    expect(found.length).toBe(1);
    expect(reader.cut).toBe(1);
  });
});
