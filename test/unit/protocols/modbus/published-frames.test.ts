import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { readingKey } from '../../../../src/domain/reading.ts';
import { decodeRaw, decodeRegister, wordCount } from '../../../../src/meters/decode-register.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../../src/meters/load-profiles.ts';
import type { MeterProfile, RegisterType, WordOrder } from '../../../../src/meters/profile.ts';
import type { ExpectedAnswer } from '../../../../src/protocols/modbus/framing.ts';
import { wordsOf } from '../../../../src/protocols/modbus/pdu.ts';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import { bitwiseCrc, expecting, hex, read } from './reference-frames.ts';

/** Frames printed in makers' documents and public reports; test/fixtures/meters says where each stands. */
interface PublishedFrame {
  readonly meter: string;
  readonly request?: string;
  readonly response?: string;
  readonly crcOk: boolean;
  readonly values?: readonly {
    readonly word: number;
    readonly type: RegisterType;
    readonly wordOrder: WordOrder;
    readonly value: number;
    readonly scale?: number;
  }[];
}

const path = new URL('../../../fixtures/meters/published-frames.json', import.meta.url);
const published: readonly PublishedFrame[] = JSON.parse(readFileSync(path, 'utf8'));
const named = published.map((frame) => [`${frame.meter} ${frame.response ?? frame.request}`, frame] as const);
const right = named.filter(([, frame]) => frame.crcOk);

/** What each framing is told when only the answer was published: the request that it fits. */
function expectedOf(frame: PublishedFrame): ExpectedAnswer {
  const request = hex(frame.request ?? '');
  const answer = hex(frame.response ?? '');
  if (request[1] === 3 || request[1] === 4 || (frame.request === undefined && (answer[1] ?? 0) <= 4)) {
    const count = request.length > 0 ? (request[5] ?? 0) : (answer[2] ?? 0) / 2;
    const address = request.length > 0 ? ((request[2] ?? 0) << 8) | (request[3] ?? 0) : 0;
    const table = answer[1] === 3 ? 'holding' : 'input';
    return expecting('rtu', read({ unitId: answer[0] ?? 0, table, address, count }));
  }
  // Writes and diagnostics, which this program never sends: an answer of the length that they have.
  return {
    unitId: answer[0] ?? 0,
    functionCode: (answer[1] ?? 0) & 0x7f,
    transactionId: 0,
    requestFrame: new Uint8Array(0),
    isRefusalClear: true,
    answerLength: () => answer.length - 3,
  };
}

describe('published frames', () => {
  it.each(named)('%s has the checksum that the fixture says', (_, frame) => {
    const frames = [frame.request, frame.response].filter((text) => text !== undefined).map(hex);
    expect(frames.length).toBeGreaterThan(0);
    expect(frames.every((bytes) => bitwiseCrc([...bytes]) === 0)).toBe(frame.crcOk);
  });

  const requests = right.filter(([, { request }]) => request !== undefined);
  it.each(requests)('%s: the request is written byte for byte', (_, frame) => {
    const request = hex(frame.request ?? '');
    expect([...rtuFraming.encode(request[0] ?? 0, request.subarray(1, -2), 0)]).toEqual([...request]);
  });

  const answers = right.filter(([, { response }]) => response !== undefined);
  it.each(answers)('%s is the answer, with the published values', (_, frame) => {
    const answer = hex(frame.response ?? '');
    const found = rtuFraming.find(answer, expectedOf(frame));
    expect([...(found?.pdu ?? [])]).toEqual([...answer.subarray(1, -2)]);
    const words = wordsOf(found?.pdu ?? new Uint8Array(0));
    for (const { word, type, wordOrder, value, scale } of frame.values ?? []) {
      const raw = decodeRaw(type, wordOrder, words.slice(word, word + wordCount(type))) ?? Number.NaN;
      expect(Math.abs(raw * (scale ?? 1) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-4 + 1e-9);
    }
  });

  const wrong = named.filter(([, { crcOk, response }]) => !crcOk && response !== undefined);
  it.each(wrong)('%s is refused for its checksum', (_, frame) => {
    expect(rtuFraming.find(hex(frame.response ?? ''), expectedOf(frame))).toBeUndefined();
    expect(rtuFraming.explain(hex(frame.response ?? ''), expectedOf(frame))).toBe('crc');
  });
});

describe('published frames through the profile of their meter', () => {
  let profiles: ReadonlyMap<string, MeterProfile>;
  beforeAll(async () => {
    profiles = await loadProfiles([shippedProfileDirectory()]);
  });

  // Meter in the fixture, first register asked for, the profile, and the readings in the units of the topics.
  const readings: readonly [string, number, string, Record<string, number>][] = [
    ['eastron-sdm120', 0x0000, 'eastron-sdm120', { v: 230.2 }],
    ['eastron-sdm630-v2', 0x0000, 'eastron-sdm630-v2', { v_l1: 230.2 }],
    ['schneider-iem2150', 3027, 'schneider-iem3000', { v_l1: 239.59 }],
    ['schneider-iem2150', 3053, 'schneider-iem3000', { p_l1: 0.042 }],
    ['schneider-iem2150', 3083, 'schneider-iem3000', { pf: 0.0078 }],
    ['schneider-iem2150', 2999, 'schneider-iem3000', { i_l1: 0.025 }],
    ['schneider-iem2150', 3067, 'schneider-iem3000', { q: -5.389 }],
    ['schneider-iem2150', 3109, 'schneider-iem3000', { f: 49.987 }],
    [
      'peacefair-pzem016',
      0,
      'peacefair-pzem016',
      { v: 225.7, i: 0.108, p: 24.4, e_tot: 0.038, f: 50, pf: 1 },
    ],
  ];

  it.each(readings)('%s from 0x%i reads as %s says', (meter, address, profileId, expected) => {
    const frame = published.find(
      (each) =>
        each.meter === meter &&
        each.response !== undefined &&
        hex(each.request ?? '')
          .subarray(2, 4)
          .join() === [address >> 8, address & 0xff].join(),
    );
    const expectedAnswer = expectedOf(frame ?? { meter, crcOk: false });
    const pdu = rtuFraming.find(hex(frame?.response ?? ''), expectedAnswer)?.pdu ?? new Uint8Array(0);
    const words = wordsOf(pdu);
    const table = expectedAnswer.functionCode === 4 ? 'input' : 'holding';
    const found: Record<string, number> = {};
    for (const row of profiles.get(profileId)?.registers ?? []) {
      const offset = row.address - address;
      if (row.table !== table || offset < 0 || offset + wordCount(row.type) > words.length) continue;
      const value = decodeRegister(row, words.slice(offset, offset + wordCount(row.type)), new Map());
      if (value !== undefined && readingKey(row) in expected) found[readingKey(row)] = value;
    }
    expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, value] of Object.entries(expected))
      expect(Math.abs((found[key] ?? Number.NaN) - value)).toBeLessThanOrEqual(Math.abs(value) * 2e-3);
  });
});
