import { expect, test } from 'vitest';
import { type Asked, createPoller, type Poller } from '../../../../src/sources/mqtt-map/poller.ts';
import { createManualClock } from '../../../support/manual-clock.ts';

const NOON = Date.UTC(2026, 10, 22, 12);

function run(intervals: readonly number[], settings: { isSpread?: boolean; answers?: boolean } = {}) {
  const clock = createManualClock({ startAt: NOON + 1 });
  const asks: { readonly device: number; readonly atMs: number }[] = [];
  let isConnected = true;
  let poller: Poller | undefined;
  const devices: Asked[] = intervals.map((intervalMs, device) => ({
    intervalMs,
    ask() {
      asks.push({ device, atMs: clock.now() - NOON });
      const self = devices[device];
      if (settings.answers && self !== undefined) clock.timer(50, () => poller?.answered(self));
      return true;
    },
  }));
  poller = createPoller(devices, {
    clock,
    isConnected: () => isConnected,
    isSpread: settings.isSpread ?? false,
    answerMs: 2000,
  });
  const end = new AbortController();
  const running = poller.run(end.signal);
  return {
    clock,
    asks,
    poller,
    devices,
    connect: (is: boolean) => {
      isConnected = is;
      if (!is) poller?.forget();
    },
    stop: async () => {
      end.abort();
      await running;
    },
  };
}

test('asks each device on whole multiples of its interval', async () => {
  const rig = run([5000, 10_000], { answers: true });
  await rig.clock.advance(20_100);
  const at = (device: number) => rig.asks.filter((ask) => ask.device === device).map(({ atMs }) => atMs);
  for (const [place, atMs] of at(0).entries()) expect(atMs).toBeCloseTo(5000 * (place + 1), -2);
  expect(at(0)).toHaveLength(4);
  expect(at(1)).toHaveLength(2);
  expect(rig.poller.counters).toEqual({ asked: 6, answered: 6, unanswered: 0 });
  await rig.stop();
});

test('spreads the devices over the interval', async () => {
  const rig = run([10_000, 10_000, 10_000, 10_000], { answers: true, isSpread: true });
  await rig.clock.advance(10_100);
  expect(rig.asks.map(({ device }) => device)).toEqual([1, 2, 3, 0]);
  expect(rig.asks.map(({ atMs }) => Math.round(atMs / 100) * 100)).toEqual([2500, 5000, 7500, 10_000]);
  await rig.stop();
});

test('never has two questions open to one device', async () => {
  const rig = run([500]);
  await rig.clock.advance(10_000);
  const gaps = rig.asks.slice(1).map(({ atMs }, place) => atMs - (rig.asks[place]?.atMs ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(2000);
  await rig.stop();
});

test('asks a silent device at growing distance, and at full pace when it shows life', async () => {
  const rig = run([10_000]);
  await rig.clock.advance(3_600_000);
  const count = rig.asks.length;
  expect(count).toBeLessThan(20);
  const [device] = rig.devices;
  if (device !== undefined) rig.poller.revive(device);
  await rig.clock.advance(11_000);
  expect(rig.asks.length).toBe(count + 1);
  await rig.stop();
});

test('asks nobody while the broker is away', async () => {
  const rig = run([1000], { answers: true });
  rig.connect(false);
  await rig.clock.advance(30_000);
  expect(rig.asks).toEqual([]);
  rig.connect(true);
  await rig.clock.advance(3000);
  expect(rig.asks.length).toBeGreaterThanOrEqual(1);
  await rig.stop();
});

test('goes on asking when the clock is set back by an hour', async () => {
  const rig = run([1000], { answers: true });
  await rig.clock.advance(5000);
  rig.clock.setWallForward(-3_600_000);
  const before = rig.asks.length;
  await rig.clock.advance(5000);
  expect(rig.asks.length).toBeGreaterThan(before + 2);
  await rig.stop();
});
