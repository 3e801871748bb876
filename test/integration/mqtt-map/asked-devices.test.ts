import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { SHELLY_GEN2_KIND } from '../../../src/sources/mqtt-map/shelly-gen2/kind.ts';
import { TASMOTA_KIND } from '../../../src/sources/mqtt-map/tasmota/kind.ts';
import { ZIGBEE2MQTT_KIND } from '../../../src/sources/mqtt-map/zigbee2mqtt/kind.ts';
import { BRIDGE_DEVICES, vector } from '../../unit/sources/mqtt-map/vectors.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';
import { connectPeer, type RunningSource, runSource } from './running-source.ts';

let broker: Mosquitto;
let running: RunningSource | undefined;
const ends: (() => Promise<unknown>)[] = [];
const url = () => `mqtt://127.0.0.1:${broker.port}`;

beforeAll(async () => {
  broker = await prepareMosquitto();
  await broker.start();
});
afterAll(() => broker.kill());
afterEach(async () => {
  await running?.stop();
  running = undefined;
  for (const end of ends.splice(0)) await end();
});

async function peer() {
  const connected = await connectPeer(url());
  ends.push(() => connected.end());
  return connected;
}

test('a Tasmota that is silent by itself is read by asking it', async () => {
  const plug = await peer();
  await plug.answer('cmnd/kettle/Status', (_, payload) => {
    if (payload === '10') void plug.publish('stat/kettle/STATUS10', vector('tasmota-status8').payload);
  });
  running = await runSource(TASMOTA_KIND, { url: url(), devices: [{ topic: 'kettle', intervalMs: 300 }] });
  await running.untilSamples(3);
  expect(running.samples()[0]).toMatchObject({ p: 2629, v: 226, e_imp: 6.404 });
});

test('a Shelly is read by its own answers over MQTT', async () => {
  const plug = await peer();
  await plug.answer('plug-1/rpc', (_, payload) => {
    const { id, src, method } = JSON.parse(payload) as { id: number; src: string; method: string };
    const result =
      method === 'Shelly.GetStatus'
        ? { 'switch:0': vector('shelly2-status').payload }
        : { mac: '3CE90E304DE4', app: 'PlusPlugS' };
    void plug.publish(`${src}/rpc`, { id, src: 'shellyplusplugs-1', dst: src, result });
  });
  running = await runSource(SHELLY_GEN2_KIND, {
    url: url(),
    devices: [{ prefix: 'plug-1', intervalMs: 300 }],
  });
  await running.untilSamples(2);
  expect(running.samples()[0]).toMatchObject({ p: 0.8, v: 231.5 });
  const described = () => running?.events.findLast(({ type }) => type === 'device');
  await expect.poll(described).toMatchObject({ device: { model: 'PlusPlugS' } });
});

test('a plug behind zigbee2mqtt with a steady load is read by asking for it', async () => {
  const bridge = await peer();
  const state = { power: 60, current: 0.26, voltage: 231, energy: 5, linkquality: 80 };
  await bridge.publish('zigbee2mqtt/bridge/devices', BRIDGE_DEVICES, true);
  await bridge.publish('zigbee2mqtt/z1', state, true);
  await bridge.answer('zigbee2mqtt/z1/get', (_, payload) => {
    // One read on the radio, and one publication of everything, for each attribute.
    for (const _attribute of Object.keys(JSON.parse(payload) as object))
      void bridge.publish('zigbee2mqtt/z1', state);
  });
  running = await runSource(ZIGBEE2MQTT_KIND, { url: url(), devices: [{ device: 'z1', intervalMs: 1000 }] });
  await running.untilSamples(2);
  expect(running.samples()[0]).toEqual({ p: 60, i: 0.26, v: 231 });
});

test('a description of several megabytes is understood', async () => {
  const bridge = await peer();
  const filler = Array.from({ length: 500 }, (_, place) => ({
    ieee_address: `0x${String(place + 100).padStart(16, '0')}`,
    friendly_name: `lamp ${place}`,
    definition: { model: 'x', vendor: 'y', exposes: [], options: 'o'.repeat(6000) },
  }));
  await bridge.publish('big/bridge/devices', [...filler, ...BRIDGE_DEVICES], true);
  running = await runSource(ZIGBEE2MQTT_KIND, {
    url: url(),
    fields: { base: 'big' },
    devices: [{ device: 'z1', trustCache: true }],
  });
  const described = () => running?.events.find(({ type }) => type === 'device');
  await expect.poll(described).toMatchObject({ device: { identity: '0xa4c1380000000001' } });
  await bridge.publish('big/z1', { power: 12 });
  await running.untilSamples(1);
  expect(running.samples()).toEqual([{ p: 12 }]);
});
