import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import type { DeviceSettings } from '../../../../src/config/types.ts';
import { MAINS, offline, sampleOf, startSink } from './start-sink.ts';

const AT = Date.UTC(2026, 10, 22, 6, 0, 0);
const RULES: DeviceSettings = {
  publish: { p: { absolute: 10, percent: 0, heartbeatMs: 60_000 } },
  aggregate: undefined,
  integrate: true,
};
const MINUTES: DeviceSettings = {
  publish: {},
  aggregate: { intervalMs: 60_000, keys: ['p', 'e_imp', 'q'] },
  integrate: true,
};

describe('mqtt sink, publishing rules', () => {
  it('publishes on change and heartbeat, keeps every sample in state, and other keys as ever', async () => {
    const { sink, broker, stop } = await startSink({ settings: { mains: RULES } });
    broker.connect();
    for (const [second, p] of [100, 101, 109, 110, 111].entries())
      sink.accept(sampleOf('mains', { p, v: 230 }, AT + second * 5000));
    sink.accept(sampleOf('mains', { p: 112, v: 230 }, AT + 75_000));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['100', '110', '112']);
    expect(broker.payloadsOn('house/mains/v')).toHaveLength(6);
    expect(broker.seqsOn('house/mains/state')).toEqual([1, 2, 3, 4, 5, 6]);
    await stop();
  });

  it('lets a retained value outlive its heartbeat', async () => {
    const { sink, broker, stop } = await startSink({ settings: { mains: RULES } });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1, v: 230, e_imp: 5 }, AT));
    expect(broker.on('house/mains/p')[0]?.options.expiryS).toBe(75);
    expect(broker.on('house/mains/v')[0]?.options.expiryS).toBe(30);
    expect(broker.on('house/mains/e_imp')[0]?.options.expiryS).toBe(180);
    await stop();
  });

  it('keeps values as long as the device says that they are fresh', async () => {
    const slow = { ...MAINS, freshMs: 600_000 };
    const { sink, broker, stop } = await startSink({ devices: [slow] });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1 }, AT));
    expect(broker.on('house/mains/p')[0]?.options.expiryS).toBe(600);
    expect(broker.on('house/mains/state')[0]?.options.expiryS).toBe(600);
    await stop();
  });

  it('publishes the first value after a reconnect and after the device was away, changed or not', async () => {
    const { sink, broker, stop } = await startSink({ settings: { mains: RULES } });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 100 }, AT));
    broker.drop();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 101 }, AT + 5000));
    sink.accept(offline('mains'));
    sink.accept(sampleOf('mains', { p: 102 }, AT + 10_000));
    sink.accept(sampleOf('mains', { p: 103 }, AT + 15_000));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['100', '101', '102']);
    await stop();
  });

  it('does not count a value as published that the link did not take', async () => {
    const { sink, broker, stop } = await startSink({ settings: { mains: RULES } });
    broker.connect();
    broker.refuses = (topic) => topic === 'house/mains/p';
    sink.accept(sampleOf('mains', { p: 100 }, AT));
    broker.refuses = () => false;
    await vi.waitFor(() => expect(sink.statistics()).toMatchObject({ lost: 1 }));
    sink.accept(sampleOf('mains', { p: 101 }, AT + 5000));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['100', '101']);
    await stop();
  });
});

describe('mqtt sink, aggregates', () => {
  it('publishes what an interval came to, only for gauges that the device has', async () => {
    const { sink, broker, stop } = await startSink({ settings: { mains: MINUTES } });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 10, e_imp: 1 }, AT));
    sink.accept(sampleOf('mains', { p: 20, e_imp: 2 }, AT + 55_000));
    expect(broker.on('house/mains/p_mean')).toEqual([]);
    sink.accept(sampleOf('mains', { p: 90 }, AT + 60_000));
    expect(broker.on('house/mains/p_mean')).toEqual([
      { topic: 'house/mains/p_mean', payload: '15', options: { qos: 0, retain: true, expiryS: 75 } },
    ]);
    expect(broker.payloadsOn('house/mains/p_min')).toEqual(['10']);
    expect(broker.payloadsOn('house/mains/p_max')).toEqual(['20']);
    expect(broker.published.filter(({ topic }) => /e_imp_|\/q_/.test(topic))).toEqual([]);
    const meta = JSON.parse(broker.payloadsOn('house/mains/$meta')[0] ?? '');
    expect(Object.keys(meta.aggregates)).toEqual(['p_mean', 'p_min', 'p_max']);
    await stop();
    expect(broker.payloadsOn('house/mains/p_mean')).toEqual(['15', '']);
  });

  it('ends the interval of a device that fell silent, without leaving it retained', async () => {
    const { sink, broker, clock, stop } = await startSink({ settings: { mains: MINUTES } });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 10 }, clock.now() + 50_000));
    sink.accept(offline('mains'));
    await clock.advance(70_000);
    expect(broker.on('house/mains/p_mean')).toEqual([]);
    await clock.advance(10_000);
    expect(broker.on('house/mains/p_mean')).toMatchObject([{ payload: '10', options: { retain: false } }]);
    await stop();
  });

  it('clears the aggregates of a device that has lost its rule', async () => {
    const first = await startSink({ settings: { mains: MINUTES } });
    const second = await startSink({ stateDirectory: first.stateDirectory });
    second.broker.connect();
    expect(second.broker.payloadsOn('house/mains/p_mean')).toEqual(['']);
    expect(second.broker.payloadsOn('house/mains/q_mean')).toEqual([]);
    await second.stop();
  });
});

describe('mqtt sink, more known of a device', () => {
  const listIn = (directory: string): string[] =>
    JSON.parse(readFileSync(`${directory}/published-topics.json`, 'utf8')).topics;
  const known = {
    ...MAINS,
    model: 'SDM230',
    intervalMs: 20_000,
    quantities: [
      { code: 'p', intervalMs: 20_000 },
      { code: 'i', phase: 'n', intervalMs: 20_000 },
    ],
  } as const;

  it('tells of it again, clears what it has no more, and remembers what it has now', async () => {
    const { sink, broker, stateDirectory, stop } = await startSink();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1, v: 230 }));
    broker.clear();
    sink.accept({ type: 'device', device: known });
    const [meta] = broker.on('house/mains/$meta');
    expect(meta?.options).toMatchObject({ qos: 1, retain: true });
    expect(JSON.parse(meta?.payload ?? '')).toMatchObject({ model: 'SDM230', interval: 20 });
    expect(broker.payloadsOn('house/mains/v')).toEqual(['']);
    expect(broker.payloadsOn('house/mains/p')).toEqual([]);
    sink.accept(sampleOf('mains', { p: 2 }));
    expect(broker.on('house/mains/p')[0]?.options.expiryS).toBe(60);
    await vi.waitFor(() => {
      expect(listIn(stateDirectory)).toContain('house/mains/i_n');
      expect(listIn(stateDirectory)).not.toContain('house/mains/v');
    });
    await stop();
    expect(broker.payloadsOn('house/mains/v')).toEqual(['']);
  });

  it('keeps in mind what it could not clear while the broker was away', async () => {
    const { sink, broker, stateDirectory, stop } = await startSink();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1, v: 230 }));
    broker.drop();
    broker.clear();
    sink.accept({ type: 'device', device: known });
    await vi.waitFor(() => expect(listIn(stateDirectory)).toContain('house/mains/i_n'));
    expect(listIn(stateDirectory)).toContain('house/mains/v');
    broker.connect();
    expect(broker.payloadsOn('house/mains/v')).toEqual(['']);
    expect(JSON.parse(broker.payloadsOn('house/mains/$meta')[0] ?? '').model).toBe('SDM230');
    await stop();
  });

  it('does not clear a quantity that has come back', async () => {
    const { sink, broker, stop } = await startSink();
    sink.accept({ type: 'device', device: known });
    sink.accept({ type: 'device', device: MAINS });
    broker.connect();
    expect(broker.payloadsOn('house/mains/v')).toEqual([]);
    expect(broker.payloadsOn('house/mains/i_n')).toEqual(['']);
    await stop();
  });

  it('ignores a device that nobody configured', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    broker.clear();
    sink.accept({ type: 'device', device: { ...MAINS, id: 'stranger' } });
    expect(broker.published).toEqual([]);
    expect(sink.statistics()).toMatchObject({ ignored: 1 });
    await stop();
  });
});
