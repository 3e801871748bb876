import { describe, expect, it } from 'vitest';
import { createFakeMeter, createHouse, type FakeMeter, type HouseRig, MINUTE } from './house-rig.ts';
import { deviceOf, profileOf, register } from './profiles.ts';

const PROFILE = profileOf([register('p', 0), register('v', 1), register('e_imp', 2)]);
const words = (): FakeMeter => createFakeMeter({ 'input:0': 100, 'input:1': 230, 'input:2': 7 });
const dead = (): FakeMeter => ({ ...words(), isDead: true });

/** Requests to a unit, in seconds since the begin. */
const askedAt = (house: HouseRig, unitId: number) =>
  house.asked.filter((asked) => asked.unitId === unitId).map((asked) => (asked.at - 1000) / 1000);

describe('a dead meter beside a live one', () => {
  it.each([1000, 2000])('costs it no sample in ten minutes of %s ms intervals', async (intervalMs) => {
    const devices = [deviceOf(1, { intervalMs }), deviceOf(2, { intervalMs }), deviceOf(3, { intervalMs })];
    const house = createHouse(PROFILE, devices, { 1: dead(), 2: words(), 3: words() });
    await house.clock.advanceTo(MINUTE + 600_500);
    // The first poll of all, off the slots, and then each slot.
    for (const id of ['meter2', 'meter3']) {
      const slots = house.samples(id).slice(1);
      expect(slots.length).toBe(600_000 / intervalMs);
      for (const sample of slots) expect(sample.takenAt % intervalMs).toBeLessThan(250);
    }
    expect(house.statistics()).toMatchObject({ missed_slots: 0 });
  });

  it('is probed at growing distance, up to a minute', async () => {
    const house = createHouse(PROFILE, [deviceOf(1), deviceOf(2)], { 1: dead(), 2: words() });
    await house.clock.advanceTo(MINUTE + 400_500);
    const asked = askedAt(house, 1);
    const gaps = asked.slice(1).map((at, i) => at - (asked[i] ?? 0));
    expect(asked.length).toBeLessThan(16);
    expect(gaps.at(-1)).toBeGreaterThan(58);
    expect(gaps.at(-1)).toBeLessThan(66);
    for (const [i, gap] of gaps.entries())
      expect(gap).toBeGreaterThan(Math.min(58, 0.7 * (gaps[i - 1] ?? 0)));
  });

  it('is asked twice in a poll at most, however many reads it takes', async () => {
    const many = profileOf(
      [0, 100, 200, 300, 400].map((at, i) => register((['p', 'q', 'v', 'i', 'f'] as const)[i] ?? 'p', at)),
    );
    const meter = createFakeMeter(
      Object.fromEntries(Array.from({ length: 420 }, (_, at) => [`input:${at}`, at])),
    );
    const house = createHouse(many, [deviceOf(1, { intervalMs: 5000 })], { 1: meter });
    await house.clock.advanceTo(MINUTE + 12_500);
    expect(house.samples().length).toBe(3);
    meter.isDead = true;
    const before = house.asked.length;
    await house.clock.advanceTo(MINUTE + 16_500);
    expect(house.availability('meter1')).toEqual(['online', 'offline']);
    // Two in the first pass and two when it is tried again.
    expect(house.asked.length - before).toBeLessThanOrEqual(4);
  });

  it('that was never there is told once, with what to look for', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: dead() });
    await house.clock.advanceTo(MINUTE + 300_500);
    expect(house.availability('meter1')).toEqual(['offline']);
    const silent = house.notices('meter-silent');
    expect(silent.length).toBe(1);
    expect(silent[0]?.message).toMatch(/meter1 does not answer on bus1.*wires/);
  });

  it('costs its slot once when it dies, and is polled at once when it is back', async () => {
    const first = words();
    const house = createHouse(PROFILE, [deviceOf(1), deviceOf(2)], { 1: first, 2: words() });
    await house.clock.advanceTo(MINUTE + 30_500);
    first.isDead = true;
    await house.clock.advanceTo(MINUTE + 95_500);
    expect(house.availability('meter1')).toEqual(['online', 'offline']);
    const live = house.samples('meter2').filter((sample) => sample.takenAt >= MINUTE + 31_000);
    expect(live.length).toBeGreaterThanOrEqual(64);
    first.isDead = false;
    const probedAt = house.asked.length;
    await house.clock.advance(62_000);
    expect(house.availability('meter1')).toEqual(['online', 'offline', 'online']);
    expect(house.notices('meter-back').length).toBe(1);
    // The probe that is answered and the first sample belong together.
    const probe = house.asked.slice(probedAt).find((asked) => asked.unitId === 1);
    const back = house.samples('meter1').find((sample) => sample.takenAt > MINUTE + 95_500);
    expect(Math.abs((back?.takenAt ?? 0) - ((probe?.at ?? 0) - 1000 + MINUTE + 300))).toBeLessThan(500);
  });

  it('that gives a gateway nothing to say is probed like any other (exceptions 10 and 11)', async () => {
    const behindGateway = words();
    behindGateway.special = () => 11;
    behindGateway.latencyMs = 180;
    const house = createHouse(
      PROFILE,
      [deviceOf(1), deviceOf(2)],
      { 1: behindGateway, 2: words() },
      { framing: 'mbap' },
    );
    await house.clock.advanceTo(MINUTE + 120_500);
    expect(house.availability('meter1')).toEqual(['offline']);
    expect(askedAt(house, 1).length).toBeLessThan(12);
    expect(house.samples('meter2').length).toBe(121);
  });
});

describe('a meter that answers slowly', () => {
  it('is learned from its late answers and is online within seconds', async () => {
    const slow = words();
    slow.latencyMs = 600;
    const house = createHouse(PROFILE, [deviceOf(1, { intervalMs: 5000 })], { 1: slow });
    await house.clock.advanceTo(MINUTE + 30_500);
    expect(house.availability('meter1').at(-1)).toBe('online');
    expect(house.samples('meter1').length).toBeGreaterThan(3);
  });
});

describe('a damaged answer', () => {
  it('costs a meter with several rows nothing: it is asked again behind a fence', async () => {
    const meter = words();
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 3500);
    damageNext(meter, 1);
    await house.clock.advanceTo(MINUTE + 10_500);
    expect(house.samples().length).toBe(11);
    expect(house.availability('meter1')).toEqual(['online']);
  });

  it('of a meter with a single value that cannot be asked for otherwise costs that sample, not its availability', async () => {
    const single = profileOf([register('p', 0)], { canBridge: false });
    const meter = words();
    const house = createHouse(single, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 3500);
    damageNext(meter, 1);
    await house.clock.advanceTo(MINUTE + 20_500);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(house.samples().length).toBeGreaterThan(17);
    expect(house.notices('answers-damaged').length).toBe(1);
  });

  it('is told once when it begins and once when it has ended', async () => {
    const meter = words();
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 3500);
    damageNext(meter, 3);
    await house.clock.advanceTo(MINUTE + 60_500);
    expect(house.notices('answers-damaged').length).toBe(1);
    expect(house.notices('answers-clean').length).toBe(1);
    expect(house.notices('answers-damaged')[0]?.message).toMatch(/unit 1.*checksum/);
  });

  it('each time, for minutes, takes the meter offline without a wrong value', async () => {
    const meter = words();
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 3500);
    damageNext(meter, 100_000);
    await house.clock.advanceTo(MINUTE + 60_500);
    expect(house.availability('meter1')).toEqual(['online', 'offline']);
    for (const sample of house.samples()) expect(house.values(sample)).toMatchObject({ p: 100, v: 230 });
  });
});

function damageNext(meter: FakeMeter, count: number): void {
  let left = count;
  meter.special = (asked) => {
    if (left-- <= 0) return undefined;
    return [
      {
        afterMs: 50,
        bytes: Uint8Array.of(1, asked.functionCode, 2 * asked.count, ...Array(2 * asked.count + 2).fill(7)),
      },
    ];
  };
}
