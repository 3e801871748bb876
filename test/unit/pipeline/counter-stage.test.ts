import { describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import { CounterLevels } from '../../../src/pipeline/counter-memory.ts';
import { createCounterStage } from '../../../src/pipeline/counter-stage.ts';
import { plug, remembered, startPipeline } from './counter-rig.ts';

const HOUR = 3_600_000;

describe('counters through the pipeline', () => {
  it('goes on after a swap from what was published, and tells it once for all counters', () => {
    const { pipeline, feed, values, notices } = startPipeline([plug({ identity: 'A' })]);
    feed({ e_imp: 300.5, e_exp: 1 }, 0);
    pipeline.accept({ type: 'device', device: plug({ identity: 'B' }) });
    feed({ e_imp: 4000, e_exp: 90 }, 10_000);
    feed({ e_imp: 4000.01, e_exp: 90 }, 20_000);
    expect(values('e_imp')).toEqual([300.5, 300.5, 300.51]);
    expect(values('e_exp')).toEqual([1, 1, 1]);
    expect(notices().map(({ code, level }) => [code, level])).toEqual([['device-swapped', 'info']]);
    expect(notices()[0]?.message).toContain('another device than before (B, was A)');
  });

  it('notices a swap that happened while the gateway was off', () => {
    const counters = new CounterLevels();
    startPipeline([plug({ identity: 'A' })], { counters }).feed({ e_imp: 300.5 }, 0);
    const next = startPipeline([plug({ identity: 'B' })], { counters });
    next.feed({ e_imp: 301.5 }, HOUR);
    expect(next.values('e_imp')).toEqual([300.5]);
    expect(next.codes()).toEqual(['device-swapped']);
  });

  it('takes a device of which the identity becomes known later for the same one', () => {
    const counters = new CounterLevels();
    startPipeline([plug()], { counters }).feed({ e_imp: 300.5 }, 0);
    const next = startPipeline([plug({ identity: 'A' })], { counters });
    next.feed({ e_imp: 301.5 }, HOUR);
    const unknown = startPipeline([plug()], { counters });
    unknown.feed({ e_imp: 302.5 }, 2 * HOUR);
    expect([...next.values('e_imp'), ...unknown.values('e_imp')]).toEqual([301.5, 302.5]);
    expect([...next.codes(), ...unknown.codes()]).toEqual([]);
  });

  it('counts over a restart what was drawn meanwhile, and a reset meanwhile', () => {
    const counters = new CounterLevels();
    const boot = plug({ quantities: [{ code: 'e_imp', intervalMs: 10_000, resets: 'at-boot' }] });
    startPipeline([boot], { counters }).feed({ e_imp: 5 }, 0);
    const second = startPipeline([boot], { counters });
    second.feed({ e_imp: 6.5 }, HOUR);
    const third = startPipeline([boot], { counters });
    third.feed({ e_imp: 0.75 }, 2 * HOUR);
    expect(remembered(counters)).toBe(7.25);
    expect(third.notices().map(({ code, level }) => [code, level])).toEqual([['counter-reset', 'info']]);
  });

  it('goes by the limits that become known of a device', () => {
    const { pipeline, feed, values } = startPipeline([plug({ rating: {} })]);
    feed({ p: 20_000, e_imp: 5 }, 0);
    pipeline.accept({ type: 'device', device: plug() });
    feed({ p: 20_000, e_imp: 5.5 }, 10_000);
    feed({ p: 3900, e_imp: 5.01 }, 20_000);
    expect(values('p')).toEqual([20_000, 3900]);
    expect(values('e_imp')).toEqual([5, 5.01]);
  });

  it('passes the description of a device on with the counter that is added', () => {
    const { pipeline, events } = startPipeline([plug()]);
    const device = plug({ model: 'S31', quantities: [{ code: 'p', intervalMs: 10_000 }] });
    pipeline.accept({ type: 'device', device });
    expect(events).toEqual([{ type: 'device', device: pipeline.devices[0] }]);
    expect(pipeline.devices[0]).toMatchObject({ model: 'S31', quantities: [{}, { origin: 'integrated' }] });
  });

  it('tells the same of a counter once an hour at most', () => {
    const boot = plug({ quantities: [{ code: 'e_imp', intervalMs: 10_000, resets: 'at-boot' }] });
    const { feed, codes, values } = startPipeline([boot]);
    for (let i = 0; i < 400; i++) feed({ e_imp: i % 2 === 0 ? 0.01 : 0 }, i * 10_000);
    expect(codes().filter((code) => code === 'counter-reset').length).toBeLessThanOrEqual(2);
    expect(values('e_imp')).toEqual([...values('e_imp')].sort((a, b) => a - b));
  });

  it('rejects what is no number, counted', () => {
    const { feed, pipeline, values } = startPipeline([plug()]);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e300]) feed({ e_imp: value }, 0);
    expect(values('e_imp')).toEqual([]);
    expect(pipeline.statistics()).toEqual({ rejected: 4, devices: { plug: { e_imp: 4 } } });
  });

  it('serves devices that no source has, such as computed ones', () => {
    const events: GatewayEvent[] = [];
    const stage = createCounterStage({ emit: (event) => events.push(event) });
    const device = plug({
      id: 'unmetered',
      quantities: [{ code: 'p', intervalMs: 10_000, origin: 'derived' }],
    });
    const sampleAt = (takenAt: number) =>
      stage.accept(device, { deviceId: 'unmetered', takenAt, readings: [{ code: 'p', value: 720 }] });
    expect(sampleAt(0).readings).toEqual([
      { code: 'p', value: 720 },
      { code: 'e_imp', value: 0 },
    ]);
    expect(sampleAt(10_000).readings[1]).toEqual({ code: 'e_imp', value: 0.002 });
    expect(stage.describe(device).quantities[1]).toMatchObject({ code: 'e_imp', origin: 'integrated' });
    expect(events).toEqual([]);
  });
});
