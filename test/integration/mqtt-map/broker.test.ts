import { afterEach, expect, test } from 'vitest';
import { MQTT_MAP_KIND } from '../../../src/sources/mqtt-map/mqtt-map/kind.ts';
import { OWNER, startBroker } from '../broker/fixture.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';
import { connectPeer, type RunningSource, runSource } from './running-source.ts';

const DEVICE = {
  id: 'plug',
  intervalMs: 400,
  values: [{ topic: 'plugs/kettle', path: 'power', quantity: 'p', unit: 'W' }],
};

let broker: Mosquitto | undefined;
let running: RunningSource | undefined;
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await running?.stop();
  for (const end of ends.splice(0)) await end();
  await broker?.kill();
  broker = undefined;
  running = undefined;
});

async function startMosquitto(): Promise<string> {
  broker = await prepareMosquitto();
  await broker.start();
  return `mqtt://127.0.0.1:${broker.port}`;
}

async function peerAt(url: string, login: { username?: string; password?: string } = {}) {
  const peer = await connectPeer(url, login);
  ends.push(() => peer.end());
  return peer;
}

/** Publishes until the source has told a sample more. */
async function untilHeard(source: RunningSource, peer: Awaited<ReturnType<typeof peerAt>>, power: number) {
  const before = source.samples().length;
  await expect
    .poll(
      async () => {
        await peer.publish('plugs/kettle', { power });
        return source.samples().length;
      },
      { timeout: 20_000, interval: 100 },
    )
    .toBeGreaterThan(before);
  expect(source.samples().at(-1)).toEqual({ p: power });
}

test.each([5, 4] as const)('reads from Mosquitto over MQTT version %i', async (protocol) => {
  const url = await startMosquitto();
  running = await runSource(MQTT_MAP_KIND, { url, protocol, devices: [DEVICE] });
  await running.untilConnected();
  await untilHeard(running, await peerAt(url), 21.5);
  expect(running.notices()).toEqual([]);
});

test('reads from the broker of the gateway itself', async () => {
  const own = await startBroker();
  ends.push(() => own.stop());
  const url = `mqtt://127.0.0.1:${own.port}`;
  running = await runSource(MQTT_MAP_KIND, {
    devices: [DEVICE],
    ownBroker: {
      url,
      username: OWNER.username,
      password: () => OWNER.password,
      clientId: 'busbar-source',
      protocol: 5,
      keepaliveS: 30,
      verifyCertificate: true,
    },
  });
  await running.untilConnected();
  await untilHeard(running, await peerAt(url, OWNER), 7);
});

test('waits for a broker that comes late, and tells once each', async () => {
  broker = await prepareMosquitto();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  running = await runSource(MQTT_MAP_KIND, { url, devices: [DEVICE] });
  await expect.poll(() => running?.notices()).toEqual(['broker-away']);
  await expect.poll(() => running?.offline(), { timeout: 10_000 }).toEqual(['plug']);
  await broker.start();
  await running.untilConnected();
  await untilHeard(running, await peerAt(url), 3);
  expect(running.notices()).toEqual(['broker-away', 'broker-back']);
});

test('goes on when the broker was killed and comes back, with the devices offline in between', async () => {
  const url = await startMosquitto();
  running = await runSource(MQTT_MAP_KIND, { url, devices: [DEVICE] });
  await running.untilConnected();
  await untilHeard(running, await peerAt(url), 1);
  await broker?.kill();
  await expect.poll(() => running?.notices()).toContain('broker-away');
  await expect.poll(() => running?.offline(), { timeout: 10_000 }).toContain('plug');
  await broker?.start();
  await untilHeard(running, await peerAt(url), 2);
  expect(running.notices()).toEqual(['broker-away', 'broker-back']);
  expect(running.source.statistics()).toMatchObject({ connects: 2 });
});

test('takes no old retained message for a new one, at any connection', async () => {
  const url = await startMosquitto();
  const peer = await peerAt(url);
  await peer.publish('plugs/kettle', { power: 999 }, true);
  running = await runSource(MQTT_MAP_KIND, { url, devices: [DEVICE] });
  await expect
    .poll(() => running?.source.statistics())
    .toMatchObject({ messages: 1, retained: 1, ignored: { not_fresh: 1 } });
  expect(running.samples()).toEqual([]);
  await untilHeard(running, peer, 5);
});

test.each([5, 4] as const)(
  'survives ten megabytes over MQTT version %i and hears what follows',
  async (protocol) => {
    const url = await startMosquitto();
    running = await runSource(MQTT_MAP_KIND, { url, protocol, devices: [DEVICE] });
    await running.untilConnected();
    const peer = await peerAt(url);
    await untilHeard(running, peer, 1);
    await peer.publish('plugs/kettle', Buffer.alloc(10_000_000, '1'));
    await untilHeard(running, peer, 2);
    expect(running.samples().every(({ p }) => p === 1 || p === 2)).toBe(true);
    expect(running.notices()).toEqual([]);
  },
);

test('tells the words of its own section where the broker refuses the login', async () => {
  broker = await prepareMosquitto({ login: { username: 'house', password: 'right' } });
  await broker.start();
  running = await runSource(MQTT_MAP_KIND, { url: `mqtt://127.0.0.1:${broker.port}`, devices: [DEVICE] });
  await expect.poll(() => running?.notices()).toEqual(['broker-away']);
  expect(running.events.find(({ type }) => type === 'notice')).toMatchObject({
    message: expect.stringContaining('broker.username'),
  });
});

test('reads a topic of every legal character', async () => {
  const url = await startMosquitto();
  const topic = '/Küche//Kühl schrank/ä"\'\\{}$%&=?!~ 日本語/😀/';
  running = await runSource(MQTT_MAP_KIND, {
    url,
    devices: [{ id: 'plug', values: [{ topic, quantity: 'p' }] }],
  });
  await running.untilConnected();
  const peer = await peerAt(url);
  await expect
    .poll(async () => {
      await peer.publish(topic, '4');
      return running?.samples()[0];
    })
    .toEqual({ p: 4 });
});
