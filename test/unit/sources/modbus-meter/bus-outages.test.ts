import { describe, expect, it } from 'vitest';
import { createFakeMeter, createHouse, MINUTE } from './house-rig.ts';
import { deviceOf, profileOf, register } from './profiles.ts';

const PROFILE = profileOf([register('p', 0), register('v', 1), register('e_imp', 2)]);
const words = () => createFakeMeter({ 'input:0': 100, 'input:1': 230, 'input:2': 7 });

describe('a port that is lost', () => {
  it.each([0, 30, 500, 940, 999])(
    '%s ms into a second is told once, and its return gives a sample at once',
    async (phase) => {
      const house = createHouse(PROFILE, [deviceOf(1), deviceOf(2)], { 1: words(), 2: words() });
      await house.clock.advanceTo(MINUTE + 10_000 + phase);
      house.line.lose();
      await house.clock.advance(30_000);
      expect(house.availability('meter1')).toEqual(['online', 'offline']);
      expect(house.availability('meter2')).toEqual(['online', 'offline']);
      expect(house.notices('bus-lost').length).toBe(1);
      expect(house.notices('meter-silent')).toEqual([]);
      const before = house.samples().length;
      house.line.restore();
      const back = house.clock.now();
      await house.clock.advance(2000);
      expect(house.availability('meter1')).toEqual(['online', 'offline', 'online']);
      expect(house.availability('meter2')).toEqual(['online', 'offline', 'online']);
      const first = house.samples()[before];
      expect((first?.takenAt ?? 0) - back).toBeLessThan(1200);
      expect(house.notices('bus-open').length).toBe(1);
      expect(house.statistics()).toMatchObject({ missed_slots: 0, lost: 1, opened: 2 });
    },
  );

  it('and found within a second gives the first sample within two, even with a request under way', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() });
    await house.clock.advanceTo(MINUTE + 10_010);
    house.line.lose();
    house.line.restore();
    await house.clock.advance(2000);
    expect(house.samples().filter((sample) => sample.takenAt > MINUTE + 10_010).length).toBeGreaterThan(0);
  });

  it('does not let an answer of the old connection become a reading', async () => {
    const meter = words();
    meter.latencyMs = 170;
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter }, { carriesOver: true });
    await house.clock.advanceTo(MINUTE + 10_020);
    house.line.lose();
    house.line.restore();
    meter.words.set('input:0', 555);
    await house.clock.advance(3000);
    for (const sample of house.samples().filter((each) => each.takenAt > MINUTE + 10_020))
      expect(house.values(sample).p).toBe(555);
  });

  it('that is missing at the start is told once, and gives samples as soon as it is there', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() }, { isMissing: true });
    await house.clock.advance(10_000);
    expect(house.availability('meter1')).toEqual([]);
    expect(house.notices('bus-unavailable').length).toBe(1);
    house.line.restore();
    await house.clock.advance(1500);
    expect(house.availability('meter1')).toEqual(['online']);
    expect(house.samples().length).toBeGreaterThan(0);
  });

  it('and found again and again makes no storm of events', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: { ...words(), isDead: true } });
    for (let i = 0; i < 600; i++) {
      house.line.lose();
      house.line.restore();
      await house.clock.advance(100);
    }
    expect(house.events.length).toBeLessThan(150);
  });
});

describe('a connection that is open and dead', () => {
  it('is opened anew, more rarely each time, without a notice', async () => {
    const meter = words();
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: meter });
    await house.clock.advanceTo(MINUTE + 60_500);
    meter.isDead = true;
    await house.clock.advance(3_600_000);
    expect(house.line.opened).toBeGreaterThan(3);
    expect(house.line.opened).toBeLessThan(14);
    expect(house.notices('bus-lost')).toEqual([]);
    expect(house.availability('meter1')).toEqual(['online', 'offline']);
  });

  it('is left alone while one meter of many answers', async () => {
    const house = createHouse(PROFILE, [deviceOf(1), deviceOf(2)], {
      1: words(),
      2: { ...words(), isDead: true },
    });
    await house.clock.advanceTo(MINUTE + 600_500);
    expect(house.line.opened).toBe(1);
  });
});

describe('the end', () => {
  it.each([0, 20, 500])('comes at once, %s ms into a second, and closes the port', async (phase) => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() });
    await house.clock.advanceTo(MINUTE + 10_000 + phase);
    const before = house.clock.monotonicMs();
    await house.end();
    expect(house.clock.monotonicMs() - before).toBeLessThan(1000);
    expect(house.line.isOpen).toBe(false);
    const told = house.events.length;
    await house.clock.advance(10_000);
    expect(house.events.length).toBe(told);
  });

  it('comes while the port is missing', async () => {
    const house = createHouse(PROFILE, [deviceOf(1)], { 1: words() }, { isMissing: true });
    await house.clock.advance(5000);
    await house.end();
    expect(house.samples()).toEqual([]);
  });
});
