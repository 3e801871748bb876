import { createServer, connect as openSocket } from 'node:net';
import mqtt from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import { connectBytes, openRaw, openSession } from '../../support/mqtt-attack-socket.ts';
import { OWNER, startBroker, until } from './fixture.ts';

const running: Awaited<ReturnType<typeof startBroker>>[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((broker) => broker.stop()));
});

async function start(...args: Parameters<typeof startBroker>) {
  const broker = await startBroker(...args);
  running.push(broker);
  return broker;
}

test('starts a thread that died again on the same port, while the process goes on', async () => {
  const broker = await start();
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
    ...OWNER,
    reconnectPeriod: 20,
  });
  let connects = 0;
  client.on('connect', () => {
    connects += 1;
  });
  client.on('error', () => {});
  for (const death of [1, 2]) {
    await broker.threads.at(-1)?.terminate();
    await until(() => connects === death);
  }
  expect(broker.broker.statistics().restarts).toBe(2);
  expect(broker.notices.map(({ code }) => code)).toEqual([
    'broker-listening',
    'broker-restarted',
    'broker-listening',
    'broker-restarted',
    'broker-listening',
  ]);
  await client.endAsync();
});

test('says that its port is taken, once, and listens when it is free', async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
  const address = squatter.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const starting = start({ port });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  squatter.close();
  const broker = await starting;
  expect(broker.port).toBe(port);
  const told = broker.notices.filter(({ code }) => code === 'broker-port');
  expect(told).toHaveLength(1);
  expect(told[0]?.message).toMatch(/in use by another program.*tried again/);
});

test('tells its MQTT 5 clients that it shuts down, and is gone within two seconds', async () => {
  const broker = await startBroker();
  const session = await openSession(broker, connectBytes('bye', 5));
  session?.socket.write(Buffer.from([0xc0, 0]));
  await session?.waitFor(session.received().length + 2);
  const idle = await openRaw(broker);
  const before = performance.now();
  await broker.stop();
  expect(performance.now() - before).toBeLessThan(3000);
  await session?.closed;
  await idle.closed;
  expect([...(session?.received().subarray(-4) ?? [])]).toEqual([0xe0, 2, 0x8b, 0]);
  await expect(openRaw(broker)).rejects.toThrow();
});

test('closes connections that do not log in', async () => {
  const broker = await start({ connectTimeoutMs: 200, websocketPort: 0 });
  const idle = await openRaw(broker);
  await idle.closed;
  await (await openRaw({ host: '127.0.0.1', port: broker.websocketPort ?? 0 })).closed;
  const half = openSocket({ host: '127.0.0.1', port: broker.port });
  const closed = new Promise((resolve) => half.once('close', resolve));
  half.on('error', () => {});
  half.write(connectBytes('half', 4).subarray(0, 8));
  await closed;
});

test('lets nobody but the gateway in where it is reachable and has no users', async () => {
  const broker = await start({ host: '0.0.0.0' });
  expect(broker.notices.map(({ code }) => code)).toContain('broker-locked');
  const url = `mqtt://127.0.0.1:${broker.port}`;
  await expect(mqtt.connectAsync(url, { reconnectPeriod: 0 })).rejects.toMatchObject({ code: 5 });
  const owner = await mqtt.connectAsync(url, { ...OWNER, reconnectPeriod: 0 });
  await owner.endAsync();
});
