import { describe, expect, it } from 'vitest';
import { createFakeMeter, createHouse, MINUTE } from './house-rig.ts';
import { deviceOf, profileOf, register } from './profiles.ts';

const ROWS = [register('p', 0), register('v', 1), register('i', 2), register('f', 3)];
const four = { 'input:0': 100, 'input:1': 230, 'input:2': 5, 'input:3': 50 };

describe('a register that the meter refuses', () => {
  it('is switched off alone, once and with one notice; the others go on', async () => {
    const { 'input:2': _, ...without } = four;
    const house = createHouse(profileOf(ROWS), [deviceOf(1)], { 1: createFakeMeter(without) });
    await house.clock.advanceTo(MINUTE + 30_500);
    const refused = house.notices('register-refused');
    expect(refused.map((notice) => notice.message)).toEqual([
      'meter1 does not have i (unit 1, input registers 0x0000-0x0003: exception 2 (illegal data address)); not asked for any more',
    ]);
    expect(house.availability('meter1')).toEqual(['online']);
    // Finding out which it is takes the time of a slot or two, once.
    expect(house.samples().length).toBeGreaterThanOrEqual(29);
    for (const sample of house.samples()) expect(house.values(sample)).toEqual({ p: 100, v: 230, f: 50 });
    // In the block, alone twice, in two fences at most, and never again.
    const touching = house.asked.filter((asked) => asked.address <= 2 && asked.address + asked.count > 2);
    expect(touching.length).toBeLessThanOrEqual(5);
    expect((touching.at(-1)?.at ?? 0) - 1000).toBeLessThan(3000);
  });

  it('goes on being read where another value needs its words', async () => {
    const rows = [register('p', 0), register('v', 2, { type: 'int32' }), register('i', 3), register('f', 5)];
    const words = { 'input:0': 100, 'input:2': 0, 'input:3': 230, 'input:5': 50 };
    const meter = createFakeMeter(words);
    let left = 1;
    meter.special = ({ address, count }) => {
      if (address === 3 && count === 1) return 2;
      return address === 2 && left-- > 0 ? 2 : undefined;
    };
    const house = createHouse(profileOf(rows, { canBridge: false }), [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 10_500);
    expect(house.notices('register-refused')[0]?.message).toMatch(/does not have i /);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 100, v: 230, f: 50 });
  });

  it('among others that are refused is found with them', async () => {
    const house = createHouse(profileOf(ROWS), [deviceOf(1)], { 1: createFakeMeter({ 'input:1': 230 }) });
    await house.clock.advanceTo(MINUTE + 30_500);
    expect(house.notices('register-refused').length).toBe(1);
    expect(house.notices('register-refused')[0]?.message).toMatch(/does not have p, i, f /);
    expect(house.values(house.samples().at(-1))).toEqual({ v: 230 });
  });

  it('leaves a meter online that refuses everything, without a poll or a message more', async () => {
    const house = createHouse(profileOf(ROWS), [deviceOf(1)], { 1: createFakeMeter({}) });
    await house.clock.advanceTo(MINUTE + 10_500);
    const asked = house.asked.length;
    await house.clock.advanceTo(MINUTE + 120_500);
    expect(house.notices('register-refused').length).toBe(1);
    expect(house.notices('meter-silent')).toEqual([]);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(house.asked.length).toBe(asked);
  });

  it('once, by mood, is not switched off', async () => {
    const meter = createFakeMeter(four);
    let left = 1;
    meter.special = () => (left-- > 0 ? 2 : undefined);
    const house = createHouse(profileOf(ROWS), [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 5500);
    expect(house.notices('register-refused')).toEqual([]);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 100, v: 230, i: 5, f: 50 });
    expect(house.asked.at(-1)).toMatchObject({ address: 0, count: 4 });
  });
});

describe('a block that the meter refuses although it has its rows', () => {
  it('is read in shorter ones from then on, with every value and without a notice', async () => {
    const meter = createFakeMeter(four);
    meter.special = (asked) => (asked.count > 2 ? 3 : undefined);
    const house = createHouse(profileOf(ROWS, { maxRegisters: 4 }), [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 30_500);
    expect(house.notices('register-refused')).toEqual([]);
    expect(house.values(house.samples().at(-1))).toEqual({ p: 100, v: 230, i: 5, f: 50 });
    expect(house.samples().length).toBeGreaterThan(25);
  });

  it('because it bridges registers that the meter does not have is read in two', async () => {
    const rows = [register('p', 0), register('v', 4)];
    const meter = createFakeMeter({ 'input:0': 100, 'input:4': 230 });
    const house = createHouse(profileOf(rows), [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 10_500);
    expect(house.notices('register-refused')).toEqual([]);
    const late = house.asked.filter((asked) => asked.at > 6000);
    expect(new Set(late.map((asked) => `${asked.address}+${asked.count}`))).toEqual(new Set(['0+1', '4+1']));
    expect(house.values(house.samples().at(-1))).toEqual({ p: 100, v: 230 });
    expect(house.samples().length).toBe(11);
  });
});

describe('a meter that says busy', () => {
  it('is asked again and keeps its rows', async () => {
    const meter = createFakeMeter(four);
    let count = 0;
    meter.special = () => (++count % 5 === 0 ? 6 : undefined);
    const house = createHouse(profileOf(ROWS), [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 30_500);
    expect(house.samples().length).toBe(31);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(house.notices('register-refused')).toEqual([]);
  });
});
