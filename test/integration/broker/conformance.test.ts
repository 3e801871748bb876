import mqtt from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mosquitto, OWNER, startBroker, until } from './fixture.ts';

let running: Awaited<ReturnType<typeof startBroker>>;
beforeAll(async () => {
  running = await startBroker({ websocketPort: 0 });
});
afterAll(async () => {
  await running.stop();
});

const VERSIONS = [
  { name: 'MQTT 3.1.1', flag: 'mqttv311', protocolVersion: 4 },
  { name: 'MQTT 5', flag: 'mqttv5', protocolVersion: 5 },
] as const;

async function client(protocolVersion: 4 | 5, more: mqtt.IClientOptions = {}) {
  const options = { protocolVersion, reconnectPeriod: 0, ...more };
  const connected = mqtt.connect(`mqtt://127.0.0.1:${running.port}`, options);
  const messages: string[] = [];
  // Before CONNACK: what waited for a session comes in the same breath.
  connected.on('message', (topic, payload, packet) =>
    messages.push(`${topic} ${payload.toString()} q${packet.qos}${packet.retain ? ' retained' : ''}`),
  );
  await new Promise<void>((resolve, reject) => {
    connected.once('connect', () => resolve());
    connected.on('error', reject);
  });
  return { connected, messages };
}

describe.each(VERSIONS)('$name', ({ flag, protocolVersion: version }) => {
  const root = `conf${version}`;
  const args = ['-V', flag];

  test.each([0, 1, 2])('carries a message of QoS %i from mosquitto_pub to mosquitto_sub', async (qos) => {
    const topic = `${root}/live/q${qos}`;
    const heard = mosquitto(
      'mosquitto_sub',
      running.port,
      ...args,
      '-t',
      topic,
      '-q',
      String(qos),
      '-C',
      '1',
      '-W',
      '8',
    );
    const sent = setInterval(() => {
      void mosquitto('mosquitto_pub', running.port, ...args, '-t', topic, '-q', String(qos), '-m', 'hello');
    }, 300);
    const { code, output } = await heard;
    clearInterval(sent);
    expect({ code, output: output.trim() }).toEqual({ code: 0, output: 'hello' });
  });

  test('gives retained messages to a wildcard', async () => {
    for (const device of ['mains', 'fridge'])
      await mosquitto(
        'mosquitto_pub',
        running.port,
        ...args,
        '-t',
        `${root}/${device}/p`,
        '-m',
        device,
        '-r',
      );
    const { output } = await mosquitto(
      'mosquitto_sub',
      running.port,
      ...args,
      '-t',
      `${root}/+/p`,
      '-v',
      '-C',
      '2',
      '-W',
      '5',
    );
    expect(output.trim().split('\n').sort()).toEqual([`${root}/fridge/p fridge`, `${root}/mains/p mains`]);
  });

  test('clears a retained message with an empty one', async () => {
    const { connected, messages } = await client(version);
    await connected.publishAsync(`${root}/clear/p`, '1', { retain: true, qos: 1 });
    await connected.publishAsync(`${root}/clear/p`, '', { retain: true, qos: 1 });
    await connected.publishAsync(`${root}/clear/q`, '2', { retain: true, qos: 1 });
    await connected.subscribeAsync(`${root}/clear/#`);
    await until(() => messages.length > 0);
    expect(messages).toEqual([`${root}/clear/q 2 q0 retained`]);
    await connected.endAsync();
  });

  test('delivers the will of a client that is lost, not of one that says goodbye', async () => {
    const { connected, messages } = await client(version);
    await connected.subscribeAsync(`${root}/will/+`, { qos: 1 });
    const will = (name: string) => ({
      topic: `${root}/will/${name}`,
      payload: Buffer.from('offline'),
      qos: 1 as const,
      retain: true,
    });
    const polite = await client(version, { will: will('polite') });
    const lost = await client(version, { will: will('lost') });
    await polite.connected.endAsync();
    lost.connected.stream.destroy();
    await until(() => messages.length > 0);
    expect(messages).toEqual([`${root}/will/lost offline q1`]);
    await connected.endAsync();
  });

  test('lets a client of the same user take a session over', async () => {
    const first = await client(version, { clientId: `${root}-same` });
    const ended = new Promise<void>((resolve) => first.connected.once('close', () => resolve()));
    const second = await client(version, { clientId: `${root}-same` });
    await ended;
    expect(second.connected.connected).toBe(true);
    await second.connected.endAsync();
  });

  test('keeps messages for a session that is away, with the QoS it asked for', async () => {
    const keep = version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
    const session = { clientId: `${root}-away`, clean: false, ...keep };
    const before = await client(version, session);
    await before.connected.subscribeAsync(`${root}/kept/#`, { qos: 1 });
    await before.connected.endAsync();
    const sender = await client(version);
    for (const qos of [0, 1, 2] as const)
      await sender.connected.publishAsync(`${root}/kept/x`, `${qos}`, { qos });
    const after = await client(version, session);
    await until(() => after.messages.length >= 2);
    // Order is promised among messages of one QoS only (MQTT-4.6.0-5).
    expect(after.messages.sort()).toEqual([`${root}/kept/x 1 q1`, `${root}/kept/x 2 q1`]);
    await Promise.all([after.connected.endAsync(), sender.connected.endAsync()]);
  });

  test('keeps the order of what waits for a session', async () => {
    const keep = version === 5 ? { properties: { sessionExpiryInterval: 60 } } : {};
    const session = { clientId: `${root}-order`, clean: false, ...keep };
    const before = await client(version, session);
    await before.connected.subscribeAsync(`${root}/order/#`, { qos: 1 });
    await before.connected.endAsync();
    const sender = await client(version);
    const numbers = Array.from({ length: 100 }, (_, index) => `${root}/order/x ${index} q1`);
    await Promise.all(
      numbers.map((_, index) => sender.connected.publishAsync(`${root}/order/x`, `${index}`, { qos: 1 })),
    );
    const after = await client(version, session);
    await until(() => after.messages.length >= 100);
    expect(after.messages).toEqual(numbers);
    await Promise.all([after.connected.endAsync(), sender.connected.endAsync()]);
  });

  test('sends no more than the QoS that was granted to a wildcard', async () => {
    const { connected, messages } = await client(version);
    await connected.subscribeAsync({ [`${root}/down/+`]: { qos: 1 }, [`${root}/other/#`]: { qos: 0 } });
    await connected.publishAsync(`${root}/down/x`, 'a', { qos: 2 });
    await connected.publishAsync(`${root}/other/x`, 'b', { qos: 1 });
    await until(() => messages.length === 2);
    expect(messages.sort()).toEqual([`${root}/down/x a q1`, `${root}/other/x b q0`]);
    await connected.endAsync();
  });

  test('does not give the client id of the gateway to a stranger', async () => {
    const owner = await client(version, { ...OWNER, clientId: `${root}-gateway` });
    await expect(client(version, { clientId: `${root}-gateway` })).rejects.toMatchObject({
      code: version === 5 ? 0x85 : 2,
    });
    expect(owner.connected.connected).toBe(true);
    await owner.connected.endAsync();
  });
});

test('lets a retained message expire', async () => {
  const { connected, messages } = await client(5);
  const properties = { messageExpiryInterval: 1 };
  await connected.publishAsync('expiry/short', '1', { retain: true, qos: 1, properties });
  await connected.publishAsync('expiry/long', '2', {
    retain: true,
    qos: 1,
    properties: { messageExpiryInterval: 60 },
  });
  const early = await client(4);
  await early.connected.subscribeAsync('expiry/#');
  await until(() => early.messages.length === 2);
  await new Promise((resolve) => setTimeout(resolve, 1300));
  await connected.subscribeAsync('expiry/#');
  await until(() => messages.length > 0);
  expect(messages).toEqual(['expiry/long 2 q0 retained']);
  await Promise.all([connected.endAsync(), early.connected.endAsync()]);
});

test('hands request and response properties on', async () => {
  const { connected } = await client(5);
  const arrived = new Promise<mqtt.IPublishPacket>((resolve) =>
    connected.once('message', (_t, _p, packet) => resolve(packet)),
  );
  await connected.subscribeAsync('request/x');
  const properties = {
    responseTopic: 'answer/x',
    correlationData: Buffer.from('42'),
    userProperties: { a: ['1', '2'] },
  };
  await connected.publishAsync('request/x', 'ask', { qos: 1, properties });
  expect((await arrived).properties).toMatchObject(properties);
  await connected.endAsync();
});

test('answers a shared subscription of MQTT 5 with 0x9e', async () => {
  const { connected } = await client(5);
  await expect(connected.subscribeAsync('$share/group/x')).rejects.toMatchObject({
    packet: { granted: [0x9e] },
  });
  await connected.endAsync();
});

test('speaks MQTT over WebSocket', async () => {
  const url = `ws://127.0.0.1:${running.websocketPort}/any/path`;
  const connected = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 });
  const arrived = new Promise((resolve) =>
    connected.once('message', (_topic, payload) => resolve(payload.toString())),
  );
  await connected.subscribeAsync('web/x');
  await connected.publishAsync('web/x', 'y'.repeat(100_000), { qos: 1 });
  expect(await arrived).toBe('y'.repeat(100_000));
  await connected.endAsync();
});

test('tells a browser that this is no web site', async () => {
  const response = await fetch(`http://127.0.0.1:${running.websocketPort}/`);
  expect(response.status).toBe(426);
});
