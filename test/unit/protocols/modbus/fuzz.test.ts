import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiFraming } from '../../../../src/protocols/modbus/ascii.ts';
import type { FoundAnswer, Framing } from '../../../../src/protocols/modbus/framing.ts';
import { mbapFraming } from '../../../../src/protocols/modbus/mbap.ts';
import { type ModbusRequest, reportServerId } from '../../../../src/protocols/modbus/pdu.ts';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import { answerPdu, expecting, frameOf, inputRead, join, seeded, unframe } from './reference-frames.ts';

const MUTATIONS = 200_000;
const TRANSACTION = 0x0104;

type Mutation = (bytes: number[], chance: (below: number) => number) => void;

const mutations: readonly Mutation[] = [
  (bytes, chance) => {
    const place = chance(bytes.length);
    bytes[place] = (bytes[place] ?? 0) ^ (1 << chance(8));
  },
  (bytes, chance) => {
    bytes[chance(bytes.length)] = chance(256);
  },
  (bytes, chance) => {
    bytes.splice(chance(bytes.length), 1 + chance(4));
  },
  (bytes, chance) => {
    bytes.splice(chance(bytes.length), 0, ...Array.from({ length: 1 + chance(5) }, () => chance(256)));
  },
  (bytes, chance) => {
    bytes.length = chance(bytes.length + 1);
  },
  (bytes, chance) => {
    const from = chance(bytes.length);
    bytes.push(...bytes.slice(from, from + chance(20)));
  },
  (bytes, chance) => {
    const from = chance(bytes.length);
    bytes.unshift(...bytes.slice(from));
  },
];

describe.each<Framing>([rtuFraming, asciiFraming, mbapFraming])('$name framing under fire', (framing) => {
  const { name } = framing;

  /** Throws unless what was found is exactly a right frame for the request. */
  function assertRight(found: FoundAnswer, bytes: Uint8Array, request: ModbusRequest): void {
    const { unitId, pdu, transactionId } = unframe(name, bytes.subarray(found.start, found.end));
    const count = ((request.pdu[3] ?? 0) << 8) | (request.pdu[4] ?? 0);
    const isRefusal = pdu.length === 2 && pdu[0] === 0x84;
    const isAnswer = pdu[0] === 4 && pdu[1] === 2 * count && pdu.length === 2 + 2 * count;
    const isOwn = unitId === request.unitId && (name !== 'mbap' || transactionId === TRANSACTION);
    if (!isOwn || !(isRefusal || isAnswer) || pdu.join() !== found.pdu.join())
      throw new Error(`took ${[...bytes]} for an answer`);
  }

  it(`never throws and never finds a wrong frame in ${MUTATIONS} mutated ones`, () => {
    const chance = seeded(20260101);
    const originals = [
      inputRead(0, 1),
      inputRead(0x0204, 2),
      inputRead(0, 10, 4),
      inputRead(0x1400, 20),
    ].flatMap((request) => {
      const expected = expecting(name, request, TRANSACTION);
      const count = request.pdu[4] ?? 0;
      return Array.from({ length: 60 }, (_, i) => {
        const words = Array.from({ length: count }, () => chance(65536));
        const pdu = i % 8 === 0 ? [0x84, 1 + chance(11)] : answerPdu(4, words);
        const answer = [...frameOf(name, request.unitId, pdu, TRANSACTION)];
        return { request, expected, bytes: i % 4 === 0 ? [...expected.requestFrame, ...answer] : answer };
      });
    });
    let found = 0;
    for (let run = 0; run < MUTATIONS; run++) {
      const { request, expected, bytes: original } = originals[run % originals.length] ?? failing();
      const bytes = original.slice();
      for (let i = 1 + chance(3); i > 0 && bytes.length > 0; i--)
        mutations[chance(mutations.length)]?.(bytes, chance);
      const mutated = Uint8Array.from(bytes);
      const answer = framing.find(mutated, expected);
      framing.explain(mutated, expected);
      if (answer === undefined) continue;
      found++;
      assertRight(answer, mutated, request);
    }
    // Some mutations only add noise around the frame: those must still be found.
    expect(found).toBeGreaterThan(MUTATIONS / 50);
  });

  it('finds the same PDU in any surroundings that hold no right frame', () => {
    const surroundings = fc.uint8Array({ maxLength: 40 });
    const chunk = fc.nat(65535);
    fc.assert(
      fc.property(
        surroundings,
        surroundings,
        fc.array(chunk, { minLength: 1, maxLength: 125 }),
        fc.integer({ min: 1, max: 247 }),
        fc.nat(65535),
        (before, after, words, unitId, transactionId) => {
          const request = inputRead(0, words.length, unitId);
          const expected = expecting(name, request, transactionId);
          const answer = frameOf(name, unitId, answerPdu(4, words), transactionId);
          fc.pre(framing.find(before, expected) === undefined);
          // Noise that is itself the header of a longer TCP frame swallows what follows: see the next test.
          fc.pre(name !== 'mbap' || !hasHeader(before));
          const found = framing.find(join(before, answer, after), expected);
          expect([...(found?.pdu ?? [])]).toEqual(answerPdu(4, words));
          expect(found?.start).toBe(before.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never throws for any bytes, whatever is expected', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, isRead) => {
        const request = isRead ? inputRead(0, 3) : reportServerId(1);
        const expected = expecting(name, request, 0);
        framing.find(bytes, expected);
        framing.explain(bytes, expected);
        framing.find(bytes, { ...expected, requestFrame: new Uint8Array(0) });
      }),
      { numRuns: 2000 },
    );
  });
});

function failing(): never {
  throw new Error('nothing to mutate');
}

function hasHeader(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0 && (bytes[i + 1] ?? 0) === 0) return true;
  return false;
}
