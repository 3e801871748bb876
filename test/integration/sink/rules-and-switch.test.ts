import { connectAsync, type IPublishPacket, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SwitchState } from '../../../src/domain/source.ts';
import { prepareMosquitto } from './mosquitto.ts';
import { Observer } from './observer.ts';
import { runSink } from './running-sink.ts';

const SWITCH = 'house/gateway/cmd/switch';

const endings: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function startBroker() {
  const broker = await prepareMosquitto();
  endings.push(() => broker.kill());
  await broker.start();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const observer = await Observer.on(url);
  endings.push(() => observer.close());
  return { url, observer };
}

function run(...args: Parameters<typeof runSink>) {
  const running = runSink(...args);
  endings.push(() => running.stop());
  return running;
}

describe('mqtt sink at mosquitto, publishing rules', () => {
  it('publishes changes, keeps every sample in state, and the value outlives its heartbeat', async () => {
    const { url, observer } = await startBroker();
    const rule = { absolute: 100, percent: 0, heartbeatMs: 300_000 };
    const settings = { mains: { publish: { p: rule }, aggregate: undefined, integrate: true } };
    const { sample, sink } = run(url, { settings });
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    for (const p of [1000, 1050, 1099, 1100, 1101]) sample(p);
    await observer.until(() => expect(observer.seqsOn('house/mains/state')).toEqual([1, 2, 3, 4, 5]));
    await observer.until(() => expect(observer.payloadsOn('house/mains/v')).toHaveLength(5));
    expect(observer.payloadsOn('house/mains/p')).toEqual(['1000', '1100']);
    const late = await Observer.on(url);
    endings.push(() => late.close());
    await late.until(() => expect(late.payloadsOn('house/mains/p')).toEqual(['1100']));
    expect(late.on('house/mains/p')[0]?.expiryS).toBeGreaterThan(200);
  });

  it('publishes mean, lowest and highest value, and leaves none of them behind', async () => {
    const { url, observer } = await startBroker();
    const aggregate = { intervalMs: 1000, keys: ['p'] };
    const settings = { mains: { publish: {}, aggregate, integrate: true } };
    const { sample, sink, stop } = run(url, { settings });
    await observer.until(() => expect(sink.statistics()).toMatchObject({ connected: 1 }));
    sample(100);
    await observer.until(() => expect(observer.payloadsOn('house/mains/p_mean')).toEqual(['100']));
    await observer.until(() => expect(observer.payloadsOn('house/mains/p_max')).toEqual(['100']));
    const meta = JSON.parse(observer.payloadsOn('house/mains/$meta')[0] ?? '');
    expect(meta.aggregates.p_mean).toMatchObject({ of: 'p', statistic: 'mean', interval: 1 });
    await stop();
    const late = await Observer.on(url);
    endings.push(() => late.close());
    await late.until(() => expect(late.on('house/mains/$meta')).toHaveLength(1));
    expect(late.seen.filter(({ topic }) => topic.includes('/p'))).toEqual([]);
  });
});

describe('mqtt sink at mosquitto, switching', () => {
  async function startSwitching(onSwitch: (deviceId: string, state: SwitchState) => Promise<void>) {
    const { url, observer } = await startBroker();
    const app = await connectAsync(url, { protocolVersion: 5 });
    endings.push(() => app.endAsync(true));
    await app.publishAsync(SWITCH, '{"device":"old","state":"on"}', { qos: 1, retain: true });
    const running = run(url, { onSwitch });
    const switching = () => running.sink.statistics().switch;
    await observer.until(() => expect(switching()).toMatchObject({ retained: 1 }));
    return { url, app, observer, switching };
  }

  async function ask(app: MqttClient, payload: string, correlation: string): Promise<unknown> {
    await app.subscribeAsync('app/answers', { qos: 1 });
    const answered = new Promise<IPublishPacket>((resolve) => {
      app.once('message', (_topic, _payload, packet) => resolve(packet));
    });
    const properties = { responseTopic: 'app/answers', correlationData: Buffer.from(correlation) };
    await app.publishAsync(SWITCH, payload, { qos: 1, properties });
    const packet = await answered;
    expect(packet.properties?.correlationData?.toString()).toBe(correlation);
    return JSON.parse(packet.payload.toString());
  }

  it('carries out live requests only, and answers each with its correlation data', async () => {
    const onSwitch = vi.fn(async (deviceId: string) => {
      if (deviceId !== 'fridge') throw new Error(`${deviceId} may not be switched`);
    });
    const { app, switching } = await startSwitching(onSwitch);
    expect(onSwitch).not.toHaveBeenCalled();
    expect(await ask(app, '{"device":"fridge","state":"off"}', 'first')).toEqual({ ok: true });
    expect(onSwitch).toHaveBeenCalledWith('fridge', 'off');
    expect(await ask(app, '{"device":"freezer","state":"off"}', 'second')).toEqual({
      ok: false,
      error: 'freezer may not be switched',
    });
    expect(await ask(app, 'off!', 'third')).toMatchObject({ ok: false });
    expect(switching()).toMatchObject({ done: 1, failed: 1, malformed: 1, outstanding: 0 });
  });

  it('tells a client of MQTT 3.1.1, which can get no answer, by an event', async () => {
    const { url, observer } = await startSwitching(async () => {});
    const old = await connectAsync(url, { protocolVersion: 4 });
    endings.push(() => old.endAsync(true));
    await old.publishAsync(SWITCH, '{"device":"fridge","state":"on"}', { qos: 1 });
    await observer.until(() => {
      const codes = observer.payloadsOn('house/gateway/events').map((text) => JSON.parse(text).code);
      expect(codes).toContain('switched');
    });
  });
});
