import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SourceKind } from '../../../src/sources/kind.ts';
import { MQTT_MAP_KIND } from '../../../src/sources/mqtt-map/mqtt-map/kind.ts';
import { SHELLY_GEN1_KIND } from '../../../src/sources/mqtt-map/shelly-gen1/kind.ts';
import { SHELLY_GEN2_KIND } from '../../../src/sources/mqtt-map/shelly-gen2/kind.ts';
import { TASMOTA_KIND } from '../../../src/sources/mqtt-map/tasmota/kind.ts';
import { ZIGBEE2MQTT_KIND } from '../../../src/sources/mqtt-map/zigbee2mqtt/kind.ts';
import type { DeviceEntry } from '../../unit/sources/mqtt-map/mapper-rig.ts';
import {
  absentKeys,
  BRIDGE_DEVICES,
  expectedValues,
  type PlugVector,
  rounded,
  vectorsOf,
} from '../../unit/sources/mqtt-map/vectors.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';
import { connectPeer, runSource } from './running-source.ts';

interface Case {
  readonly id: string;
  readonly kind: SourceKind;
  readonly device: DeviceEntry;
  readonly topic: string;
  readonly each: PlugVector;
  readonly fields: Record<string, unknown>;
}

let broker: Mosquitto;
let peer: Awaited<ReturnType<typeof connectPeer>>;
const url = () => `mqtt://127.0.0.1:${broker.port}`;

beforeAll(async () => {
  broker = await prepareMosquitto();
  await broker.start();
  peer = await connectPeer(url());
  await peer.publish('zigbee2mqtt/bridge/devices', BRIDGE_DEVICES, true);
});

afterAll(async () => {
  await peer.end();
  await broker.kill();
});

const isReading = (each: PlugVector) => Object.keys(expectedValues(each)).length > 0;

function zigbeeCases(): Case[] {
  return vectorsOf('zigbee2mqtt')
    .filter(isReading)
    .map((each) => {
      const name = each.topic.includes('<') ? 'Flur/Zähler 2-fach' : (each.topic.split('/')[1] ?? '');
      const topic = each.topic.replace('<friendly_name>', name);
      return {
        id: each.id,
        kind: ZIGBEE2MQTT_KIND,
        device: { device: name, trustCache: true },
        topic,
        each,
        fields: {},
      };
    });
}

function tasmotaCases(): Case[] {
  return vectorsOf('tasmota')
    .filter((each) => isReading(each) && !each.topic.startsWith('tasmota/discovery'))
    .map((each) => {
      const levels = each.topic.split('/');
      const isBare = levels.length === 2;
      const device = { topic: isBare ? 'bare' : (levels[1] ?? '') };
      const fields = isBare ? { fullTopic: '%prefix%/' } : {};
      return { id: each.id, kind: TASMOTA_KIND, device, topic: each.topic, each, fields };
    });
}

function shellyGen1Cases(): Case[] {
  return vectorsOf('shelly-gen1').map((each) => {
    const [, device, component, channel] = each.topic.split('/');
    const entry = { device, component, channel: Number(channel) };
    return { id: each.id, kind: SHELLY_GEN1_KIND, device: entry, topic: each.topic, each, fields: {} };
  });
}

function shellyGen2Cases(): Case[] {
  return vectorsOf('shelly-gen2').map((each) => {
    const [prefix, , name = ''] = each.topic.split('/');
    const component = name === 'rpc' ? 'switch:0' : name.replace('data:', ':');
    return {
      id: each.id,
      kind: SHELLY_GEN2_KIND,
      device: { prefix, component },
      topic: each.topic,
      each,
      fields: {},
    };
  });
}

function mappedCases(): Case[] {
  return vectorsOf('generic-mqtt-json').map((each) => {
    const values = [
      { topic: each.topic, path: 'Va', quantity: 'v', unit: 'V' },
      { topic: each.topic, path: 'Aa', quantity: 'i', unit: 'A' },
      { topic: each.topic, path: 'Pa', quantity: 'p', unit: 'W' },
    ];
    return { id: each.id, kind: MQTT_MAP_KIND, device: { values }, topic: each.topic, each, fields: {} };
  });
}

test.each([
  ...zigbeeCases(),
  ...tasmotaCases(),
  ...shellyGen1Cases(),
  ...shellyGen2Cases(),
  ...mappedCases(),
])('$id goes over a broker and comes out as it was meant', async ({ kind, device, topic, each, fields }) => {
  const running = await runSource(kind, { url: url(), devices: [device], fields });
  await running.untilConnected();
  if (kind === ZIGBEE2MQTT_KIND)
    await expect.poll(() => running.events.some(({ type }) => type === 'device')).toBe(true);
  await peer.publish(topic, each.payload);
  // The subscription may be a moment behind the connection; a message that is lost in it is sent again.
  await expect
    .poll(async () => {
      if (running.samples().length === 0) await peer.publish(topic, each.payload);
      return running.samples().length;
    })
    .toBeGreaterThan(0);
  await running.stop();
  const sample = running.samples()[0] ?? {};
  expect(rounded(sample)).toMatchObject(expectedValues(each));
  for (const key of absentKeys(each)) expect(sample).not.toHaveProperty(key);
});

test('has something to try for every kind', () => {
  const counts = [zigbeeCases(), tasmotaCases(), shellyGen1Cases(), shellyGen2Cases(), mappedCases()];
  expect(counts.map((cases) => cases.length)).toEqual([4, 4, 15, 9, 1]);
});
