import { expect, test } from 'vitest';
import { runNamingBus } from '../../support/naming-bench.ts';
import { startNamingMeters } from '../../support/naming-meters.ts';
import { openSerialPair } from '../../support/serial-pair.ts';

const SHAPE = { id: 'panel', addresses: [0, 2, 4, 40, 42], maxRegisters: 20, canBridge: true, maxGap: 8 };

test('an adapter that was gone for 5 s is used again within 2 s of its return', async () => {
  const pair = await openSerialPair();
  const task = { seed: 1, buses: [{ path: pair.a, baud: 19_200, turnaroundMs: 5, units: [1] }] };
  const meters = await startNamingMeters(task);
  const end = new AbortController();
  const bus = runNamingBus(
    { path: pair.b, baud: 19_200, units: [1], shape: SHAPE, intervalMs: 500, maxSpread: 8 },
    end.signal,
  );
  await expect.poll(() => bus.count.samples, { timeout: 10_000 }).toBeGreaterThan(2);
  await pair.unplug();
  await expect
    .poll(() => bus.count.events.some((e) => e.type === 'notice' && e.code === 'bus-lost'))
    .toBe(true);
  const offline = bus.count.events.filter((event) => event.type === 'availability');
  expect(offline.at(-1)).toMatchObject({ deviceId: 'unit_1', state: 'offline' });
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const before = bus.count.samples;
  await pair.replug();
  const backAt = Date.now();
  await expect.poll(() => bus.count.samples, { timeout: 10_000, interval: 20 }).toBeGreaterThan(before);
  const tookMs = bus.count.lastSampleAt - backAt;
  console.log(`first sample ${tookMs} ms after the adapter's return`);
  expect(tookMs).toBeLessThan(2000);
  expect(bus.count.wrong).toEqual([]);
  // One notice for the loss, one for the return, however many tries there were.
  const codes = bus.count.events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));
  expect(codes.filter((code) => code.startsWith('bus-'))).toEqual(['bus-lost', 'bus-open']);
  end.abort();
  await bus.ended;
  await meters.stop();
  await pair.close();
}, 60_000);

test('a dead unit costs a live meter on its 9600 baud line less than 2 % of its samples', async () => {
  const pair = await openSerialPair();
  const meters = await startNamingMeters({
    seed: 1,
    buses: [{ path: pair.a, baud: 9600, turnaroundMs: 20, units: [1] }],
  });
  const end = new AbortController();
  // The live meter uses some 40 % of the line; unit 9 is configured and not there.
  const shape = { ...SHAPE, addresses: Array.from({ length: 60 }, (_, n) => 2 * n), maxRegisters: 60 };
  const bus = runNamingBus(
    { path: pair.b, baud: 9600, units: [1, 9], shape, intervalMs: 1000, maxSpread: 8 },
    end.signal,
  );
  await expect.poll(() => bus.count.samples, { timeout: 10_000 }).toBeGreaterThan(1);
  const before = bus.count.samples;
  await new Promise((resolve) => setTimeout(resolve, 60_000));
  const samples = bus.count.samples - before;
  const { buses } = { buses: bus.source.statistics() };
  console.log(`${samples} samples in 60 s`, JSON.stringify(buses));
  expect(samples).toBeGreaterThanOrEqual(59);
  const dead = (buses.units as Record<string, Record<string, number | string>>).unit_9 ?? {};
  expect(dead.availability).toBe('offline');
  // It was asked, at growing distance.
  expect(dead.requests).toBeGreaterThan(3);
  expect(dead.requests).toBeLessThan(12);
  end.abort();
  await bus.ended;
  await meters.stop();
  await pair.close();
}, 120_000);
