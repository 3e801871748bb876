/** Every published dump and frame, of whatever meter, decodes to what its document says. */
import { describe, expect, it } from 'vitest';
import { readingKey } from '../../../src/domain/reading.ts';
import { decodeRaw, decodeRegister, wordCount } from '../../../src/meters/decode-register.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import type { RegisterType, WordOrder } from '../../../src/meters/profile.ts';
import { REFERENCE, readFixture } from './reference.ts';

interface PublishedFrame {
  readonly meter: string;
  readonly response?: string;
  readonly values?: readonly {
    readonly word: number;
    readonly type: RegisterType;
    readonly wordOrder: WordOrder;
    readonly scale?: number;
    readonly value: number;
  }[];
}

const frames = readFixture<readonly PublishedFrame[]>('published-frames.json');
const profiles = await loadProfiles([shippedProfileDirectory()]);

// Answer of a read: unit, function, byte count, words, CRC (two bytes).
function wordsOf(response: string): number[] {
  const bytes = response.split(' ').map((byte) => Number.parseInt(byte, 16));
  const words = Array.from({ length: (bytes[2] ?? 0) / 2 }, (_, n) => {
    return (bytes[3 + 2 * n] ?? 0) * 256 + (bytes[4 + 2 * n] ?? 0);
  });
  expect(bytes).toHaveLength(5 + words.length * 2);
  return words;
}

// Documents print a handful of digits: half of the last one is what they leave open.
function openDigits(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return 0.5 * 10 ** (Number(exponent) - (mantissa.split('.')[1]?.length ?? 0)) + 1e-12;
}

function readings(id: string, first: number, words: readonly number[]): Record<string, number | undefined> {
  const found: Record<string, number | undefined> = {};
  for (const row of profiles.get(id)?.registers ?? []) {
    const begin = row.address - first;
    const own = words.slice(Math.max(begin, 0), begin + wordCount(row.type));
    if (begin >= 0 && own.length === wordCount(row.type))
      found[readingKey(row)] = decodeRegister(row, own, new Map());
  }
  return found;
}

describe('published frames', () => {
  const readable = frames.flatMap(({ meter, response, values }) =>
    response === undefined || values === undefined ? [] : [{ meter, response, values }],
  );

  it.each(readable)('of the $meter decode: $response', ({ response, values }) => {
    const words = wordsOf(response);
    for (const { word, type, wordOrder, scale, value } of values) {
      const raw = decodeRaw(type, wordOrder, words.slice(word, word + wordCount(type))) ?? Number.NaN;
      expect(Math.abs(raw * (scale ?? 1) - value)).toBeLessThanOrEqual(openDigits(value));
    }
  });

  it('are all there', () => {
    expect(readable).toHaveLength(17);
    expect(frames).toHaveLength(24);
  });

  it('become exact readings through the profile of the PZEM-016', () => {
    const frame = frames.find(({ meter }) => meter === 'peacefair-pzem016');
    expect(readings('peacefair-pzem016', 0, wordsOf(frame?.response ?? ''))).toEqual({
      v: 225.7,
      i: 0.108,
      p: 24.4,
      e_tot: 0.038,
      f: 50,
      pf: 1,
      alarm: 0,
    });
  });

  it('become readings through the profile of the SDM120', () => {
    const frame = frames.find(({ meter }) => meter === 'eastron-sdm120');
    expect(readings('eastron-sdm120', 0, wordsOf(frame?.response ?? '')).v).toBeCloseTo(230.2, 3);
  });
});

describe('published register dumps', () => {
  const vectorsOf = (id: string) => REFERENCE.find((meter) => meter.id === id)?.testVectors ?? [];
  const numbers = (value: unknown) => value as readonly number[];

  it('of the ION6200 give its device type, serial number and firmware', () => {
    const [dump] = vectorsOf('schneider-ion6200');
    const words = String(dump?.registers)
      .split(' ')
      .map((word) => Number.parseInt(word, 16));
    expect(decodeRaw('uint32', 'little', words.slice(0, 2))).toBe(80101592);
    expect(words[2]).toBe(211);
    const way = profiles.get('schneider-ion6200')?.identify[0];
    if (way?.by !== 'register') throw new Error('the ION6200 is recognised by a register');
    expect(way.equals).toContain(words[way.address]);
  });

  it('of the PM800 give its energy and its lagging power factor', () => {
    const [energy, factor] = vectorsOf('schneider-pm800');
    const words = numbers(energy?.['registers (decimal)']);
    expect(decodeRaw('mod10k4', 'little', words)).toBe(energy?.value);
    expect(readings('schneider-pm800', 1699, words)).toMatchObject({ e_imp: 1234.567 });
    const raw = decodeRaw('int16sm', 'big', [Number(factor?.raw)]) ?? Number.NaN;
    expect(raw / 1000).toBe(factor?.value);
    expect(readings('schneider-pm800', 1162, [Number(factor?.raw)])).toEqual({ pf: -0.5 });
  });

  it('of the iEM3000 family give the current of the one line that is connected', () => {
    const [dump] = vectorsOf('schneider-iem3000');
    const decoded = readings(
      'schneider-iem3000',
      Number(dump?.start),
      numbers(dump?.['registers (decimal)']),
    );
    expect(decoded.i_l1).toBeCloseTo(2.9310603, 6);
    expect(decoded.i).toBeCloseTo(2.9310603, 6);
    expect([decoded.i_l2, decoded.i_l3]).toEqual([undefined, undefined]);
    expect(Object.keys(decoded)).toEqual(['i_l1', 'i_l2', 'i_l3', 'i']);
  });

  it('are none but these', () => {
    const dumps = REFERENCE.flatMap((meter) =>
      meter.testVectors.filter((vector) => vector.kind !== undefined).map(() => meter.id),
    );
    expect(dumps.sort()).toEqual([
      'schneider-iem3000',
      'schneider-ion6200',
      'schneider-pm800',
      'schneider-pm800',
    ]);
  });
});
