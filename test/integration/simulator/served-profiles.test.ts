import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Phase, QUANTITIES } from '../../../src/domain/quantity.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { decodeRegister, decodeScale, wordCount } from '../../../src/meters/decode-register.ts';
import { loadProfiles, shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import type { MeterProfile, MeterRegister, RegisterTable } from '../../../src/meters/profile.ts';
import { measureCircuit } from '../../../src/simulator/measure.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { connectRaw, type RawClient, readRequest } from './raw-client.ts';
import { frozenClock, tcp } from './serve.ts';

// Every profile on a line, read row by row at a known moment: encoder and decoder were written apart from
// each other, and the house knows the truth. Shortly after noon the roof feeds in, so that signs matter.
const NOW = Date.UTC(2026, 10, 22, 12, 20);
const profiles = [...(await loadProfiles([shippedProfileDirectory()])).values()];
const clock = frozenClock(NOW);
const simulator = createSimulator({
  config: {
    seed: 1,
    paced: false,
    buses: [
      {
        connection: tcp('rtu'),
        turnaroundMs: 0,
        meters: profiles.map(({ id }, n) => ({ unitId: n + 1, profile: id, measures: 'mains' })),
      },
    ],
  },
  profiles: new Map(profiles.map((profile) => [profile.id, profile])),
  clock,
  logger: silentLogger,
});
const end = new AbortController();
let running: Promise<void>;
let client: RawClient;
beforeAll(async () => {
  running = simulator.run(end.signal);
  const [bus] = await simulator.listening;
  client = await connectRaw(bus?.port ?? 0);
});
afterAll(async () => {
  client.close();
  end.abort();
  await running;
});

async function words(unitId: number, table: RegisterTable, address: number, count: number) {
  client.send(readRequest(unitId, table === 'holding' ? 3 : 4, address, count));
  const answer = await client.receive(5 + 2 * count, 1000);
  expect(answer.subarray(0, 3)).toEqual(Buffer.from([unitId, table === 'holding' ? 3 : 4, 2 * count]));
  return Array.from({ length: count }, (_, n) => answer.readUInt16BE(3 + 2 * n));
}

async function scaleFactors(profile: MeterProfile, unitId: number): Promise<ReadonlyMap<string, number>> {
  const factors = new Map<string, number>();
  for (const scale of profile.scales) {
    const factor = decodeScale(scale, await words(unitId, scale.table, scale.address, wordCount(scale.type)));
    if (factor === undefined) throw new Error(`the scale ${scale.name} has no factor`);
    factors.set(scale.name, factor);
  }
  return factors;
}

// A register of its own address twice (a model code inside a value) cannot be read alone.
function isReadable(profile: MeterProfile, row: MeterRegister): boolean {
  return !profile.identify.some(
    (way) => 'address' in way && way.address === row.address && way.table === row.table,
  );
}

const FLOATS = new Set(['float32', 'float64', 'pf4q32']);
const UNITLESS = new Set(['pf', 'rotation', 'alarm', 'phi']);

describe.each(profiles.map((profile, n) => ({ profile, unitId: n + 1 })))(
  '$profile.id',
  ({ profile, unitId }) => {
    it('gives the truth in every register, as far as its resolution goes', async () => {
      const truth = measureCircuit(simulator.truth().at(NOW), 'mains', profile.lines);
      const scales = await scaleFactors(profile, unitId);
      let checked = 0;
      for (const row of profile.registers) {
        if (!row.enabled || !isReadable(profile, row)) continue;
        const raw = await words(unitId, row.table, row.address, wordCount(row.type));
        const value = decodeRegister(row, raw, scales);
        const expected = truth?.value(row.code, row.phase as Phase | undefined);
        if (expected === undefined) continue;
        const isUnsigned = /^(u|mod|acc)/.test(row.type);
        const isSignOfOwn = row.sign === 'absolute';
        const wanted = isUnsigned || isSignOfOwn ? Math.abs(expected) : expected;
        const one = Math.abs(decodeRegister(row, firstStep(row), scales) ?? 0);
        const resolution = FLOATS.has(row.type) ? Math.abs(wanted) * 1e-6 + 1e-6 : one * 0.51 + 1e-9;
        const unit = UNITLESS.has(row.code) ? '' : QUANTITIES[row.code].unit;
        const place = `${row.code}_${row.phase ?? 'total'} ${unit} at ${row.address}`;
        expect(value, place).toBeDefined();
        expect(Math.abs((value ?? 0) - wanted), `${place}: ${value} for ${wanted}`).toBeLessThanOrEqual(
          resolution,
        );
        checked++;
      }
      expect(checked).toBeGreaterThan(0);
    });
  },
);

/** The words of the smallest step of a whole-number row. */
function firstStep(row: MeterRegister): number[] {
  const count = wordCount(row.type);
  const big = Array.from({ length: count }, (_, n) => (n === count - 1 ? 1 : 0));
  return row.wordOrder === 'little' ? big.reverse() : big;
}
