import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { MqttMessage } from '../../../../src/transports/mqtt-session.ts';
import { settle } from './moved-clock.ts';
import { type RunningSink, startSink } from './start-sink.ts';

const TOPIC = 'house/gateway/cmd/switch';
const ON = '{"device":"fridge","state":"on"}';

async function start(onSwitch = vi.fn(async () => {})): Promise<RunningSink & { onSwitch: typeof onSwitch }> {
  const running = await startSink({ onSwitch });
  running.broker.connect();
  running.broker.clear();
  return { ...running, onSwitch };
}

function ask({ broker }: RunningSink, payload: string | Buffer, more: Partial<MqttMessage> = {}): void {
  broker.send({ topic: TOPIC, payload: Buffer.from(payload), responseTopic: 'app/answers', ...more });
}

const answers = ({ broker }: RunningSink) => broker.payloadsOn('app/answers').map((text) => JSON.parse(text));
const codes = ({ broker }: RunningSink) =>
  broker.payloadsOn('house/gateway/events').map((text) => JSON.parse(text).code);

describe('mqtt sink, switching', () => {
  it('listens only where somebody carries requests out', async () => {
    const silent = await startSink();
    silent.broker.connect();
    expect(silent.broker.subscriptions).toEqual([]);
    expect(silent.sink.statistics().switch).toBeUndefined();
    const running = await start();
    expect(running.broker.subscriptions).toEqual([[TOPIC, 1]]);
    await silent.stop();
    await running.stop();
  });

  it('answers when the plug has confirmed, with the correlation data of the request', async () => {
    let confirm = () => {};
    const running = await start(vi.fn(() => new Promise<void>((resolve) => (confirm = resolve))));
    const correlationData = Buffer.from([0, 255, 7]);
    ask(running, ON, { correlationData });
    await settle();
    expect(running.onSwitch).toHaveBeenCalledWith('fridge', 'on');
    expect(answers(running)).toEqual([]);
    confirm();
    await settle();
    expect(running.broker.on('app/answers')).toEqual([
      {
        topic: 'app/answers',
        payload: '{"ok":true}',
        options: { qos: 1, retain: false, contentType: 'application/json', correlationData },
      },
    ]);
    expect(codes(running)).toEqual([]);
    await running.stop();
  });

  it('answers why it was not done', async () => {
    const running = await start(
      vi.fn(async () => {
        throw new Error('fridge may not be switched');
      }),
    );
    ask(running, ON);
    await settle();
    expect(answers(running)).toEqual([{ ok: false, error: 'fridge may not be switched' }]);
    expect(running.sink.statistics().switch).toMatchObject({ failed: 1, done: 0, outstanding: 0 });
    await running.stop();
  });

  it('survives a handler that throws at once', async () => {
    const running = await start(
      vi.fn(() => {
        throw new Error('no source');
      }),
    );
    ask(running, ON);
    await settle();
    expect(answers(running)).toEqual([{ ok: false, error: 'no source' }]);
    await running.stop();
  });

  it('tells by an event where nobody gave a topic for the answer', async () => {
    const running = await start();
    ask(running, ON, { responseTopic: undefined });
    await settle();
    running.onSwitch.mockRejectedValueOnce(new Error('silent'));
    ask(running, '{"device":"kettle","state":"off"}', { responseTopic: undefined });
    await settle();
    expect(codes(running)).toEqual(['switched', 'switch-failed']);
    expect(JSON.parse(running.broker.payloadsOn('house/gateway/events')[1] ?? '').message).toBe(
      'kettle was not switched off: silent',
    );
    await running.stop();
  });

  it('ignores and counts a retained request', async () => {
    const running = await start();
    ask(running, ON, { isRetained: true });
    await settle();
    expect(running.onSwitch).not.toHaveBeenCalled();
    expect(answers(running)).toEqual([]);
    expect(running.sink.statistics().switch).toMatchObject({ retained: 1 });
    await running.stop();
  });

  it.each([
    ['nothing', ''],
    ['half a document', '{"device":"fridge","state":'],
    ['a list', '["fridge","on"]'],
    ['null', 'null'],
    ['no device', '{"state":"on"}'],
    ['an empty device', '{"device":"","state":"on"}'],
    ['a number for a device', '{"device":7,"state":"on"}'],
    ['another state', '{"device":"fridge","state":"ON"}'],
    ['a toggle', '{"device":"fridge","state":"toggle"}'],
    ['inherited properties', '{"__proto__":{"device":"fridge","state":"on"}}'],
    ['broken UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['far too much', `{"device":"${'x'.repeat(2000)}","state":"on"}`],
  ])('refuses %s, with an answer that says what to send', async (_what, payload) => {
    const running = await start();
    ask(running, payload);
    await settle();
    expect(running.onSwitch).not.toHaveBeenCalled();
    expect(answers(running)).toMatchObject([{ ok: false, error: expect.stringContaining('send {"device"') }]);
    expect(running.sink.statistics().switch).toMatchObject({ malformed: 1 });
    await running.stop();
  });

  it('tells of malformed requests without an answer once, until a sound one comes', async () => {
    const running = await start();
    const without = { responseTopic: undefined };
    for (let n = 0; n < 50; n++) ask(running, 'nonsense', without);
    ask(running, ON, without);
    await settle();
    ask(running, 'nonsense', without);
    expect(codes(running)).toEqual(['switch-malformed', 'switched', 'switch-malformed']);
    expect(running.sink.statistics().switch).toMatchObject({ malformed: 51 });
    await running.stop();
  });

  it.each([
    '',
    '#',
    'app/+',
    'app/#',
    'app/\u0000',
    '$SYS/broker',
    'house/fridge/p',
    'house/gateway/availability',
    'house',
    TOPIC,
    `app/${'x'.repeat(600)}`,
  ])('never answers on %j', async (responseTopic) => {
    const running = await start();
    ask(running, ON, { responseTopic });
    await settle();
    expect(running.onSwitch).toHaveBeenCalledTimes(1);
    expect(running.broker.published.map(({ topic }) => topic)).toEqual(['house/gateway/events']);
    await running.stop();
  });

  it('carries out four at once, refuses more, and takes one again when one is done', async () => {
    const confirms: (() => void)[] = [];
    const running = await start(vi.fn(() => new Promise<void>((resolve) => confirms.push(resolve))));
    for (let n = 0; n < 6; n++) ask(running, ON);
    await settle();
    expect(running.onSwitch).toHaveBeenCalledTimes(4);
    expect(answers(running)).toMatchObject([{ ok: false }, { ok: false }]);
    expect(running.sink.statistics().switch).toMatchObject({ outstanding: 4, busy: 2 });
    confirms[0]?.();
    await settle();
    ask(running, ON);
    await settle();
    expect(running.onSwitch).toHaveBeenCalledTimes(5);
    await running.stop();
  });

  it('gives a plug up that confirms nothing', async () => {
    const running = await start(vi.fn(() => new Promise<void>(() => {})));
    ask(running, ON);
    await running.clock.advance(29_000);
    expect(answers(running)).toEqual([]);
    await running.clock.advance(2000);
    expect(answers(running)).toMatchObject([{ ok: false, error: expect.stringContaining('30 s') }]);
    expect(running.sink.statistics().switch).toMatchObject({ outstanding: 0 });
    await running.stop();
  });

  it('switches nothing and never fails, whatever bytes come', async () => {
    const running = await start();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, responseTopic) => {
        ask(running, Buffer.from(bytes), { responseTopic });
      }),
    );
    await settle();
    expect(running.onSwitch).not.toHaveBeenCalled();
    expect(running.sink.statistics().switch).toMatchObject({ malformed: 100 });
    await running.stop();
  });
});
