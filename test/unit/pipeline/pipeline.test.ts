import { describe, expect, it } from 'vitest';
import type { Device } from '../../../src/domain/device.ts';
import type { GatewayEvent, Notice } from '../../../src/domain/event.ts';
import type { QuantityCode } from '../../../src/domain/quantity.ts';
import { createPipeline } from '../../../src/pipeline/pipeline.ts';

const MAINS: Device = {
  id: 'mains',
  name: 'Main meter',
  intervalMs: 1000,
  lines: 1,
  rating: { nominalV: 230, fuseA: 40 },
  quantities: [{ code: 'e_imp', intervalMs: 60_000 }],
};

function start() {
  const events: GatewayEvent[] = [];
  const pipeline = createPipeline({ devices: [MAINS], emit: (event) => events.push(event) });
  let atMs = 0;
  return {
    pipeline,
    events,
    feed(values: Partial<Record<QuantityCode, number>>, deviceId = 'mains') {
      atMs += 60_000;
      const readings = Object.entries(values).map(([code, value]) => ({ code: code as QuantityCode, value }));
      pipeline.accept({ type: 'sample', sample: { deviceId, takenAt: atMs, readings } });
    },
    notices: () => events.filter((event): event is Notice => event.type === 'notice'),
    sampleValues: () =>
      events.flatMap((event) =>
        event.type === 'sample' ? [event.sample.readings.map(({ value }) => value)] : [],
      ),
  };
}

describe('pipeline', () => {
  it('passes on what is good and drops what is impossible, counted', () => {
    const { pipeline, feed, sampleValues } = start();
    feed({ v: 230, p: 100 });
    feed({ v: 9999, p: 101 });
    expect(sampleValues()).toEqual([[230, 100], [101]]);
    expect(pipeline.statistics()).toEqual({ rejected: 1, devices: { mains: { v: 1 } } });
  });

  it('tells once when a quantity begins to be rejected and once when it has recovered', () => {
    const { feed, notices } = start();
    for (let i = 0; i < 50; i++) feed({ v: 9999, p: 100 });
    for (let i = 0; i < 50; i++) feed({ v: 230, p: 100 });
    expect(notices().map(({ code, level, deviceId }) => [code, level, deviceId])).toEqual([
      ['value-rejected', 'warn', 'mains'],
      ['value-plausible', 'info', 'mains'],
    ]);
    expect(notices()[0]?.message).toContain('mains v: the value 9999 is impossible (outside -1 to 299)');
    expect(notices()[1]?.message).toContain('50 values');
  });

  it('tells of a value that flutters between good and bad once', () => {
    const { feed, notices } = start();
    for (let i = 0; i < 50; i++) feed({ e_imp: i % 2 === 0 ? 215.6 : 215.5, p: 1 });
    expect(notices()).toHaveLength(1);
  });

  it('tells of a counter reset that was confirmed, and counts it as recovered', () => {
    const { feed, notices, sampleValues } = start();
    for (const value of [500.01, 0, 0.01, 0.02, 0.03]) feed({ e_imp: value });
    expect(sampleValues()).toEqual([[500.01], [500.03], [500.04]]);
    expect(notices().map(({ code }) => code)).toEqual(['value-rejected', 'counter-reset']);
    expect(notices()[1]?.message).toContain('from 500.01 to 0.02');
  });

  it('sends no sample of which nothing is left', () => {
    const { feed, sampleValues } = start();
    feed({ v: 9999 });
    expect(sampleValues()).toEqual([]);
  });

  it('lets every other event and unknown devices pass', () => {
    const { pipeline, events, feed } = start();
    const notice: Notice = { type: 'notice', level: 'info', code: 'x', message: 'y', at: 0 };
    pipeline.accept(notice);
    feed({ v: 9999 }, 'derived');
    expect(events).toHaveLength(2);
    expect(events[0]).toBe(notice);
  });

  it('begins anew with each run: the first value is taken as it is', () => {
    const first = start();
    first.feed({ e_imp: 500 });
    const second = start();
    second.feed({ e_imp: 3 });
    expect(second.sampleValues()).toEqual([[3]]);
  });
});
