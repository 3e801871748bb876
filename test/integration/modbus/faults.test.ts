import { afterEach, expect, test } from 'vitest';
import { FAULT_NAMES, type FaultRule } from '../../../src/simulator/faults.ts';
import { type NamingBus, runNamingBus } from '../../support/naming-bench.ts';
import { startNamingMeters } from '../../support/naming-meters.ts';
import { openSerialPair } from '../../support/serial-pair.ts';

const BAUD = 115_200;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Starts the meters and the gateway's side of some buses; everything is closed after the test. */
async function startBuses(shapes: readonly Omit<NamingBus, 'path' | 'baud'>[], seed: number) {
  const pairs = await Promise.all(shapes.map(() => openSerialPair()));
  for (const pair of pairs) closing.push(() => pair.close());
  const meters = await startNamingMeters({
    seed,
    buses: shapes.map((shape, n) => ({
      path: pairs[n]?.a ?? '',
      baud: BAUD,
      turnaroundMs: 3,
      units: shape.units,
    })),
  });
  closing.push(() => meters.stop());
  const end = new AbortController();
  const buses = shapes.map((shape, n) =>
    runNamingBus({ ...shape, path: pairs[n]?.b ?? '', baud: BAUD }, end.signal),
  );
  closing.push(async () => {
    end.abort();
    await Promise.all(buses.map((bus) => bus.ended));
  });
  return { meters, buses, pairs };
}

const every = (from: number, count: number, step: number) =>
  Array.from({ length: count }, (_, n) => from + n * step);

/** Many reads of two or three registers: the shape in which a stray answer fits best. */
const SINGLES = {
  units: [1],
  shape: { id: 'singles', addresses: every(0, 12, 40), maxRegisters: 8, canBridge: true, maxGap: 6 },
  intervalMs: 300,
  maxSpread: 30,
};
/** All reads alike and nothing that could tell them apart: the worst case. */
const ALIKE = {
  units: [1],
  shape: { id: 'alike', addresses: every(0, 4, 40), maxRegisters: 2, canBridge: false, maxGap: 0 },
  intervalMs: 1000,
  maxSpread: 20,
};
/** Few large blocks. */
const BLOCKS = {
  units: [1],
  shape: {
    id: 'blocks',
    addresses: [...every(0, 20, 2), ...every(300, 12, 2)],
    maxRegisters: 60,
    canBridge: true,
    maxGap: 20,
  },
  intervalMs: 100,
  maxSpread: 45,
};
/** Two units with the same registers on one line. */
const TWINS = {
  units: [1, 2],
  shape: { id: 'twins', addresses: every(0, 10, 40), maxRegisters: 8, canBridge: true, maxGap: 6 },
  intervalMs: 300,
  maxSpread: 30,
};

// A flipped bit under a right checksum cannot be noticed by anybody.
const NOTICEABLE = FAULT_NAMES.filter((fault) => fault !== 'bit-flip' && fault !== 'dead-unit');
const VARIANTS: readonly FaultRule[] = [
  { fault: 'late', value: 200 },
  { fault: 'late', value: 600 },
  { fault: 'twice', value: 15 },
  { fault: 'pause-inside', value: 300 },
  { fault: 'exception', value: 5 },
  { fault: 'exception', value: 6 },
];

test('no value of another request comes through over 10,000 reads with every fault mixed in', async () => {
  const seed = 20261123;
  const { meters, buses } = await startBuses([SINGLES, ALIKE, BLOCKS, TWINS, SINGLES, BLOCKS], seed);
  const mixed = [...NOTICEABLE.map((fault): FaultRule => ({ fault })), ...VARIANTS];
  meters.setFaults(mixed.map((rule) => ({ ...rule, probability: 0.002 })));
  let stalls = 0;
  const stalling = setInterval(() => {
    stalls++;
    const until = performance.now() + 100;
    while (performance.now() < until);
  }, 1500);
  while (meters.requests < 10_500) await new Promise((resolve) => setTimeout(resolve, 200));
  clearInterval(stalling);
  const wrong = buses.flatMap(({ count }) => count.wrong);
  const counted = {
    seed,
    requests: meters.requests,
    stalls,
    faults: Object.fromEntries(meters.faults),
    values: buses.reduce((sum, { count }) => sum + count.values, 0),
    samples: Object.fromEntries(buses.map(({ source, count }) => [source.id, count.samples])),
    wrong: wrong.length,
  };
  console.log(JSON.stringify(counted));
  expect(wrong).toEqual([]);
  expect(counted.values).toBeGreaterThan(7000);
  for (const fault of NOTICEABLE) expect(meters.faults.get(fault) ?? 0, fault).toBeGreaterThan(0);
  for (const { count } of buses) expect(count.samples).toBeGreaterThan(5);
}, 600_000);

test('stalls of the event loop throw no good answer away', async () => {
  const { meters, buses } = await startBuses([SINGLES, BLOCKS], 2);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (let stall = 0; stall < 40; stall++) {
    const until = performance.now() + 100;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 37));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (const { source, count } of buses) {
    const units = source.statistics().units as Record<string, Record<string, number>>;
    const unit = units.unit_1 ?? {};
    console.log(source.id, JSON.stringify(unit), meters.requests);
    expect(count.wrong).toEqual([]);
    // One request may be under way.
    expect((unit.requests ?? 0) - (unit.answers ?? 0)).toBeLessThanOrEqual(1);
    expect(unit.timeouts).toBe(0);
  }
}, 60_000);

test.each(NOTICEABLE)(
  'polls again within 2 s of the end of: %s',
  async (fault) => {
    const { meters, buses } = await startBuses([SINGLES], 3);
    const [bus] = buses;
    await expect.poll(() => bus?.count.samples, { timeout: 10_000 }).toBeGreaterThan(3);
    meters.setFaults([{ fault, count: 4 }]);
    await expect.poll(() => meters.faults.get(fault) ?? 0, { timeout: 20_000 }).toBe(4);
    const complete = bus?.count.complete ?? 0;
    await expect
      .poll(() => (bus?.count.complete ?? 0) - complete, { timeout: 10_000, interval: 20 })
      .toBeGreaterThan(0);
    const tookMs = (bus?.count.lastSampleAt ?? 0) - meters.lastFaultAt;
    console.log(`${fault}: a whole poll ${tookMs} ms after its end`);
    expect(tookMs).toBeLessThan(2000);
    expect(bus?.count.wrong).toEqual([]);
  },
  60_000,
);
