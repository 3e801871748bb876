import { describe, expect, it } from 'vitest';
import { deviceOf, feedHouse, ruleOf, startStage } from './derived-rig.ts';

const MAINS = deviceOf('mains', 5000);
const PLUG = deviceOf('plug', 10_000);
const rest = () => startStage([ruleOf('rest', ['mains', 'plug'])], [MAINS, PLUG]);
const always = (value: number) => () => value;

describe('derived stage, absence', () => {
  it('goes offline when a term has been silent, names it, and comes back with it', () => {
    const stage = rest();
    feedHouse(stage, [0, 103], always(1000), always(200));
    feedHouse(stage, [104, 250], always(1000), undefined);
    expect(stage.powers().at(-1)).toEqual([100_000, 800]);
    expect(stage.offlines()).toEqual([['rest', 'plug gives no samples']]);
    const goneAt = stage.told.flatMap((event) => (event.type === 'availability' ? [event.at] : []))[0];
    // Freshness of the mains (15 s) and of the plug (30 s) behind the last reading.
    expect(goneAt).toBe(150_000);
    feedHouse(stage, [251, 330], always(1000), always(200));
    expect(stage.powers().filter(([at]) => at > 100_000 && at < 253_000)).toEqual([]);
    expect(stage.powers().at(-1)?.[0]).toBeGreaterThan(300_000);
    expect(stage.offlines()).toHaveLength(1);
    expect(stage.stage.statistics()).toMatchObject({
      rest: { stale_by_term: { plug: expect.any(Number) } },
    });
  });

  it('never draws a line over the time in which a term said that it was gone', () => {
    const stage = rest();
    feedHouse(stage, [0, 104], always(1000), always(200));
    stage.offline('plug', 105_000);
    feedHouse(stage, [105, 160], always(1000), always(200));
    const moments = stage.powers().map(([at]) => at / 1000);
    expect(moments).toContain(100);
    expect(moments).not.toContain(105);
    expect(moments).not.toContain(110);
    expect(moments).toContain(125);
    expect(stage.offlines()).toEqual([]);
  });

  it('names what a term said when it went', () => {
    const stage = rest();
    feedHouse(stage, [0, 104], always(1000), always(200));
    stage.offline('plug', 105_000, 'its last will');
    feedHouse(stage, [105, 200], always(1000), undefined);
    expect(stage.offlines()).toEqual([['rest', 'plug is offline: its last will']]);
  });

  it('is offline at once when the reference is, because no further moment will come', () => {
    const stage = rest();
    feedHouse(stage, [0, 104], always(1000), always(200));
    stage.offline('mains', 120_000, 'no answer');
    stage.offline('mains', 121_000, 'no answer');
    expect(stage.offlines()).toEqual([['rest', 'mains is offline: no answer']]);
  });

  it('takes a derived term along when it goes', () => {
    const stage = startStage(
      [ruleOf('both', ['mains', 'plug'], 1), ruleOf('rest', ['both', 'kettle'])],
      [MAINS, PLUG, deviceOf('kettle', 5000)],
    );
    for (const at of [5000, 10_000]) for (const id of ['plug', 'kettle', 'mains']) stage.feed(id, at, 100);
    stage.offline('mains', 30_000, 'no answer');
    expect(stage.offlines()).toEqual([
      ['both', 'mains is offline: no answer'],
      ['rest', 'both is offline: mains is offline: no answer'],
    ]);
  });

  it('says nothing of a device that never was there', () => {
    const stage = rest();
    feedHouse(stage, [0, 200], always(1000), undefined);
    stage.offline('plug', 200_000);
    expect(stage.told).toEqual([]);
  });

  it('keeps no more than a thousand moments for a term that may still come', () => {
    const patient = { ...PLUG, freshMs: 86_400_000 };
    const stage = startStage([ruleOf('rest', ['mains', 'plug'])], [MAINS, patient]);
    feedHouse(stage, [0, 20_000], always(1000), undefined);
    expect(stage.stage.statistics()).toMatchObject({ rest: { waiting: 1000 } });
  });

  it('forgets samples that no moment will ask for, however many come', () => {
    const stage = rest();
    for (let n = 0; n < 50_000; n++) stage.feed('plug', n * 10, n % 7);
    stage.feed('mains', 499_985, 1000);
    stage.feed('plug', 500_000, 3);
    expect(stage.stage.statistics()).toMatchObject({ rest: { waiting: 0, stale: 0 } });
  });
});

describe('derived stage, what the devices are', () => {
  const withQ = (id: string, intervalMs: number) => deviceOf(id, intervalMs, ['p', 'q', 'v']);

  it('has the interval of its reference, and reactive power where every term has it', () => {
    const { stage } = startStage(
      [ruleOf('rest', ['mains', 'plug']), ruleOf('other', ['mains', 'lamp'])],
      [withQ('mains', 5000), withQ('plug', 10_000), deviceOf('lamp', 10_000)],
    );
    expect(stage.devices[0]).toEqual({
      id: 'rest',
      name: 'rest',
      intervalMs: 5000,
      freshMs: 45_000,
      lines: 1,
      rating: {},
      quantities: [
        { code: 'p', intervalMs: 5000, origin: 'derived' },
        { code: 'q', intervalMs: 5000, origin: 'derived' },
      ],
    });
    expect(stage.devices[1]?.quantities.map(({ code }) => code)).toEqual(['p']);
  });

  it('computes reactive power with the active one, and leaves it out where it is not known', () => {
    const stage = startStage(
      [ruleOf('rest', ['mains', 'plug'])],
      [withQ('mains', 5000), withQ('plug', 5000)],
    );
    stage.feed('plug', 5000, 100, -30);
    stage.feed('mains', 5000, 900, 50);
    stage.feed('plug', 10_000, 100);
    stage.feed('mains', 10_000, 900, 50);
    const readings = stage.told.flatMap((event) => (event.type === 'sample' ? [event.sample.readings] : []));
    expect(readings).toEqual([
      [
        { code: 'p', value: 800 },
        { code: 'q', value: 80 },
      ],
      [{ code: 'p', value: 800 }],
    ]);
  });

  it('tells when more becomes known of its terms, and only then', () => {
    const stage = startStage([ruleOf('rest', ['mains', 'plug'])], [withQ('mains', 5000), PLUG]);
    expect(stage.accept({ type: 'device', device: { ...PLUG, model: 'Plug S' } })).toEqual([]);
    expect(stage.accept({ type: 'device', device: withQ('plug', 20_000) })).toMatchObject([
      { type: 'device', device: { id: 'rest', freshMs: 75_000, quantities: [{ code: 'p' }, { code: 'q' }] } },
    ]);
    expect(stage.accept({ type: 'device', device: withQ('stranger', 1000) })).toEqual([]);
  });
});
