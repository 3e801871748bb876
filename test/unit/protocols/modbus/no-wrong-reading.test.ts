import { describe, expect, it } from 'vitest';
import { createLearnedLatency } from '../../../../src/protocols/modbus/latency.ts';
import type { UnitNeeds } from '../../../../src/protocols/modbus/transactor.ts';
import { type BusRig, createBusRig, LINE_9600, wordsOrError } from './bus-rig.ts';
import { createFaultyMeter, type FaultyMeter } from './faulty-meter.ts';
import { answerPdu, type FramingName, frameOf, read, seeded } from './reference-frames.ts';

const REQUESTS = 3000;
const COUNTS = [1, 2, 2, 2, 3, 10] as const;

interface Tally {
  readings: number;
  wrong: string[];
  thrownAway: string[];
  refused: number;
}

/** Asks `REQUESTS` random questions of three units with faults, and compares every reading with its request. */
async function torture(framing: FramingName, seed: number): Promise<{ tally: Tally; rig: BusRig }> {
  const chance = seeded(seed);
  const units = new Map<number, UnitNeeds>(
    [1, 2, 3].map((unitId) => [unitId, { gapMs: 0, latency: createLearnedLatency(200) }]),
  );
  const needs = (unitId: number) => units.get(unitId) ?? { gapMs: 0, latency: createLearnedLatency(200) };
  const wireMs = (pduLength: number) =>
    frameOf(framing, 1, Array(pduLength).fill(0)).length * LINE_9600.characterMs;
  let meter: FaultyMeter | undefined;
  const rig: BusRig = await createBusRig((asked, index) => meter?.answer(asked, index) ?? [], { framing });
  meter = createFaultyMeter(
    framing,
    chance,
    ({ unitId, count }) =>
      wireMs(5) + needs(unitId).latency.budgetMs + wireMs(answerPdu(4, Array(count).fill(0)).length) + 20,
    () => rig.clock.monotonicMs(),
  );
  const tally: Tally = { readings: 0, wrong: [], thrownAway: [], refused: 0 };
  for (let i = 0; i < REQUESTS; i++) {
    const unitId = 1 + chance(3);
    const count = COUNTS[chance(COUNTS.length)] ?? 1;
    const table = chance(4) === 0 ? 'holding' : 'input';
    const index = rig.asked.length;
    const question = read({ unitId, table, address: chance(60_000), count });
    const transaction = wordsOrError(rig.bus.transact(question, needs(unitId)));
    if (chance(30) === 0) {
      await rig.clock.advance(chance(100));
      rig.clock.stall(chance(700));
    }
    judge(tally, await rig.clock.advanceUntil(transaction), meter, index);
    if (chance(4) === 0) await rig.clock.advance([1, 10, 40, 100, 400, 1500][chance(6)] ?? 0);
  }
  await rig.end();
  return { tally, rig };
}

function judge(tally: Tally, result: readonly number[] | string, { told }: FaultyMeter, index: number): void {
  const own = told[index];
  if (typeof result === 'string') {
    if (result.startsWith('exception')) tally.refused++;
    // Only what was asked to be refused may be called refused.
    if (result.startsWith('exception') && own?.fault.includes('refusal') !== true)
      tally.wrong.push(`request ${index} (${own?.fault}) was told ${result}`);
    if (own?.isGood === true) tally.thrownAway.push(`request ${index} (${own.fault}): ${result}`);
    return;
  }
  tally.readings++;
  if (result.join() !== own?.words.join()) tally.wrong.push(`request ${index} (${own?.fault})`);
}

describe.each<FramingName>(['rtu', 'ascii', 'mbap'])(
  'thousands of requests to faulty meters over %s',
  (framing) => {
    it.each([1, 2, 3, 4, 5])(
      'never make a reading from another request’s answer, nor lose a good one (seed %s)',
      async (seed) => {
        const { tally, rig } = await torture(framing, seed);
        expect(tally.wrong).toEqual([]);
        expect(tally.thrownAway).toEqual([]);
        // The faults did happen, and most questions were answered all the same.
        const late = [1, 2, 3].reduce((sum, unitId) => sum + rig.counters(unitId).lateAnswers, 0);
        expect(tally.readings).toBeGreaterThan(REQUESTS / 2);
        expect(tally.refused).toBeGreaterThan(20);
        expect(late).toBeGreaterThan(20);
      },
    );
  },
);
