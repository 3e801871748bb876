import { describe, expect, it, onTestFinished } from 'vitest';
import { macOf, plug, type StartOptions, startSource } from './simulated-network.ts';

async function start(options: StartOptions) {
  const running = await startSource(options);
  onTestFinished(() => running.stop());
  return running;
}

const circles = (count: number, deadFrom = count) =>
  Array.from({ length: count }, (_, n) => ({
    mac: macOf(n),
    measure: () => 100 + n,
    isDead: () => n >= deadFrom,
  }));

/** Seconds behind the slot at which each power answer came. */
const answerTimes = (samples: readonly { readonly takenAt: number }[], intervalMs: number) =>
  samples.map(({ takenAt }) => (takenAt + 4000) % intervalMs);

describe('polling Circles', () => {
  it('publishes the mean of eight seconds, taken in their middle, at slots of the wall clock', async () => {
    const running = await start({
      circles: [
        { mac: macOf(0), measure: () => 1000 },
        { mac: macOf(1), measure: () => -60 },
        { mac: macOf(2), measure: () => 0 },
      ],
    });
    await running.clock.advance(60_000);
    const power = running.samples('plug0').filter(({ readings }) => readings[0]?.code === 'p');
    expect(power.length).toBe(7);
    // One pulse in 8 s is 0.27 W.
    for (const { readings } of power) expect(Math.abs((readings[0]?.value ?? 0) - 1000)).toBeLessThan(0.6);
    for (const ms of answerTimes(power.slice(1), 10_000)) expect(ms).toBeLessThanOrEqual(200);
    for (const watts of running.values('plug1', 'p')) expect(Math.abs(watts + 60)).toBeLessThan(0.6);
    expect(new Set(running.values('plug2', 'p'))).toEqual(new Set([0]));
    expect(running.values('plug0', 'relay')).toEqual([1]);
    expect(running.source.devices[0]).toMatchObject({
      manufacturer: 'Plugwise',
      model: 'Circle+, hardware 000004400107, firmware 2011-06-27',
      identity: macOf(0),
      address: macOf(0),
      rating: { fuseA: 16, maxW: 4000 },
      quantities: [{ code: 'p', intervalMs: 10_000 }, { code: 'relay' }],
    });
  });

  it('tells a Circle turned round with import and export in each other’s place, and keeps the user’s rating', async () => {
    const running = await start({
      circles: [{ mac: macOf(0), measure: () => -250 }],
      devices: [plug(0, { invert: true, rating: { fuseA: 10, maxW: 2300 } })],
      config: { energyLog: true },
    });
    await running.clock.advance(30_000);
    expect(running.values('plug0', 'p').at(-1)).toBeGreaterThan(249);
    expect(running.source.devices[0]?.rating).toEqual({ fuseA: 10, maxW: 2300 });
    const codes = running.source.devices[0]?.quantities.map(({ code }) => code);
    expect(codes?.sort()).toEqual(['e_exp', 'e_imp', 'p', 'relay']);
  });

  it('reads 35 Circles of a 10 s interval in one round under 6 s, 0.1 s each, with none missed', async () => {
    const running = await start({ circles: circles(35) });
    await running.clock.advance(60_000);
    const before = running.samples().length;
    await running.clock.advance(120_000);
    const stats = running.source.statistics() as { round_p99_ms: number; missed_slots: number };
    expect(stats.round_p99_ms).toBeLessThan(6000);
    expect(stats.missed_slots).toBe(0);
    const power = running
      .samples()
      .slice(before)
      .filter(({ readings }) => readings[0]?.code === 'p');
    expect(power.length).toBe(35 * 12);
  });

  it('counts the slots for which there is no time, and catches none up', async () => {
    const running = await start({
      circles: circles(30),
      devices: Array.from({ length: 30 }, (_, n) => plug(n, { intervalMs: 1000 })),
    });
    await running.clock.advance(120_000);
    const stats = running.source.statistics() as { missed_slots: number; slots: number };
    expect(stats.missed_slots).toBeGreaterThan(1000);
    const times = answerTimes(
      running.samples('plug0').filter(({ readings }) => readings[0]?.code === 'p'),
      1000,
    );
    // The first of the round comes at its slot, however many were missed.
    expect(times.slice(5).every((ms) => ms <= 600)).toBe(true);
  });

  it.each([10_000, 5000])(
    'lets a dead Circle cost 34 others nothing once it is known, every %d ms',
    async (intervalMs) => {
      const timesWith = async (deadFrom: number) => {
        const running = await start({
          circles: circles(35, deadFrom),
          devices: Array.from({ length: 35 }, (_, n) => plug(n, { intervalMs })),
          startAt: Date.UTC(2026, 4, 1, 10),
        });
        await running.clock.advance(120_000);
        const before = running.samples('plug3').length;
        await running.clock.advance(600_000);
        const power = running
          .samples('plug3')
          .slice(before)
          .filter(({ readings }) => readings[0]?.code === 'p');
        const { missed_slots } = running.source.statistics();
        return { times: answerTimes(power, intervalMs), notices: running.notices(), missed_slots };
      };
      const healthy = await timesWith(35);
      const withDead = await timesWith(34);
      // Every 5 s there is no room for a ping: then one slot in many is a tenth of a second late.
      const same = withDead.times.filter((ms, n) => ms === healthy.times[n]).length;
      expect(same).toBeGreaterThanOrEqual(intervalMs === 10_000 ? 60 : 115);
      expect(Math.max(...withDead.times) - Math.max(...healthy.times)).toBeLessThan(300);
      expect(withDead.times.length).toBe(600_000 / intervalMs);
      expect([healthy.missed_slots, withDead.missed_slots]).toEqual([0, 0]);
      expect(withDead.notices.filter(({ code }) => code === 'plug-silent')).toHaveLength(1);
    },
  );

  it('asks again in the same round when the very first answer was lost', async () => {
    let isDead = true;
    const running = await start({
      circles: [
        { mac: macOf(0), measure: () => 100 },
        { mac: macOf(1), measure: () => 200, isDead: () => isDead },
      ],
    });
    await running.clock.advance(1000);
    isDead = false;
    await running.clock.advance(12_000);
    expect(running.values('plug1', 'p').length).toBeGreaterThan(0);
    expect(running.notices().filter(({ code }) => code === 'plug-silent')).toEqual([]);
  });

  it('pings a dead Circle after 30 s and then ever more rarely, and tells once when it is back', async () => {
    let isDead = false;
    const running = await start({
      circles: [
        { mac: macOf(0), measure: () => 50 },
        { mac: macOf(1), measure: () => 70, isDead: () => isDead },
      ],
    });
    await running.clock.advance(30_000);
    isDead = true;
    await running.clock.advance(1_800_000);
    const pings = running.stick.requests.filter(({ id }) => id === '000D').map(({ at }) => at);
    const gaps = pings.slice(1).map((at, n) => Math.round((at - (pings[n] ?? 0)) / 1000));
    expect(gaps[0]).toBeGreaterThanOrEqual(30);
    expect(gaps.slice(0, 4)).toEqual([...gaps.slice(0, 4)].sort((a, b) => a - b));
    expect(gaps.at(-1)).toBeGreaterThanOrEqual(295);
    expect(gaps.at(-1)).toBeLessThanOrEqual(310);
    expect(running.availability('plug1')).toBe('offline');
    isDead = false;
    await running.clock.advance(310_000);
    expect(running.availability('plug1')).toBe('online');
    expect(
      running
        .notices()
        .map(({ code }) => code)
        .filter((code) => code.startsWith('plug-')),
    ).toEqual(['plug-silent', 'plug-back']);
    expect(running.values('plug0', 'p').length).toBeGreaterThan(205);
  });

  it('uses an answer that comes after the stick has given the Circle up', async () => {
    const running = await start({ circles: circles(2) });
    await running.clock.advance(30_000);
    const before = running.values('plug0', 'p').length;
    running.stick.setFaults([{ fault: 'late', value: 300, ids: ['0012'], macs: [macOf(0)] }]);
    await running.clock.advance(60_000);
    // Each round gives one, from the late answer, taken 4 s before it came.
    expect(running.values('plug0', 'p').length - before).toBeGreaterThanOrEqual(6);
    expect(running.availability('plug0')).toBe('online');
    expect(running.source.statistics()).toMatchObject({
      plugs: { plug0: { late_samples: expect.any(Number) } },
    });
    const times = running.samples('plug0').map(({ takenAt }) => takenAt);
    expect(new Set(times).size).toBe(times.length);
  });

  it('does not ask a node that measures nothing', async () => {
    const running = await start({ circles: circles(1), devices: [plug(0), plug(9)] });
    await running.clock.advance(20_000);
    expect(running.notices().map(({ code, deviceId }) => [code, deviceId])).toEqual([
      ['plug-silent', 'plug9'],
    ]);
  });

  it('says once that the stick is gone, and has values within 2 s of its return', async () => {
    const running = await start({ circles: circles(3) });
    await running.clock.advance(30_000);
    running.stick.unplug();
    await running.clock.advance(300_000);
    expect(['plug0', 'plug1', 'plug2'].map(running.availability)).toEqual(['offline', 'offline', 'offline']);
    const before = running.values('plug2', 'p').length;
    running.stick.plugIn();
    await running.clock.advance(2000);
    expect(running.values('plug2', 'p').length).toBe(before + 1);
    const codes = running.notices().map(({ code }) => code);
    expect(codes).toEqual(['stick-lost', 'stick-ready']);
  });

  it('waits for a stick that is not there at the start', async () => {
    const running = await start({ circles: circles(1) });
    running.stick.unplug();
    await running.clock.advance(60_000);
    expect(running.samples()).toEqual([]);
    running.stick.plugIn();
    await running.clock.advance(3000);
    expect(running.values('plug0', 'p')).toHaveLength(1);
  });
});
