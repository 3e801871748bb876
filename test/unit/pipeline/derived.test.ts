import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDerivedStage } from '../../../src/pipeline/derived.ts';
import { deviceOf, feedHouse, ruleOf, startStage } from './derived-rig.ts';

const MAINS = deviceOf('mains', 5000);
const PLUG = deviceOf('plug', 10_000);
const rest = () => startStage([ruleOf('rest', ['mains', 'plug'])], [MAINS, PLUG]);
const always = (value: number) => () => value;

describe('derived stage', () => {
  it('gives mains less plug at each moment of the mains, in order, when the plug has a sample behind it', () => {
    const stage = rest();
    feedHouse(stage, [0, 120], always(1000), always(200));
    const moments = stage.powers().map(([at]) => at / 1000);
    // The plug began at 3 s; the first moments have nothing before them that would confirm them.
    expect(moments).toEqual([
      15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100, 105, 110,
    ]);
    expect(stage.powers().every(([, p]) => p === 800)).toBe(true);
    expect(stage.feed('plug', 123_000, 200)).toHaveLength(2);
    expect(stage.stage.statistics()).toMatchObject({ rest: { emitted: 22, unaligned: 2, stale: 1 } });
  });

  it('gives no wrong reading around a step of the plug, and leaves out no more than four', () => {
    const stage = rest();
    const load = (s: number) => (s < 207 ? 0 : 2000);
    feedHouse(stage, [0, 300], (s) => 500 + load(s), load);
    expect(stage.powers().every(([, p]) => Math.abs((p ?? 0) - 500) <= 5)).toBe(true);
    const missing = [...Array(40).keys()]
      .map((n) => 100 + 5 * n)
      .filter((s) => s < 280 && !stage.powers().some(([at]) => at === s * 1000));
    // The step is somewhere between 203 and 213 s; the two behind it have no neighbours yet that agree.
    expect(missing).toEqual([205, 210, 215, 220]);
  });

  it('reports a load that no plug measures from its first moment', () => {
    const stage = rest();
    feedHouse(stage, [0, 300], (s) => (s < 203 ? 700 : 2700), always(200));
    expect(stage.powers().filter(([at]) => at >= 195_000 && at <= 210_000)).toEqual([
      [195_000, 500],
      [200_000, 500],
      [205_000, 2500],
      [210_000, 2500],
    ]);
  });

  it('gives no reading where a plug may have switched between two of its samples', () => {
    const stage = rest();
    // On from 204 to 209 s: the plug, asked at 203 and 213 s, never sees it.
    const load = (s: number) => (s >= 204 && s < 209 ? 2000 : 0);
    feedHouse(stage, [0, 300], (s) => 500 + load(s), load);
    expect(stage.powers().every(([, p]) => p === 500)).toBe(true);
    expect(stage.powers().some(([at]) => at === 205_000)).toBe(false);
    expect(stage.powers().some(([at]) => at === 210_000)).toBe(true);
  });

  it('is never wrong about a plug that is on for a while between two of its samples, or longer', () => {
    const pulse = fc.record({
      fromS: fc.integer({ min: 100, max: 200 }),
      forS: fc.integer({ min: 1, max: 60 }),
      watts: fc.constantFrom(30, 300, 2000),
    });
    fc.assert(
      fc.property(pulse, ({ fromS, forS, watts }) => {
        const stage = rest();
        const load = (s: number) => (s >= fromS && s < fromS + forS ? watts : 1);
        feedHouse(stage, [0, 300], (s) => 500 + load(s), load);
        expect(stage.powers().filter(([, p]) => p !== 500)).toEqual([]);
        expect(stage.powers().length).toBeGreaterThan(40);
      }),
    );
  });

  it('tells of a load that no plug measures while all drift, if it is on for three moments or more', () => {
    const load = fc.record({ from: fc.integer({ min: 20, max: 40 }), for: fc.integer({ min: 3, max: 12 }) });
    fc.assert(
      fc.property(load, ({ from, for: moments }) => {
        const stage = rest();
        const drift = (s: number) => 100 + 0.05 * s;
        const isOn = (s: number) => s >= 5 * from && s < 5 * (from + moments);
        const unmetered = (s: number) => 50 + 0.04 * s + (isOn(s) ? 2000 : 0);
        feedHouse(stage, [0, 300], (s) => drift(s) + unmetered(s), drift);
        const told = stage.powers().filter(([at]) => isOn(at / 1000));
        expect(told).toHaveLength(moments);
        for (const [at, p] of stage.powers()) expect(p).toBeCloseTo(unmetered(at / 1000), 6);
      }),
    );
  });

  it('takes a plug that has said nothing but 0 for off, not for one that tells whole watts', () => {
    const stage = rest();
    feedHouse(stage, [0, 100], always(60), always(0));
    expect(stage.powers().length).toBeGreaterThan(10);
    const coarse = rest();
    feedHouse(coarse, [0, 100], always(60), always(10));
    expect(coarse.powers()).toEqual([]);
    feedHouse(coarse, [101, 200], always(60.1), always(10.1));
    expect(coarse.powers().length).toBeGreaterThan(10);
  });

  it('follows a load that rises evenly with the straight line between its samples', () => {
    const stage = rest();
    feedHouse(
      stage,
      [0, 300],
      (s) => 1000 + s,
      (s) => s,
    );
    const later = stage.powers().filter(([at]) => at >= 100_000);
    expect(later.length).toBeGreaterThan(30);
    for (const [, p] of later) expect(p).toBeCloseTo(1000, 6);
  });

  it('takes terms of the very same moment as they are, at once', () => {
    const stage = rest();
    stage.feed('plug', 5000, 100);
    expect(stage.feed('mains', 5000, 900)).toMatchObject([
      { sample: { deviceId: 'rest', takenAt: 5000, readings: [{ code: 'p', value: 800 }] } },
    ]);
    stage.feed('mains', 10_000, 2900);
    stage.feed('plug', 10_000, 2100);
    expect(stage.powers()).toEqual([
      [5000, 800],
      [10_000, 800],
    ]);
  });

  it('ignores samples that are not newer than the last, and those without a whole power', () => {
    const stage = rest();
    stage.feed('plug', 5000, 100);
    stage.feed('mains', 5000, 900);
    stage.feed('plug', 4000, 7);
    stage.feed('mains', 5000, 9);
    const readings = [{ code: 'p', phase: 'l1', value: 5 } as const];
    stage.accept({ type: 'sample', sample: { deviceId: 'mains', takenAt: 9000, readings } });
    stage.feed('nobody', 9000, 1);
    expect(stage.powers()).toEqual([[5000, 800]]);
    expect(stage.stage.statistics()).toMatchObject({ rest: { disordered: 2, waiting: 0 } });
  });

  it('asks less of whoever allows more', () => {
    const loose = startStage(
      [ruleOf('rest', ['mains', 'plug'], -1, { percent: 0, absoluteW: 60 })],
      [MAINS, PLUG],
    );
    const wave = (s: number) => 200 + (s % 20 < 10 ? 0 : 8);
    const strict = rest();
    for (const stage of [loose, strict]) feedHouse(stage, [0, 300], (s) => 300 + wave(s), wave);
    expect(loose.powers().length).toBeGreaterThan(strict.powers().length + 10);
  });

  it('adds up: a sum has no witness, so each term must stand still around the moment', () => {
    const stage = startStage([ruleOf('total', ['mains', 'plug'], 1)], [MAINS, PLUG]);
    feedHouse(stage, [0, 100], always(1000), (s) => (s < 50 ? 200 : 900));
    const powers = stage.powers('total');
    expect(powers.filter(([, p]) => p === 1200).map(([at]) => at)).toEqual(
      [5, 10, 15, 20, 25, 30, 35, 40].map((s) => s * 1000),
    );
    expect(powers.filter(([, p]) => p === 1900)[0]?.[0]).toBe(55_000);
    expect(powers.every(([, p]) => p === 1200 || p === 1900)).toBe(true);
  });

  it('computes derived devices from derived devices, in whatever order they stand', () => {
    const stage = startStage(
      [ruleOf('rest', ['both', 'plug']), ruleOf('both', ['mains', 'garage'], 1)],
      [MAINS, PLUG, deviceOf('garage', 5000)],
    );
    for (const at of [5000, 10_000]) {
      stage.feed('garage', at, 300);
      stage.feed('plug', at, 100);
      stage.feed('mains', at, 900);
    }
    expect(stage.powers('both').map(([, p]) => p)).toEqual([1200, 1200]);
    expect(stage.powers('rest').map(([, p]) => p)).toEqual([1100, 1100]);
    expect(stage.stage.devices.map(({ id }) => id).sort()).toEqual(['both', 'rest']);
  });

  it.each([
    ['a circle', [ruleOf('a', ['mains', 'b']), ruleOf('b', ['mains', 'a'])]],
    ['itself', [ruleOf('a', ['mains', 'a'])]],
    ['an unknown device', [ruleOf('a', ['mains', 'nobody'])]],
    ['a reference that is no term', [{ ...ruleOf('a', ['mains', 'plug']), reference: 'other' }]],
  ])('refuses %s', (_what, rules) => {
    expect(() => createDerivedStage({ rules, devices: [MAINS, PLUG, deviceOf('other', 1000)] })).toThrow(
      RangeError,
    );
  });

  it('gives moments of the reference only, each once and in order, whatever comes', () => {
    const step = fc.record({
      id: fc.constantFrom('mains', 'plug', 'kettle'),
      waitMs: fc.integer({ min: -3000, max: 12_000 }),
      p: fc.constantFrom(0, 0, 100, 100, 100, 2000),
      goes: fc.constantFrom(false, false, false, false, true),
    });
    const devices = [MAINS, PLUG, deviceOf('kettle', 10_000)];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const stage = startStage([ruleOf('rest', ['mains', 'plug', 'kettle'])], devices);
        const moments = new Set<number>();
        let at = 1_000_000;
        for (const { id, waitMs, p, goes } of steps) {
          at += waitMs;
          if (id === 'mains') moments.add(at);
          if (goes) stage.offline(id, at);
          else stage.feed(id, at, p);
        }
        const times = stage.powers().map(([moment]) => moment);
        expect(times.every((moment) => moments.has(moment))).toBe(true);
        expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
        expect(stage.powers().every(([, p]) => Number.isFinite(p))).toBe(true);
      }),
    );
  });
});
