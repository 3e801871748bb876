import { describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/lib/logger.ts';
import { MqttLinkError, type MqttLinkErrorCode } from '../../../src/transports/mqtt-error.ts';
import { createLinkOver } from '../../../src/transports/mqtt-link.ts';
import { createMovedClock, settle } from '../sinks/mqtt/moved-clock.ts';
import { createFakeSessions } from './fake-session.ts';

const QOS1 = { qos: 1, retain: false } as const;
const QOS0 = { qos: 0, retain: false } as const;
const failure = (code: MqttLinkErrorCode) => new MqttLinkError(code, `it is ${code}`);

function start(protocol: 5 | 4 = 5) {
  const fake = createFakeSessions();
  const clock = createMovedClock();
  const logger = { ...silentLogger, info: vi.fn(), warn: vi.fn() };
  const hooks = { onConnect: vi.fn(), onDisconnect: vi.fn() };
  const options = {
    url: 'mqtt://anna:s3cret@h',
    clientId: 'c',
    protocol,
    keepaliveS: 30,
    verifyCertificate: true,
    will: { topic: 'house/gateway/availability', payload: 'offline', qos: 1, retain: true },
  } as const;
  const link = createLinkOver(fake.open, options, hooks, clock, logger);
  const end = new AbortController();
  const running = link.run(end.signal);
  const fail = async (code: MqttLinkErrorCode) => {
    fake.last().events.onClose(failure(code));
    await settle();
  };
  return { ...fake, clock, logger, hooks, link, running, fail, abort: () => end.abort() };
}

describe('mqtt link', () => {
  it('tries again quickly at first and then ever more rarely, up to a minute', async () => {
    const { sessions, clock, fail } = start();
    const waits: number[] = [];
    for (let i = 0; i < 14; i++) {
      await fail('refused');
      const before = clock.monotonicMs();
      const count = sessions.length;
      while (sessions.length === count) await clock.advance(10);
      waits.push(clock.monotonicMs() - before);
    }
    expect(waits.slice(0, 3)).toEqual([100, 250, 500]);
    expect(waits[3]).toBeGreaterThanOrEqual(700);
    expect(waits[3]).toBeLessThanOrEqual(1000);
    expect(waits.at(-1)).toBeGreaterThanOrEqual(42_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(60_000);
  });

  it('asks rarely where a person must mend something: a broker locks out who hammers on a login', async () => {
    const { sessions, clock, fail } = start();
    await fail('bad-credentials');
    await clock.advance(3400);
    expect(sessions).toHaveLength(1);
    await clock.advance(1700);
    expect(sessions).toHaveLength(2);
  });

  it('tells once that the broker is away, once for each reason to mend, and again after the link stood', async () => {
    const { clock, fail, hooks, last, logger } = start();
    for (let i = 0; i < 5; i++) {
      await fail('refused');
      await clock.advance(61_000);
    }
    await fail('bad-credentials');
    expect(hooks.onDisconnect.mock.calls.map(([cause]) => cause.code)).toEqual([
      'refused',
      'bad-credentials',
    ]);
    expect(logger.warn).toHaveBeenCalledTimes(2);
    await clock.advance(61_000);
    last().events.onConnect();
    await fail('lost');
    await clock.advance(61_000);
    await fail('refused');
    await clock.advance(61_000);
    await fail('timeout');
    expect(hooks.onDisconnect.mock.calls.slice(2).map(([cause]) => cause.code)).toEqual(['lost']);
  });

  it('is quick again after a link that stood for a while', async () => {
    const { sessions, clock, fail, last } = start();
    for (let i = 0; i < 8; i++) {
      await fail('refused');
      await clock.advance(61_000);
    }
    last().events.onConnect();
    await clock.advance(11_000);
    const count = sessions.length;
    await fail('lost');
    await clock.advance(100);
    expect(sessions).toHaveLength(count + 1);
  });

  it.each(['protocol-version', 'not-mqtt'] as const)(
    'falls back to MQTT 3.1.1 at once and silently on %s, and begins with 5 after a loss',
    async (code) => {
      const { sessions, fail, hooks, last, link, clock } = start();
      await fail(code);
      expect(sessions.map(({ protocol }) => protocol)).toEqual([5, 4]);
      expect(hooks.onDisconnect).not.toHaveBeenCalled();
      last().events.onConnect();
      expect(link.protocolInUse).toBe(4);
      await fail('lost');
      expect(link.protocolInUse).toBeUndefined();
      await clock.advance(1000);
      expect(last().protocol).toBe(5);
    },
  );

  it('says what is wrong when MQTT 3.1.1 fails as well', async () => {
    const { fail, hooks, sessions } = start();
    await fail('not-mqtt');
    await fail('not-mqtt');
    expect(hooks.onDisconnect).toHaveBeenCalledTimes(1);
    expect(sessions).toHaveLength(2);
  });

  it('resolves QoS 1 at the PUBACK and rejects it when the link drops or the broker refuses', async () => {
    const { last, link, fail } = start();
    await expect(link.publish('a', '1', QOS1)).rejects.toMatchObject({ code: 'not-connected' });
    last().events.onConnect();
    const acknowledged = link.publish('a', '1', QOS1);
    const refused = link.publish('b', '1', QOS1);
    const cut = link.publish('c', '1', QOS1);
    last().published[0]?.done();
    last().published[1]?.done(failure('publish-refused'));
    await expect(acknowledged).resolves.toBeUndefined();
    await expect(refused).rejects.toMatchObject({ code: 'publish-refused' });
    await Promise.all([expect(cut).rejects.toMatchObject({ code: 'lost' }), fail('lost')]);
    expect(link.isConnected).toBe(false);
  });

  it('keeps within what the broker takes unacknowledged, in order', async () => {
    const { last, link } = start();
    last().receiveMaximum = 2;
    last().events.onConnect();
    expect(link.maxInFlight).toBe(2);
    const all = ['a', 'b', 'c', 'd'].map((topic) => link.publish(topic, '1', QOS1));
    const sent = () => last().published.map(({ topic }) => topic);
    expect(sent()).toEqual(['a', 'b']);
    last().published[0]?.done();
    expect(sent()).toEqual(['a', 'b', 'c']);
    for (let i = 1; i < 4; i++) last().published[i]?.done();
    await Promise.all(all);
    expect(sent()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('refuses QoS 0 instead of piling it up when the broker no longer reads', async () => {
    const { last, link } = start();
    last().events.onConnect();
    await expect(link.publish('a', '1', QOS0)).resolves.toBeUndefined();
    last().waitingBytes = 2 * 1024 * 1024;
    await expect(link.publish('a', '1', QOS0)).rejects.toMatchObject({ code: 'congested' });
  });

  it('drops a link on which nothing is acknowledged any more', async () => {
    const { last, link, clock, hooks } = start();
    last().events.onConnect();
    const session = last();
    await clock.advance(120_000);
    expect(session.destroyedWith).toBeUndefined();
    const cut = expect(link.publish('a', '1', QOS1)).rejects.toMatchObject({ code: 'no-acknowledgement' });
    await clock.advance(60_000);
    await cut;
    expect(session.destroyedWith?.code).toBe('no-acknowledgement');
    expect(hooks.onDisconnect).toHaveBeenCalledTimes(1);
  });

  it('subscribes anew on each connect, and logs a refusal', async () => {
    const { last, link, clock, fail, logger } = start();
    link.subscribe('house/gateway/cmd/+', 1);
    last().events.onConnect();
    expect(last().subscribed).toEqual(['house/gateway/cmd/+']);
    expect(logger.warn).toHaveBeenCalledTimes(1);
    await fail('lost');
    await clock.advance(100);
    last().events.onConnect();
    expect(last().subscribed).toEqual(['house/gateway/cmd/+']);
  });

  it('says goodbye on abort, and ends while it waits for the next try', async () => {
    const connected = start();
    connected.last().events.onConnect();
    connected.abort();
    await connected.running;
    expect(connected.last().hasSaidGoodbye).toBe(true);
    const waiting = start();
    await waiting.fail('refused');
    waiting.abort();
    await waiting.running;
    expect(waiting.sessions).toHaveLength(1);
    expect(waiting.clock.waitingCount).toBe(0);
  });

  it('never logs the login', async () => {
    const { last, fail, logger, hooks } = start();
    last().events.onConnect();
    await fail('bad-credentials');
    const told = JSON.stringify([
      logger.info.mock.calls,
      logger.warn.mock.calls,
      hooks.onDisconnect.mock.calls,
    ]);
    expect(told).not.toContain('s3cret');
    expect(told).not.toContain('anna');
  });

  it('stands a session that refuses ten thousand waiting messages at once', async () => {
    const { last, link } = start();
    last().receiveMaximum = 1;
    last().events.onConnect();
    const first = link.publish('t', 'first', QOS1);
    const waiting = Array.from({ length: 9999 }, () => link.publish('t', 'x', QOS1));
    last().refusal = failure('lost');
    last().published[0]?.done();
    await first;
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  });
});
