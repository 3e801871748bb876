import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../../src/domain/event.ts';
import { sampleOf, startSink } from './start-sink.ts';

const notice = (code: string): Notice => ({
  type: 'notice',
  level: 'warn',
  code,
  message: code,
  at: Date.UTC(2026, 10, 22),
});

describe('mqtt sink, broker away', () => {
  it('sends what was missed to history, in order, once, and never to a live topic', async () => {
    const { sink, broker, clock, stop } = await startSink();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 1 }));
    broker.drop();
    for (let p = 2; p <= 40; p++) sink.accept(sampleOf('mains', { p }));
    await clock.advance(60_000);
    broker.clear();
    broker.connect();
    sink.accept(sampleOf('mains', { p: 41 }));
    await clock.advance(5000);
    expect(broker.seqsOn('house/mains/state')).toEqual([41]);
    expect(broker.payloadsOn('house/mains/p')).toEqual(['41']);
    expect(broker.seqsOn('house/mains/history')).toEqual(Array.from({ length: 39 }, (_, i) => i + 2));
    expect(broker.on('house/mains/history')[0]?.options).toMatchObject({ qos: 1, retain: false });
    expect(sink.statistics()).toMatchObject({ history: { waiting: 0, delivered: 39, dropped: 0 } });
    await stop();
  });

  it('keeps a sample that was on its way when the link dropped', async () => {
    const { sink, broker, clock, stop } = await startSink();
    broker.connect();
    broker.isPrompt = false;
    sink.accept(sampleOf('mains', { p: 1 }));
    sink.accept(sampleOf('mains', { p: 2 }));
    broker.drop();
    broker.isPrompt = true;
    broker.connect();
    await clock.advance(1000);
    expect(broker.seqsOn('house/mains/history')).toEqual([1, 2]);
    await stop();
  });

  it('sends at most 200 a second and keeps half of the broker’s window free', async () => {
    const { sink, broker, clock, stop } = await startSink();
    for (let p = 1; p <= 1000; p++) sink.accept(sampleOf('mains', { p }));
    broker.connect();
    await clock.advance(1000);
    const inASecond = broker.on('house/mains/history').length;
    expect(inASecond).toBeGreaterThan(150);
    expect(inASecond).toBeLessThanOrEqual(210);
    broker.isPrompt = false;
    broker.maxInFlight = 20;
    await clock.advance(10_000);
    expect(broker.unacknowledgedCount).toBe(10);
    broker.acknowledgeAll();
    broker.isPrompt = true;
    await clock.advance(10_000);
    expect(broker.seqsOn('house/mains/history')).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
    await stop();
  });

  it('sends again what was on its way to history when the link dropped', async () => {
    const { sink, broker, clock, stop } = await startSink();
    for (let p = 1; p <= 5; p++) sink.accept(sampleOf('mains', { p }));
    broker.isPrompt = false;
    broker.connect();
    await clock.advance(500);
    broker.drop();
    broker.clear();
    broker.isPrompt = true;
    broker.connect();
    await clock.advance(500);
    expect(broker.seqsOn('house/mains/history')).toEqual([1, 2, 3, 4, 5]);
    await stop();
  });

  it('gives up a sample that the broker refuses, and goes on with the others', async () => {
    const { sink, broker, clock, stop } = await startSink();
    sink.accept(sampleOf('mains', { p: 1 }));
    sink.accept(sampleOf('fridge', { p: 2 }));
    broker.refuses = (topic) => topic === 'house/mains/history';
    broker.connect();
    await clock.advance(5000);
    expect(broker.on('house/mains/history')).toHaveLength(1);
    expect(sink.statistics()).toMatchObject({ history: { waiting: 0, delivered: 1, refused: 1 } });
    await stop();
  });

  it('drops the oldest samples when the memory is used up, and counts them', async () => {
    const { sink, broker, clock, stop } = await startSink({
      historyLimit: { maxSamples: 10, maxBytes: 1e6 },
    });
    for (let p = 1; p <= 25; p++) sink.accept(sampleOf('mains', { p }));
    broker.connect();
    await clock.advance(1000);
    expect(broker.seqsOn('house/mains/history')).toEqual([16, 17, 18, 19, 20, 21, 22, 23, 24, 25]);
    expect(sink.statistics()).toMatchObject({ history: { dropped: 15 } });
    await stop();
  });

  it('sleeps while there is nothing to send', async () => {
    const { broker, clock, stop } = await startSink();
    broker.connect();
    await clock.advance(1000);
    expect(clock.waitingCount).toBe(1);
    await stop();
  });

  it('delivers events of an outage at the return, with the outage itself, and bounded', async () => {
    const { sink, broker, clock, stop } = await startSink();
    broker.connect();
    broker.drop();
    sink.accept(notice('unit-silent'));
    await clock.advance(34_000);
    broker.connect();
    const codes = () => broker.payloadsOn('house/gateway/events').map((line) => JSON.parse(line).code);
    expect(codes()).toEqual(['broker-away', 'unit-silent', 'broker-back']);
    expect(broker.payloadsOn('house/gateway/events').at(-1)).toContain('after 34 s');
    await clock.advance(1);
    broker.drop();
    for (let i = 0; i < 1000; i++) sink.accept(notice(`n${i}`));
    broker.clear();
    broker.connect();
    await clock.advance(1);
    expect(codes()).toHaveLength(200);
    expect(codes().at(-2)).toBe('n999');
    expect(sink.statistics()).toMatchObject({ events_waiting: 0, events_dropped: 802 });
    await stop();
  });

  it('sends an event again that was on its way when the link dropped', async () => {
    const { sink, broker, clock, stop } = await startSink();
    broker.connect();
    broker.isPrompt = false;
    sink.accept(notice('port-lost'));
    broker.drop();
    broker.clear();
    broker.isPrompt = true;
    await clock.advance(1);
    broker.connect();
    expect(
      broker.payloadsOn('house/gateway/events').filter((line) => line.includes('port-lost')),
    ).toHaveLength(1);
    await stop();
  });
});
