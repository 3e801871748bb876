import { describe, expect, it } from 'vitest';
import { offline, sampleOf, startSink } from './start-sink.ts';

describe('mqtt sink, live', () => {
  it('says on each connect what it is, and that no device is there before its first sample', async () => {
    const { broker, stop } = await startSink();
    broker.connect();
    expect(broker.options?.will).toEqual({
      topic: 'house/gateway/availability',
      payload: 'offline',
      qos: 1,
      retain: true,
    });
    expect(broker.on('house/gateway/availability')).toEqual([
      { topic: 'house/gateway/availability', payload: 'online', options: { qos: 1, retain: true } },
    ]);
    expect(broker.payloadsOn('house/mains/availability')).toEqual(['offline']);
    const [meta] = broker.on('house/mains/$meta');
    expect(meta?.options).toMatchObject({ qos: 1, retain: true });
    expect(JSON.parse(meta?.payload ?? '').quantities.p.unit).toBe('W');
    expect(JSON.parse(broker.payloadsOn('house/gateway/info')[0] ?? '')).toMatchObject({
      version: '1.2.3',
      mqtt: '5',
      devices: ['mains', 'fridge'],
    });
    broker.clear();
    broker.drop();
    broker.connect();
    expect(broker.payloadsOn('house/gateway/availability')).toEqual(['online']);
    expect(broker.on('house/mains/$meta')).toHaveLength(1);
    await stop();
  });

  it('publishes the document of a sample first, then its scalars', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    broker.clear();
    sink.accept(sampleOf('mains', { p: 1234.5, v: 231.4 }));
    expect(broker.published).toEqual([
      { topic: 'house/mains/availability', payload: 'online', options: { qos: 1, retain: true } },
      {
        topic: 'house/mains/state',
        payload: '{"ts":"2026-11-22T06:15:05.004Z","seq":1,"p":1234.5,"v":231.4}',
        options: { qos: 1, retain: true, expiryS: 30, contentType: 'application/json' },
      },
      { topic: 'house/mains/p', payload: '1234.5', options: { qos: 0, retain: true, expiryS: 30 } },
      { topic: 'house/mains/v', payload: '231.4', options: { qos: 0, retain: true, expiryS: 30 } },
    ]);
    await stop();
  });

  it('lets a value expire after three of its own intervals', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    sink.accept(sampleOf('mains', { e_imp: 18342.1175 }));
    expect(broker.on('house/mains/e_imp')[0]?.options.expiryS).toBe(180);
    await stop();
  });

  it('retains no value where the configuration says so, but still who is there', async () => {
    const { sink, broker, stop } = await startSink({ retain: false });
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1 }));
    expect(broker.on('house/mains/p')[0]?.options.retain).toBe(false);
    expect(broker.on('house/mains/state')[0]?.options.retain).toBe(false);
    expect(broker.on('house/mains/availability').every(({ options }) => options.retain)).toBe(true);
    await stop();
  });

  it('counts seq for each device by itself', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    for (const id of ['mains', 'fridge', 'mains', 'mains']) sink.accept(sampleOf(id, { p: 1 }));
    expect(broker.seqsOn('house/mains/state')).toEqual([1, 2, 3]);
    expect(broker.seqsOn('house/fridge/state')).toEqual([1]);
    await stop();
  });

  it('ignores and counts what cannot be published', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    broker.clear();
    sink.accept(sampleOf('nobody', { p: 1 }));
    sink.accept(sampleOf('mains', { p: Number.NaN }));
    sink.accept(sampleOf('mains', {}));
    sink.accept({
      type: 'sample',
      sample: { deviceId: 'mains', takenAt: Number.NaN, readings: [{ code: 'p', value: 1 }] },
    });
    expect(broker.published).toEqual([]);
    expect(sink.statistics()).toMatchObject({ samples: 0, ignored: 4 });
    sink.accept(sampleOf('mains', { p: 1 }));
    expect(broker.seqsOn('house/mains/state')).toEqual([1]);
    await stop();
  });

  it('calls a device online only by a good sample, and leaves its values to expire on MQTT 5', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    sink.accept({ type: 'availability', deviceId: 'mains', state: 'online', at: 0, reason: 'answers' });
    expect(broker.payloadsOn('house/mains/availability')).toEqual(['offline']);
    sink.accept(sampleOf('mains', { p: 1 }));
    sink.accept(offline('mains'));
    sink.accept(offline('mains'));
    sink.accept({ type: 'availability', deviceId: 'mains', state: 'online', at: 0, reason: 'answers' });
    sink.accept(sampleOf('mains', { p: 2 }));
    expect(broker.payloadsOn('house/mains/availability')).toEqual(['offline', 'online', 'offline', 'online']);
    expect(broker.payloadsOn('house/mains/p')).toEqual(['1', '2']);
    await stop();
  });

  it('clears the values of a device that went offline where nothing expires (MQTT 3.1.1)', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect(4);
    sink.accept(sampleOf('mains', { p: 1 }));
    sink.accept(offline('mains'));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['1', '']);
    expect(broker.payloadsOn('house/mains/state').at(-1)).toBe('');
    expect(broker.on('house/mains/v')).toEqual([]);
    await stop();
  });

  it('clears them at the return where the link was away when the device went offline', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect(4);
    sink.accept(sampleOf('mains', { p: 1 }));
    broker.drop();
    sink.accept(offline('mains'));
    broker.clear();
    broker.connect(4);
    expect(broker.payloadsOn('house/mains/p')).toEqual(['']);
    expect(broker.payloadsOn('house/mains/availability')).toEqual(['offline']);
    await stop();
  });

  it('publishes counters at their interval and only while there is a link', async () => {
    const { broker, clock, stop } = await startSink();
    await clock.advance(25_000);
    broker.connect();
    await clock.advance(20_000);
    const [stats, ...more] = broker.on('house/gateway/stats');
    expect(more).toHaveLength(1);
    expect(stats?.options).toMatchObject({ qos: 0, retain: false });
    expect(JSON.parse(stats?.payload ?? '')).toEqual({ ts: '2026-11-22T06:00:30.000Z', polls: 7 });
    await stop();
  });

  it('takes leave in order: devices, values, gateway, and only then the link', async () => {
    const { sink, broker, stop } = await startSink();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1 }));
    broker.clear();
    await stop();
    expect(broker.payloadsOn('house/mains/availability')).toEqual(['offline']);
    expect(broker.on('house/mains/p')).toEqual([
      { topic: 'house/mains/p', payload: '', options: { qos: 1, retain: true } },
    ]);
    expect(broker.payloadsOn('house/mains/state')).toEqual(['']);
    expect(broker.published.at(-1)).toMatchObject({
      topic: 'house/gateway/availability',
      payload: 'offline',
    });
    expect(broker.hasEnded).toBe(true);
    sink.accept(sampleOf('mains', { p: 2 }));
    expect(broker.payloadsOn('house/mains/p')).toEqual(['']);
  });

  it('waits no longer than 2 s for a broker that acknowledges nothing', async () => {
    const { broker, stop } = await startSink();
    broker.connect();
    broker.isPrompt = false;
    await stop();
    expect(broker.unacknowledgedCount).toBeGreaterThan(0);
    expect(broker.hasEnded).toBe(true);
  });
});
