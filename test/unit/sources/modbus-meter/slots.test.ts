import { describe, expect, it } from 'vitest';
import { createFakeMeter, createHouse, type HouseRig, MINUTE } from './house-rig.ts';
import { deviceOf, profileOf, register } from './profiles.ts';

const PROFILE = profileOf([register('p', 0), register('v', 1), register('e_imp', 2)]);
const words = () => createFakeMeter({ 'input:0': 100, 'input:1': 230, 'input:2': 7 });

/** Wall-clock seconds at which samples of a device were taken, without the first, which is off the slots. */
const secondsOf = (house: HouseRig, deviceId = 'meter1') =>
  house
    .samples(deviceId)
    .slice(1)
    .map((sample) => Math.floor(sample.takenAt / 1000) % 3600);

describe('slots', () => {
  it('are whole multiples of the interval on the wall clock, after one poll at once', async () => {
    const house = createHouse(PROFILE, [deviceOf(1, { intervalMs: 5000 })], { 1: words() });
    await house.clock.advanceTo(MINUTE + 60_500);
    const taken = house.samples().map((sample) => sample.takenAt - MINUTE);
    expect(taken[0]).toBeGreaterThan(300);
    expect(taken[0]).toBeLessThan(400);
    expect(taken.slice(1).map((ms) => Math.floor(ms / 5000))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    for (const ms of taken.slice(1)) expect(ms % 5000).toBeLessThan(60);
  });

  it('are served on time: the request goes out within a millisecond', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() });
    await house.clock.advanceTo(MINUTE + 30_500);
    const { lateness_p99_ms: lateness } = house.statistics();
    expect(lateness).toBeLessThan(1);
    expect(house.statistics()).toMatchObject({ slots: 30, missed_slots: 0 });
  });

  it.each([-1, -0.4, 0.9, 5])('are served once each by timers that are %s ms off', async (errorMs) => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() }, { errorMs: () => errorMs });
    await house.clock.advanceTo(MINUTE + 60_500);
    expect(secondsOf(house)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it('that have passed are counted and skipped, never caught up', async () => {
    const meter = words();
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 5500);
    // The computer stands still for 4.2 s: the slots 6 to 9 pass; the one at 10 is kept.
    house.clock.stall(4200);
    await house.clock.advanceTo(MINUTE + 15_500);
    expect(secondsOf(house)).toEqual([1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15]);
    expect(house.statistics()).toMatchObject({ missed_slots: 4 });
    expect(house.statistics().units).toMatchObject({ meter1: { missed_slots: 4 } });
  });

  it('that pass while another meter is read are counted too', async () => {
    const slow = words();
    const house = createHouse(
      PROFILE,
      [deviceOf(1, { intervalMs: 1000 }), deviceOf(2, { intervalMs: 30_000 })],
      { 1: words(), 2: slow },
    );
    await house.clock.advanceTo(MINUTE + 29_500);
    slow.latencyMs = 150;
    const before = house.samples('meter1').length;
    slow.special = (asked) => [{ afterMs: 2400, bytes: Uint8Array.of(asked.unitId) }];
    await house.clock.advanceTo(MINUTE + 59_500);
    const served = house.samples('meter1').length - before;
    const { missed_slots: missed } = house.statistics();
    expect(served).toBeGreaterThan(25);
    expect(served + Number(missed)).toBe(30);
  });

  it('of meters with intervals that do not divide each other are all served or counted', async () => {
    const house = createHouse(
      PROFILE,
      [deviceOf(1, { intervalMs: 2000 }), deviceOf(2, { intervalMs: 3000 })],
      { 1: words(), 2: { ...words(), latencyMs: 190 } },
    );
    await house.clock.advanceTo(MINUTE + 60_900);
    expect(secondsOf(house, 'meter1')).toEqual(Array.from({ length: 30 }, (_, i) => 2 * i + 2));
    expect(secondsOf(house, 'meter2')).toEqual(Array.from({ length: 20 }, (_, i) => 3 * i + 3));
  });
});

describe('a wall clock that is set', () => {
  it.each([3_600_000, 3_600_400, 250, -250, -3_600_000, -3_599_600, 86_400_000])(
    'by %s ms leaves the polls aligned, without a burst and without a pause',
    async (stepMs) => {
      const house = createHouse(PROFILE, [deviceOf(1, { intervalMs: 2000 })], { 1: words() });
      await house.clock.advanceTo(MINUTE + 10_500);
      const before = house.samples().length;
      house.clock.setWallForward(stepMs);
      await house.clock.advance(20_000);
      const after = house.samples().slice(before);
      expect(after.length).toBeGreaterThanOrEqual(8);
      expect(after.length).toBeLessThanOrEqual(11);
      for (const sample of after.slice(1)) expect(sample.takenAt % 2000).toBeLessThan(100);
      expect(house.statistics()).toMatchObject({ missed_slots: 0 });
      expect(house.availability('meter1')).toEqual(['online']);
    },
  );

  it('back by an hour does not stop the probes of a silent meter', async () => {
    const dead = words();
    const house = createHouse(PROFILE, [deviceOf(1), deviceOf(2)], { 1: words(), 2: dead });
    await house.clock.advanceTo(MINUTE + 5500);
    dead.isDead = true;
    await house.clock.advance(10_000);
    expect(house.availability('meter2')).toEqual(['online', 'offline']);
    house.clock.setWallForward(-3_600_000);
    dead.isDead = false;
    await house.clock.advance(62_000);
    expect(house.availability('meter2')).toEqual(['online', 'offline', 'online']);
  });
});

describe('the time of a sample', () => {
  it('is the middle of its transactions', async () => {
    const profile = profileOf([register('p', 0), register('v', 50)]);
    const meter = createFakeMeter({ 'input:0': 100, 'input:50': 230, 'input:51': 0 });
    meter.latencyMs = 100;
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 1900);
    const sample = house.samples()[1];
    const [first, second] = house.asked.slice(2);
    const wire = (characters: number) => characters * (10 / 9.6);
    const from = (first?.at ?? 0) - 1000 + 300;
    const to = (second?.at ?? 0) - 1000 + 300 + 100 + wire(8 + 5 + 2 * (second?.count ?? 0));
    expect(Math.abs((sample?.takenAt ?? 0) - MINUTE - (from + to) / 2)).toBeLessThan(1.5);
  });
});
