import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Source } from '../../../src/domain/source.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import type { SourceKind, SourceParts } from '../../../src/sources/kind.ts';
import { EMONHUB_KIND } from '../../../src/sources/mqtt-map/emonhub/kind.ts';
import { ESPHOME_KIND } from '../../../src/sources/mqtt-map/esphome/kind.ts';
import { HA_DISCOVERY_KIND } from '../../../src/sources/mqtt-map/ha-discovery/kind.ts';
import { PLUGWISE2PY_KIND } from '../../../src/sources/mqtt-map/plugwise2py/kind.ts';
import { RTL433_KIND } from '../../../src/sources/mqtt-map/rtl433/kind.ts';
import { STATESTREAM_KIND } from '../../../src/sources/mqtt-map/statestream/kind.ts';
import { createMqttLink } from '../../../src/transports/mqtt.ts';
import type { MqttLink } from '../../../src/transports/mqtt-link.ts';
import { configOf } from '../../unit/sources/mqtt-map/mapper-bench.ts';
import { type Mosquitto, prepareMosquitto } from '../sink/mosquitto.ts';

const clock = createSystemClock();
const ending = new AbortController();
let broker: Mosquitto;
let peer: MqttLink;

beforeAll(async () => {
  broker = await prepareMosquitto();
  await broker.start();
  peer = await new Promise((resolve) => {
    const hooks = { onConnect: () => resolve(link), onDisconnect: () => {} };
    const link: MqttLink = createMqttLink({ ...connection(), clientId: 'peer' }, hooks, clock, silentLogger);
    link.run(ending.signal);
  });
});

afterAll(async () => {
  ending.abort();
  await broker.kill();
});

const connection = () => ({
  url: `mqtt://127.0.0.1:${broker.port}`,
  verifyCertificate: true,
  protocol: 5 as const,
  keepaliveS: 30,
});

const now = () => Date.now() / 1000;

interface Case {
  readonly kind: SourceKind;
  readonly section: object;
  /** What stands on the broker before, and what is said until it is heard. */
  readonly retained: readonly (readonly [string, unknown])[];
  readonly live: () => readonly (readonly [string, unknown])[];
  readonly reading: string;
}

const CASES: readonly Case[] = [
  {
    kind: ESPHOME_KIND,
    section: { devices: [{ id: 'a', prefix: 'attic', values: [{ quantity: 'p', sensor: 'power' }] }] },
    retained: [
      ['homeassistant/sensor/attic/power/config', { stat_t: 'attic/sensor/power/state', unit_of_meas: 'kW' }],
      ['attic/sensor/power/state', '99'],
    ],
    live: () => [['attic/sensor/power/state', '0.19']],
    reading: 'a p=190',
  },
  {
    kind: EMONHUB_KIND,
    section: { devices: [{ id: 'b', node: 'emonTx_3' }] },
    retained: [],
    live: () => [['emon/emonTx_3/power1', '2420']],
    reading: 'b p=2420',
  },
  {
    kind: RTL433_KIND,
    section: { devices: [{ id: 'c', model: 'Efergy e2 CT', transmitter: 59956 }] },
    retained: [['rtl_433/attic/events', { model: 'Efergy-e2CT', id: 59956, current: 9 }]],
    live: () => [['rtl_433/attic/events', { time: '@0s', model: 'Efergy-e2CT', id: 59956, current: 0.62 }]],
    reading: 'c i=0.62',
  },
  {
    kind: STATESTREAM_KIND,
    section: {
      base: 'ha',
      devices: [{ id: 'd', values: [{ quantity: 'p', entity: 'sensor.fridge_power' }] }],
    },
    retained: [
      ['ha/sensor/fridge_power/unit_of_measurement', '"W"'],
      ['ha/sensor/fridge_power/state', '99'],
    ],
    live: () => [['ha/sensor/fridge_power/state', '12.3']],
    reading: 'd p=12.3',
  },
  {
    kind: PLUGWISE2PY_KIND,
    section: { devices: [{ id: 'e', mac: '000D6F0001A1B2C3' }] },
    retained: [['plugwise2py/state/power/000D6F0001A1B2C3', { ts: 1405452425, power: 99 }]],
    live: () => [['plugwise2py/state/power/000D6F0001A1B2C3', { ts: now(), power: 9.78 }]],
    reading: 'e p=9.78',
  },
  {
    kind: HA_DISCOVERY_KIND,
    section: { devices: [{ id: 'f', device: 'Plug 7' }] },
    retained: [
      [
        'homeassistant/device/plug7/config',
        {
          dev: { ids: ['plug7'], name: 'Plug 7' },
          cmps: { power: { p: 'sensor', unit_of_meas: 'W', val_tpl: '{{ value_json.power }}' } },
          stat_t: 'plug7/state',
        },
      ],
      ['plug7/state', { power: 99 }],
    ],
    live: () => [['plug7/state', { power: 5 }]],
    reading: 'f p=5',
  },
];

async function publish(topic: string, payload: unknown, retain: boolean): Promise<void> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  await peer.publish(topic, text, { qos: 1, retain });
}

describe('sources on a broker', () => {
  it.each(CASES)('$kind.type: gives $reading, and nothing that the broker only kept', async (each) => {
    for (const [topic, payload] of each.retained) await publish(topic, payload, true);
    // Only the clock, the log and the broker are asked for by a source that reads from MQTT.
    const parts = {
      clock,
      logger: silentLogger,
      ownBroker: async (sourceId: string) => ({ ...connection(), clientId: `busbar-${sourceId}` }),
    } as unknown as SourceParts;
    const section = each.section as Readonly<Record<string, unknown>>;
    const source: Source = await each.kind.create(configOf(each.kind, section), parts);
    const stop = new AbortController();
    const readings: string[] = [];
    const running = source.run((event) => {
      if (event.type !== 'sample') return;
      const { deviceId, readings: told } = event.sample;
      readings.push(...told.map(({ code, value }) => `${deviceId} ${code}=${value}`));
    }, stop.signal);
    for (let tries = 0; tries < 40 && readings.length === 0; tries++) {
      await clock.sleep(500);
      for (const [topic, payload] of each.live()) await publish(topic, payload, false);
    }
    stop.abort();
    await running;
    expect([...new Set(readings)]).toEqual([each.reading]);
    expect(source.statistics()).toMatchObject({ connects: 1, faults: 0 });
  });
});
