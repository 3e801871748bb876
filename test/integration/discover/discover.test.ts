import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listen } from '../../../src/commands/discover/listen.ts';
import { recognise } from '../../../src/commands/discover/recognise.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createMqttLink } from '../../../src/transports/mqtt.ts';
import type { MqttLink } from '../../../src/transports/mqtt-link.ts';
import { bytesOf, HOUSE_FINDINGS, HOUSE_MESSAGES } from '../../unit/commands/discover/house-messages.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';

const clock = createSystemClock();
let broker: Mosquitto;
let ending: AbortController;

beforeEach(async () => {
  broker = await prepareMosquitto();
  await broker.start();
  ending = new AbortController();
});

afterEach(async () => {
  ending.abort();
  await broker.kill();
});

const connection = () => ({
  url: `mqtt://127.0.0.1:${broker.port}`,
  verifyCertificate: true,
  protocol: 5 as const,
  keepaliveS: 30,
});

/** Another client of the broker, connected. */
async function connectPeer(
  onMessage: (topic: string, payload: Buffer) => void = () => {},
): Promise<MqttLink> {
  return new Promise((resolve) => {
    const link: MqttLink = createMqttLink(
      { ...connection(), clientId: `peer-${Math.random()}` },
      {
        onConnect: () => resolve(link),
        onDisconnect: () => {},
        onMessage: ({ topic, payload }) => onMessage(topic, payload),
      },
      clock,
      silentLogger,
    );
    link.run(ending.signal);
  });
}

const isPacket = (topic: string) => topic.startsWith('rtl_433/');

async function fillHouse(peer: MqttLink): Promise<void> {
  for (const [topic, payload] of HOUSE_MESSAGES)
    if (!isPacket(topic)) await peer.publish(topic, bytesOf(payload), { qos: 1, retain: true });
}

describe('discover on a broker', () => {
  it('finds what the programs left there, and publishes nothing', async () => {
    const peer = await connectPeer();
    await fillHouse(peer);
    const published: string[] = [];
    const witness = await connectPeer((topic) => published.push(topic));
    witness.subscribe('#', 0);
    await clock.sleep(500);
    const before = published.length;
    expect(before).toBeGreaterThan(20);
    const listening = listen({ connection: connection(), seconds: 4, ask: false }, clock, ending.signal);
    await clock.sleep(1500);
    const packets = HOUSE_MESSAGES.filter(([topic]) => isPacket(topic));
    for (const [topic, payload] of packets)
      await peer.publish(topic, bytesOf(payload), { qos: 1, retain: false });
    const { observations, isInterrupted } = await listening;
    const found = recognise(observations).map(({ kind, name }) => `${kind.type}: ${name}`);
    expect(found.sort()).toEqual(
      HOUSE_FINDINGS.map((line) => line.split(': ').slice(0, 2).join(': ')).sort(),
    );
    expect(isInterrupted).toBe(false);
    expect(published.slice(before)).toEqual(packets.map(([topic]) => topic));
  });

  it('tells how often live devices speak', async () => {
    const peer = await connectPeer();
    const listening = listen({ connection: connection(), seconds: 3, ask: false }, clock, ending.signal);
    const speaking = (async () => {
      for (let value = 0; value < 25; value++) {
        await peer.publish('emon/emontx4/P1', String(value), { qos: 0, retain: false });
        await clock.sleep(100);
      }
    })();
    const { observations } = await listening;
    await speaking;
    const said = observations.get('emon/emontx4/P1');
    expect(said?.isRetained).toBe(false);
    expect(said?.live).toBeGreaterThan(2);
    expect(said?.everyS).toBeGreaterThanOrEqual(0.1);
    expect(recognise(observations).map(({ name }) => name)).toEqual(['emontx4 1']);
  });

  it('asks Shelly devices only where it is told to, and reads their answers', async () => {
    const asked: string[] = [];
    const plug: MqttLink = await connectPeer((topic, payload) => {
      asked.push(topic);
      if (topic === 'shellies/command') return;
      const { id, src, method } = JSON.parse(payload.toString()) as Record<string, string>;
      const result =
        method === 'Shelly.GetStatus'
          ? { 'switch:0': { apower: 2000, voltage: 230 } }
          : { name: 'Kettle', gen: 2 };
      plug.publish(`${src}/rpc`, JSON.stringify({ id, src: 'shellyplus1-aabb01', result }), {
        qos: 0,
        retain: false,
      });
    });
    plug.subscribe('shellyplus1-aabb01/rpc', 0);
    plug.subscribe('shellies/command', 0);
    await plug.publish('shellyplus1-aabb01/online', 'true', { qos: 1, retain: true });
    const { observations } = await listen(
      { connection: connection(), seconds: 3, ask: true },
      clock,
      ending.signal,
    );
    expect(asked.sort()).toEqual(['shellies/command', 'shellyplus1-aabb01/rpc', 'shellyplus1-aabb01/rpc']);
    expect(recognise(observations)).toMatchObject([
      {
        name: 'Kettle',
        device: { prefix: 'shellyplus1-aabb01' },
        values: [{ key: 'p', value: 2000 }, { key: 'v' }],
      },
    ]);
  });

  it('says what is wrong where there is no broker', async () => {
    await broker.kill();
    const listening = listen({ connection: connection(), seconds: 2, ask: false }, clock, ending.signal);
    await expect(listening).rejects.toMatchObject({ name: 'MqttLinkError', code: 'refused' });
  });
});
