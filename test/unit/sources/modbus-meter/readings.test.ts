import { describe, expect, it } from 'vitest';
import type { ScaleRegister } from '../../../../src/meters/profile.ts';
import { createFakeMeter, createHouse, type HouseRig, MINUTE } from './house-rig.ts';
import { deviceOf, profileOf, register } from './profiles.ts';

const keysOf = (house: HouseRig) => house.samples().map((sample) => Object.keys(house.values(sample)).join());

describe('counters', () => {
  const profile = profileOf([register('p', 0), register('e_imp', 1), register('e_exp', 2)]);
  const meter = () => createFakeMeter({ 'input:0': 100, 'input:1': 7, 'input:2': 3 });

  it('are read at their own interval, with the first poll and after a return', async () => {
    const house = createHouse(profile, [deviceOf(1, { counterIntervalMs: 10_000 })], { 1: meter() });
    await house.clock.advanceTo(MINUTE + 25_500);
    const withCounters = house.samples().filter((sample) => sample.readings.length > 1);
    expect(withCounters.map((sample) => Math.floor((sample.takenAt - MINUTE) / 1000))).toEqual([0, 10, 20]);
    house.line.lose();
    await house.clock.advance(500);
    house.line.restore();
    const before = house.samples().length;
    await house.clock.advance(1500);
    expect(house.values(house.samples()[before])).toEqual({ p: 100, e_imp: 7, e_exp: 3 });
  });

  it('alone leave the meter online between their slots', async () => {
    const device = deviceOf(1, { only: ['e_imp'], counterIntervalMs: 10_000 });
    const house = createHouse(profile, [device], { 1: meter() });
    await house.clock.advanceTo(MINUTE + 60_500);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(house.samples().length).toBe(7);
    expect(house.asked.length).toBe(7);
  });
});

describe('registers that scale others', () => {
  const exponent: ScaleRegister = {
    name: 'kw',
    table: 'holding',
    address: 9,
    type: 'int16',
    wordOrder: 'big',
    meaning: 'exponent',
    min: -3,
    max: 3,
  };
  const profile = profileOf(
    [register('p', 0, { scale: { register: 'kw' }, unit: 'W' }), register('v', 1)],
    {},
    { scales: [exponent] },
  );

  it('are read with the first poll, and then every five minutes', async () => {
    const meter = createFakeMeter({ 'input:0': 100, 'input:1': 230, 'holding:9': 1 });
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 100_500);
    for (const sample of house.samples()) expect(house.values(sample)).toEqual({ p: 1000, v: 230 });
    expect(house.asked.filter((asked) => asked.functionCode === 3).length).toBe(1);
    house.clock.setWallForward(-3_600_000);
    meter.words.set('holding:9', 2);
    await house.clock.advance(300_000);
    expect(house.asked.filter((asked) => asked.functionCode === 3).length).toBe(2);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 10_000, v: 230 });
  });

  it('are read anew after the meter was away', async () => {
    const meter = createFakeMeter({ 'input:0': 100, 'input:1': 230, 'holding:9': 1 });
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 5500);
    house.line.lose();
    meter.words.set('holding:9', 2);
    await house.clock.advance(1000);
    house.line.restore();
    await house.clock.advance(1500);
    expect(house.values(house.samples().at(-1)).p).toBe(10_000);
    meter.isDead = true;
    await house.clock.advance(10_000);
    meter.words.set('holding:9', 0);
    meter.isDead = false;
    await house.clock.advance(60_000);
    const back = house.samples().filter((sample) => sample.takenAt > MINUTE + 17_000);
    for (const sample of back) expect(house.values(sample).p).toBe(100);
    expect(back.length).toBeGreaterThan(3);
  });

  it('with an impossible content make no reading of what they scale', async () => {
    const meter = createFakeMeter({ 'input:0': 100, 'input:1': 230, 'holding:9': 77 });
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 5500);
    expect(new Set(keysOf(house))).toEqual(new Set(['v']));
    meter.words.set('holding:9', 0);
    await house.clock.advance(2000);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 100, v: 230 });
  });
});

describe('values', () => {
  it('come in the word order of the profile, or of the configuration where that says otherwise', async () => {
    const profile = profileOf([
      register('p', 0, { type: 'int32' }),
      register('v', 2, { type: 'int32', wordOrder: 'little' }),
    ]);
    const words = { 'input:0': 1, 'input:1': 2, 'input:2': 3, 'input:3': 0 };
    const devices = [deviceOf(1), deviceOf(2, { wordOrder: 'little' })];
    const house = createHouse(profile, devices, { 1: createFakeMeter(words), 2: createFakeMeter(words) });
    await house.clock.advanceTo(MINUTE + 1500);
    expect(house.values(house.samples('meter1')[0])).toEqual({ p: 65_538, v: 3 });
    expect(house.values(house.samples('meter2')[0])).toEqual({ p: 131_073, v: 3 });
  });

  it('of a meter wired backwards change sign, and import and export change places', async () => {
    const profile = profileOf([
      register('p', 0),
      register('q', 1),
      register('v', 2),
      register('e_imp', 3),
      register('e_exp', 4),
    ]);
    const meter = createFakeMeter({
      'input:0': 100,
      'input:1': 0xffff,
      'input:2': 230,
      'input:3': 7,
      'input:4': 3,
    });
    const house = createHouse(profile, [deviceOf(1, { invert: true })], { 1: meter });
    await house.clock.advanceTo(MINUTE + 1500);
    expect(house.values(house.samples()[0])).toEqual({ p: -100, q: 1, v: 230, e_exp: 7, e_imp: 3 });
  });

  it('that are not available are absent, and the meter is online all the same', async () => {
    const profile = profileOf([
      register('p', 0, { invalid: [[0x8000]] }),
      register('v', 1, { invalid: [[0x8000]] }),
    ]);
    const meter = createFakeMeter({ 'input:0': 100, 'input:1': 0x8000 });
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 2500);
    expect(new Set(keysOf(house))).toEqual(new Set(['p']));
    meter.isDead = true;
    await house.clock.advance(5000);
    meter.words.set('input:0', 0x8000);
    meter.isDead = false;
    const before = house.asked.length;
    await house.clock.advance(30_000);
    // Nothing to tell, and no reason to ask more often than once a slot.
    expect(house.availability('meter1')).toEqual(['online', 'offline', 'online']);
    expect(house.asked.length - before).toBeLessThan(34);
  });

  it('that were read make a sample although others of the poll were not', async () => {
    const profile = profileOf([register('p', 0), register('v', 50), register('f', 100)]);
    const meter = createFakeMeter(
      Object.fromEntries([0, 1, 50, 51, 52, 100, 101, 102].map((at) => [`input:${at}`, at])),
    );
    const house = createHouse(profile, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 2500);
    meter.special = (asked) => (asked.address === 50 ? [] : undefined);
    await house.clock.advanceTo(MINUTE + 8900);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(new Set(keysOf(house).slice(-5))).toEqual(new Set(['p,f']));
    meter.special = undefined;
    await house.clock.advance(3000);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 0, v: 50, f: 100 });
  });
});
