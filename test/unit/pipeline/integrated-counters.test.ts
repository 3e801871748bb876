import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeviceQuantity } from '../../../src/domain/device.ts';
import { CounterLevels } from '../../../src/pipeline/counter-memory.ts';
import { PowerIntegral } from '../../../src/pipeline/power-integral.ts';
import { plug, startPipeline, type Values } from './counter-rig.ts';

const P: DeviceQuantity = { code: 'p', intervalMs: 10_000 };
const PLUG = plug({ quantities: [P] });
const HOUR = 3_600_000;
const added = (code: 'e_imp' | 'e_exp') => ({ code, intervalMs: 10_000, origin: 'integrated' });

describe('counter summed up from power', () => {
  it('is the area under the line between two samples', () => {
    const { feed, values } = startPipeline([PLUG]);
    for (const [i, p] of [0, 720, 720, 0].entries()) feed({ p }, i * 10_000);
    expect(values('e_imp')).toEqual([0, 0.001, 0.003, 0.004]);
  });

  it('stands in the device that sinks are told of', () => {
    const { pipeline } = startPipeline([PLUG]);
    expect(pipeline.devices[0]?.quantities).toEqual([P, added('e_imp')]);
  });

  it('is not added to a device that counts, nor where it is switched off', () => {
    const { pipeline, feed, values } = startPipeline([plug()]);
    expect(pipeline.devices[0]).toEqual(plug());
    for (const at of [0, 10_000]) feed({ p: 3000 }, at);
    expect(values('e_imp')).toEqual([]);
    const off = startPipeline([PLUG], { integrate: (id) => id !== 'plug' });
    off.feed({ p: 3000 }, 0);
    expect(off.pipeline.devices).toEqual([PLUG]);
    expect(off.values('e_imp')).toEqual([]);
  });

  it('does not count what lies in a gap longer than the device stays fresh', () => {
    const { feed, values } = startPipeline([PLUG]);
    for (const at of [0, 30_000, 60_001]) feed({ p: 1200 }, at);
    expect(values('e_imp')).toEqual([0, 0.01, 0.01]);
  });

  it('bridges samples without power within that time, and refused ones', () => {
    const { feed, values } = startPipeline([PLUG]);
    const samples: readonly Values[] = [{ p: 1200 }, { v: 230 }, { p: 9e6 }, { p: 1200 }];
    for (const [i, sample] of samples.entries()) feed(sample, i * 10_000);
    expect(values('e_imp')).toEqual([0, 0.01]);
  });

  it('does not count over the time in which the device was gone', () => {
    const { feed, values, pipeline } = startPipeline([PLUG]);
    feed({ p: 1200 }, 0);
    pipeline.accept({ type: 'availability', deviceId: 'plug', state: 'offline', at: 5000, reason: 'gone' });
    feed({ p: 1200 }, 20_000);
    feed({ p: 1200 }, 30_000);
    expect(values('e_imp').at(-1)).toBeCloseTo(1.2 / 360, 6);
  });

  it('counts export apart, told once it begins', () => {
    const { feed, values, events, pipeline } = startPipeline([PLUG]);
    for (const [i, p] of [-0.4, -0.4, 360, -360, -360].entries()) feed({ p }, i * 10_000);
    expect(pipeline.devices[0]?.quantities).toEqual([P, added('e_imp'), added('e_exp')]);
    const told = events.filter((event) => event.type === 'device');
    expect(told).toEqual([{ type: 'device', device: pipeline.devices[0] }]);
    expect(values('e_imp').at(-1)).toBeCloseTo(0.0005 + 0.00025, 5);
    expect(values('e_exp').at(-1)).toBeCloseTo(0.00025 + 0.001, 5);
  });

  it('is published every ten seconds, however often there is power', () => {
    const { feed, values } = startPipeline([plug({ quantities: [P], intervalMs: 1000 })]);
    for (let at = 0; at < 60_000; at += 1000) feed({ p: 100 }, at);
    expect(values('e_imp')).toHaveLength(6);
  });

  it('goes on over a restart, export and all', () => {
    const counters = new CounterLevels();
    const first = startPipeline([PLUG], { counters });
    for (const at of [0, 10_000]) first.feed({ p: -720 }, at);
    const second = startPipeline([PLUG], { counters });
    expect(second.pipeline.devices[0]?.quantities).toContainEqual(added('e_exp'));
    for (const at of [HOUR, HOUR + 10_000]) second.feed({ p: -720 }, at);
    expect(second.values('e_exp')).toEqual([0.002, 0.004]);
  });

  it('gives way to a counter that the device turns out to have, at its own figure', () => {
    const { feed, values, pipeline } = startPipeline([PLUG]);
    for (const at of [0, 10_000]) feed({ p: 720 }, at);
    pipeline.accept({ type: 'device', device: plug() });
    feed({ p: 720, e_imp: 812.5 }, 20_000);
    feed({ p: 720, e_imp: 812.502 }, 30_000);
    expect(values('e_imp')).toEqual([0, 0.002, 812.5, 812.502]);
    expect(pipeline.devices).toEqual([plug()]);
  });

  it('is gone on with by a counter that the device got later, and takes over one that it lost', () => {
    const { feed, values, pipeline } = startPipeline([PLUG]);
    for (let at = 0; at <= HOUR; at += 10_000) feed({ p: 720 }, at);
    feed({ p: 720, e_imp: 812.5 }, HOUR + 10_000);
    expect(values('e_imp').at(-1)).toBeCloseTo(0.72, 2);
    const fresh = startPipeline([plug()]);
    fresh.feed({ p: 720, e_imp: 5 }, 0);
    fresh.pipeline.accept({ type: 'device', device: PLUG });
    for (const at of [10_000, 20_000]) fresh.feed({ p: 720 }, at);
    expect(fresh.values('e_imp')).toEqual([5, 5, 5.002]);
    expect(pipeline.devices).toEqual([PLUG]);
  });

  it('never loses the difference of import and export, whatever the signs', () => {
    const power = fc.double({ min: -5000, max: 5000, noNaN: true });
    fc.assert(
      fc.property(power, power, fc.integer({ min: 1, max: 30_000 }), (from, to, ms) => {
        const integral = new PowerIntegral();
        integral.add(from, 0, 30_000);
        const { imported, exported } = integral.add(to, ms, 30_000);
        expect(imported).toBeGreaterThanOrEqual(0);
        expect(exported).toBeGreaterThanOrEqual(0);
        expect(imported - exported).toBeCloseTo(((from + to) / 2) * (ms / 3.6e9), 9);
      }),
    );
  });
});
