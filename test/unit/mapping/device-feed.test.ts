import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/domain/device.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import type { Reading } from '../../../src/domain/reading.ts';
import { createDeviceFeed, watchFreshness } from '../../../src/mapping/device-feed.ts';
import { invertQuantities, invertReadings } from '../../../src/mapping/invert.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const DEVICE: Device = {
  id: 'kettle',
  name: 'Kettle',
  intervalMs: 10_000,
  lines: 1,
  rating: {},
  quantities: [{ code: 'p', intervalMs: 10_000 }],
};
const p = (value: number): Reading => ({ code: 'p', value });
const v = (value: number): Reading => ({ code: 'v', value });

function feedWith(options: { gatherMs?: number; invert?: boolean; device?: Device } = {}) {
  const clock = createManualClock();
  const events: GatewayEvent[] = [];
  const feed = createDeviceFeed({ device: DEVICE, clock, emit: (event) => events.push(event), ...options });
  const samples = () => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
  const lost = () => events.flatMap((event) => (event.type === 'availability' ? [event] : []));
  return { clock, events, feed, samples, lost };
}

describe('createDeviceFeed', () => {
  it('sends each take as a sample of its own without a gather window', () => {
    const { feed, samples, clock } = feedWith();
    const now = clock.now();
    feed.take([p(5), v(230)], now - 40);
    feed.take([p(6)], now);
    expect(samples()).toEqual([
      { deviceId: 'kettle', takenAt: now - 40, readings: [p(5), v(230)] },
      { deviceId: 'kettle', takenAt: now, readings: [p(6)] },
    ]);
    expect(feed.samples).toBe(2);
  });

  it('drops what is not finite or means nothing, and makes no empty sample of it', () => {
    const { feed, samples, clock } = feedWith();
    feed.take([], clock.now());
    feed.take([p(Number.NaN), p(-8_388_608)], clock.now());
    feed.take([p(Number.POSITIVE_INFINITY), v(231)], clock.now());
    feed.take([p(5)], Number.NaN);
    expect(samples().map(({ readings }) => readings)).toEqual([[v(231)]]);
    expect(feed.dropped).toBe(3);
  });

  it('gathers what comes within the window into one sample of the first moment', async () => {
    const { feed, samples, clock } = feedWith({ gatherMs: 200 });
    const now = clock.now();
    feed.take([p(5)], now);
    await clock.advance(100);
    feed.take([v(230)], clock.now());
    expect(samples()).toEqual([]);
    await clock.advance(100);
    expect(samples()).toEqual([{ deviceId: 'kettle', takenAt: now, readings: [p(5), v(230)] }]);
    await clock.advance(1000);
    expect(feed.samples).toBe(1);
  });

  it('sends what was gathered when a key comes again, or another moment', () => {
    const { feed, samples, clock } = feedWith({ gatherMs: 200 });
    const now = clock.now();
    feed.take([p(5)], now);
    feed.take([p(6)], now + 10);
    feed.take([v(230)], now + 5000);
    feed.flush();
    feed.flush();
    expect(samples().map(({ readings }) => readings)).toEqual([[p(5)], [p(6)], [v(230)]]);
  });

  it('turns the readings of an inverted device round', () => {
    const { feed, samples, clock } = feedWith({ invert: true });
    feed.take([p(5), { code: 'e_imp', value: 2 }, { code: 's', value: 9 }], clock.now());
    expect(samples()[0]?.readings).toEqual([p(-5), { code: 'e_exp', value: 2 }, { code: 's', value: 9 }]);
  });

  it('is lost once until the next sample, after what was gathered was sent', () => {
    const { feed, clock, events } = feedWith({ gatherMs: 200 });
    feed.take([p(5)], clock.now());
    feed.lose('it says so');
    feed.lose('again');
    feed.take([p(6)], clock.now());
    feed.lose('gone again');
    expect(events.map((event) => event.type)).toEqual(['sample', 'availability', 'sample', 'availability']);
    expect(events[1]).toMatchObject({ deviceId: 'kettle', state: 'offline', reason: 'it says so' });
  });

  it('tells what became known of the device', () => {
    const { feed, events } = feedWith();
    feed.describe({ ...DEVICE, model: 'X' });
    expect(feed.device.model).toBe('X');
    expect(events).toEqual([{ type: 'device', device: { ...DEVICE, model: 'X' } }]);
  });
});

describe('watchFreshness', () => {
  it('loses a device that never told anything after its freshness, once', async () => {
    const { feed, clock, lost } = feedWith();
    const stop = new AbortController();
    const watching = watchFreshness([feed], clock, stop.signal);
    await clock.advance(29_900);
    expect(lost()).toEqual([]);
    await clock.advance(200_000);
    expect(lost()).toMatchObject([{ reason: 'no reading in the first 30 s' }]);
    stop.abort();
    await watching;
    expect(clock.sleeping).toBe(0);
  });

  it('counts from the measurement, not from its arrival, and begins again with the next sample', async () => {
    const { feed, clock, lost } = feedWith({ device: { ...DEVICE, freshMs: 60_000 } });
    const stop = new AbortController();
    void watchFreshness([feed], clock, stop.signal);
    await clock.advance(50_000);
    feed.take([p(1)], clock.now() - 20_000);
    await clock.advance(39_000);
    expect(lost()).toEqual([]);
    await clock.advance(2000);
    expect(lost()).toHaveLength(1);
    feed.take([p(1)], clock.now());
    await clock.advance(59_000);
    expect(lost()).toHaveLength(1);
    await clock.advance(2000);
    expect(lost()).toHaveLength(2);
    stop.abort();
  });

  it('loses nobody because the clock was set', async () => {
    const { feed, clock, lost } = feedWith();
    const stop = new AbortController();
    void watchFreshness([feed], clock, stop.signal);
    feed.take([p(1)], clock.now());
    clock.setWallForward(86_400_000);
    await clock.advance(20_000);
    expect(lost()).toEqual([]);
    clock.setWallForward(-2 * 86_400_000);
    await clock.advance(15_000);
    expect(lost()).toHaveLength(1);
    stop.abort();
  });
});

describe('inverting', () => {
  const codes = fc.constantFrom(
    'p',
    'q',
    's',
    'v',
    'i',
    'pf',
    'e_imp',
    'e_exp',
    'eq_imp',
    'eq_exp',
    'relay' as const,
  );
  it('twice is nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ code: codes, value: fc.integer() })), (readings) => {
        expect(invertReadings(invertReadings(readings))).toEqual(readings);
      }),
    );
  });

  it('tells the export of a device that counts its import', () => {
    const quantities = [{ code: 'e_imp', intervalMs: 1000, resets: 'daily' }] as const;
    expect(invertQuantities(quantities)).toEqual([{ code: 'e_exp', intervalMs: 1000, resets: 'daily' }]);
  });
});
