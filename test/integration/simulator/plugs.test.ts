import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterEach, expect, test } from 'vitest';
import type { SimulatedBrokerConfig, SimulatorConfig } from '../../../src/config/types.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { shippedProfileDirectory } from '../../../src/meters/load-profiles.ts';
import { createHouse } from '../../../src/simulator/house.ts';
import type { BrokerLogin } from '../../../src/simulator/plugs/broker-login.ts';
import { createSimulator } from '../../../src/simulator/simulator.ts';
import { runSimulatorThread } from '../../../src/simulator/simulator-thread.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';

// Broker and reader are not ours: Debian's Mosquitto, and a bare client.

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const WAIT = { timeout: 15_000, interval: 50 };

function config(broker?: SimulatedBrokerConfig): SimulatorConfig {
  return {
    seed: 1,
    paced: true,
    buses: [],
    mqtt: {
      broker,
      zigbee2mqtt: {
        base: 'zigbee2mqtt',
        plugs: [{ name: 'Küche/TV plug', ieee: '0x00158d00054a91c2', measures: 'electronics' }],
      },
      tasmota: [{ topic: 'washer', measures: 'washing_machine' }],
      shelly: [{ prefix: 'kettle', measures: 'kettle' }],
    },
  };
}

async function mosquitto(login?: { readonly username: string; readonly password: string }) {
  const broker = await prepareMosquitto(login === undefined ? {} : { login });
  await broker.start();
  ends.push(() => broker.kill());
  return broker;
}

async function read(broker: Mosquitto, login: object = {}) {
  const client = await connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 200, ...login });
  ends.push(() => client.endAsync(true));
  const messages: { topic: string; text: string; isRetained: boolean; at: number }[] = [];
  client.on('message', (topic, payload, { retain }) => {
    messages.push({ topic, text: payload.toString(), isRetained: retain, at: Date.now() });
  });
  await client.subscribeAsync('#');
  const last = (topic: string) => messages.filter((message) => message.topic === topic).at(-1)?.text;
  return { client, messages, last };
}

function run(simulated: SimulatorConfig, ownBroker?: Promise<BrokerLogin | undefined>) {
  const simulator = createSimulator({
    config: simulated,
    profiles: new Map(),
    clock: createSystemClock(),
    logger: silentLogger,
    ...(ownBroker === undefined ? {} : { ownBroker }),
  });
  const end = new AbortController();
  const ended = simulator.run(end.signal);
  const stop = async () => {
    end.abort();
    await ended;
  };
  ends.push(stop);
  return { simulator, stop };
}

test('the plugs speak on a broker, answer what they are asked, and leave', async () => {
  const broker = await mosquitto();
  const { client, last, messages } = await read(broker);
  const { simulator, stop } = run(config(), Promise.resolve({ url: `mqtt://127.0.0.1:${broker.port}` }));
  await expect.poll(() => last('zigbee2mqtt/bridge/state'), WAIT).toBe('{"state":"online"}');
  await expect.poll(() => last('tele/washer/LWT'), WAIT).toBe('Online');
  await expect.poll(() => last('kettle/online'), WAIT).toBe('true');

  const house = createHouse({ seed: 1 });
  const asked = Date.now();
  await client.publishAsync('cmnd/washer/Status', '10');
  await client.publishAsync(
    'kettle/rpc',
    '{"id":1,"src":"reader","method":"Switch.GetStatus","params":{"id":0}}',
  );
  await client.publishAsync('zigbee2mqtt/Küche/TV plug/get', '{"power":""}');
  await expect.poll(() => last('stat/washer/STATUS10'), WAIT).toBeDefined();
  await expect.poll(() => last('reader/rpc'), WAIT).toBeDefined();
  const isFresh = () =>
    JSON.parse(last('zigbee2mqtt/Küche/TV plug') ?? '{}').last_seen >= new Date(asked).toISOString();
  await expect.poll(isFresh, WAIT).toBe(true);
  const answers = {
    washing_machine: ['stat/washer/STATUS10', (json: string) => JSON.parse(json).StatusSNS.ENERGY.Power],
    kettle: ['reader/rpc', (json: string) => JSON.parse(json).result.apower],
    electronics: ['zigbee2mqtt/Küche/TV plug', (json: string) => JSON.parse(json).power],
  } as const;
  for (const [circuit, [topic, powerIn]] of Object.entries(answers)) {
    const arrived = messages.filter((message) => message.topic === topic).at(-1);
    const power = powerIn(arrived?.text ?? '');
    // Measured at some moment between question and answer.
    const span = [asked, arrived?.at ?? asked].map((at) => house.at(at).circuit(circuit)?.p ?? 0);
    expect(power).toBeGreaterThanOrEqual(Math.min(...span) - 2);
    expect(power).toBeLessThanOrEqual(Math.max(...span) + 2);
  }
  await expect.poll(() => last('tele/washer/SENSOR'), WAIT).toContain('"Period"');
  // Nobody who comes later takes an old state for a new one: only descriptions are kept.
  const later = await read(broker);
  await expect.poll(() => later.last('zigbee2mqtt/bridge/devices'), WAIT).toBeDefined();
  const kept = later.messages.filter(({ isRetained }) => isRetained).map(({ topic }) => topic);
  expect(kept.map((topic) => topic.replace(/[0-9A-F]{12}/, 'MAC')).sort()).toEqual([
    'kettle/online',
    'tasmota/discovery/MAC/config',
    'tasmota/discovery/MAC/sensors',
    'tele/washer/LWT',
    'zigbee2mqtt/Küche/TV plug/availability',
    'zigbee2mqtt/bridge/devices',
    'zigbee2mqtt/bridge/info',
    'zigbee2mqtt/bridge/state',
  ]);
  expect(simulator.plugs.map(({ label }) => label)).toEqual([
    'zigbee2mqtt',
    'tasmota washer',
    'shelly kettle',
  ]);
  await stop();
  await expect.poll(() => last('zigbee2mqtt/bridge/state'), WAIT).toBe('{"state":"offline"}');
  await expect.poll(() => last('tele/washer/LWT'), WAIT).toBe('Offline');
  await expect.poll(() => last('kettle/online'), WAIT).toBe('false');
}, 60_000);

test('a plug that reboots leaves its last will and comes back', async () => {
  const broker = await mosquitto();
  const { messages, last } = await read(broker);
  const { simulator } = run(config(), Promise.resolve({ url: `mqtt://127.0.0.1:${broker.port}` }));
  await expect.poll(() => last('kettle/online'), WAIT).toBe('true');
  simulator.plugs.find(({ label }) => label === 'shelly kettle')?.reboot();
  const heard = () => messages.filter(({ topic }) => topic === 'kettle/online').map(({ text }) => text);
  await expect.poll(heard, WAIT).toEqual(['true', 'false', 'true']);
  const full = messages.filter(({ text }) => text.includes('"NotifyFullStatus"'));
  expect(full).toHaveLength(2);
  expect(JSON.parse(full.at(-1)?.text ?? '').params.sys.uptime).toBeLessThan(10);
}, 60_000);

test('the plugs wait for a broker that is not there, and come back to one that was away', async () => {
  const broker = await prepareMosquitto();
  ends.push(() => broker.kill());
  let know: (login: BrokerLogin) => void = () => {};
  const known = new Promise<BrokerLogin>((resolve) => {
    know = resolve;
  });
  const { simulator } = run(config(), known);
  // Nothing that listens waits for a broker.
  await simulator.listening;
  know({ url: `mqtt://127.0.0.1:${broker.port}` });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await broker.start();
  const { last, messages } = await read(broker);
  await expect.poll(() => last('tele/washer/LWT'), WAIT).toBe('Online');
  await broker.kill();
  const before = messages.length;
  await broker.start();
  await expect
    .poll(() => messages.slice(before).filter(({ topic }) => topic === 'tele/washer/LWT').length, WAIT)
    .toBeGreaterThan(0);
}, 60_000);

test('in their own thread they log in where the configuration says, with the password of a file', async () => {
  const login = { username: 'house', password: 'top secret' };
  const broker = await mosquitto(login);
  const folder = await mkdtemp(join(tmpdir(), 'busbar-plugs-'));
  ends.push(() => rm(folder, { recursive: true }));
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, `${login.password}\n`);
  const { last } = await read(broker, login);
  const end = new AbortController();
  const ended = runSimulatorThread(
    {
      config: config({ url: `mqtt://127.0.0.1:${broker.port}`, username: 'house', passwordFile }),
      profileDirectories: [shippedProfileDirectory()],
      logger: silentLogger,
    },
    end.signal,
  );
  ends.push(async () => {
    end.abort();
    await ended;
  });
  await expect.poll(() => last('kettle/online'), WAIT).toBe('true');
}, 60_000);

test('in their own thread they speak to the broker that is named to them later', async () => {
  const broker = await mosquitto();
  const { last } = await read(broker);
  const end = new AbortController();
  let know: (login: BrokerLogin) => void = () => {};
  const ownBroker = new Promise<BrokerLogin>((resolve) => {
    know = resolve;
  });
  let isListening = false;
  const ended = runSimulatorThread(
    {
      config: config(),
      profileDirectories: [shippedProfileDirectory()],
      logger: silentLogger,
      ownBroker,
      onListening: () => {
        isListening = true;
      },
    },
    end.signal,
  );
  await expect.poll(() => isListening, WAIT).toBe(true);
  expect(last('kettle/online')).toBeUndefined();
  know({ url: `mqtt://127.0.0.1:${broker.port}` });
  await expect.poll(() => last('kettle/online'), WAIT).toBe('true');
  end.abort();
  await ended;
  await expect.poll(() => last('kettle/online'), WAIT).toBe('false');
}, 60_000);
