import { BRIDGE_DEVICES } from '../../unit/sources/mqtt-map/vectors.ts';
import { levelOf, type Message, type MqttSample, OWN_TIME, published, section } from './mqtt-sample.ts';
import type { Meaning } from './published.ts';

const BRIDGE: Message = ['zigbee2mqtt/bridge/devices', BRIDGE_DEVICES, true];
const zigbee = (id: string, device: string, meaning: Meaning, more: readonly Message[] = []): MqttSample => ({
  id,
  section: section('zigbee2mqtt', { device, trustCache: true }),
  messages: [BRIDGE, published(id), ...more],
  ...meaning,
});
const plain = { p: 'plug/p', v: 'plug/v', i: 'plug/i', e: 'plug/e_imp', relay: 'plug/relay' };
const TWO_GANG = 'Flur/Zähler 2-fach';

const ZIGBEE: readonly MqttSample[] = [
  zigbee('z2m-z1', 'z1', { keys: plain, unpublished: { last_seen: 'last radio contact, not the age of p' } }),
  zigbee('z2m-z1-attribute', 'z1', { keys: { p: 'plug/p' } }),
  zigbee('z2m-sentinel', 'Kitchen power Point PM', { keys: plain, also: { 'plug/temp': 34 } }),
  zigbee('z2m-two-gang', TWO_GANG, {
    keys: {
      p_l1: 'plug/p_l1',
      v_l1: 'plug/v_l1',
      i_l1: 'plug/i_l1',
      e_l1: 'plug/e_imp_l1',
      s_l1: 'plug/s_l1',
      f_l1: 'plug/f_l1',
      p_l2: 'plug/p_l2',
    },
  }),
  {
    ...zigbee('z2m-availability', TWO_GANG, {
      keys: {},
      unpublished: { online: 'availability, not a reading' },
      also: { 'plug/p_l1': 8 },
    }),
    messages: [BRIDGE, published('z2m-availability', true), [`zigbee2mqtt/${TWO_GANG}`, { power_l1: 8 }]],
    farewell: [`zigbee2mqtt/${TWO_GANG}/availability`, { state: 'offline' }],
  },
];

const ENERGY = { ...plain, s: 'plug/s', q: 'plug/q', pf: 'plug/pf' };
const tasmota = (id: string, device: object, fields: object = {}): MqttSample => ({
  id,
  section: section('tasmota', device, fields),
  messages: [published(id)],
  keys: ENERGY,
});
const TASMOTA_MAC = 'CC50E3AABBCC';
const TASMOTA_CONFIG = {
  ip: '192.0.2.5',
  mac: TASMOTA_MAC,
  md: 'Nous A1T',
  ofln: 'Offline',
  onln: 'Online',
  sw: '9.1.0',
  t: 'washer',
  ft: '%prefix%/%topic%/',
  tp: ['cmnd', 'stat', 'tele'],
};
const LAST = 'figure of the last restart: tells only which values there are';

const TASMOTA: readonly MqttSample[] = [
  tasmota('tasmota-sensor-pow', { topic: 'pow1' }),
  tasmota('tasmota-status8', { topic: 'pow1' }),
  tasmota('tasmota-sensor-old', { topic: 'DVES_EA9716' }),
  tasmota('tasmota-teleinfo', { topic: 'bare' }, { fullTopic: '%prefix%/' }),
  {
    id: 'tasmota-discovery-sensors',
    section: section('tasmota', { mac: TASMOTA_MAC }),
    messages: [
      [`tasmota/discovery/${TASMOTA_MAC}/config`, TASMOTA_CONFIG, true],
      published('tasmota-discovery-sensors', true),
      ['tele/washer/SENSOR', { ENERGY: { Power: 7 } }],
    ],
    keys: {},
    unpublished: { p: LAST, s: LAST, q: LAST, pf: LAST, v: LAST, i: LAST, e: LAST },
    also: { 'plug/p': 7 },
  },
  {
    id: 'tasmota-lwt',
    section: section('tasmota', { topic: 'pow1' }),
    messages: [published('tasmota-lwt', true), ['tele/pow1/SENSOR', { ENERGY: { Power: 7 } }]],
    keys: {},
    unpublished: { online: 'availability, not a reading' },
    also: { 'plug/p': 7 },
    farewell: ['tele/pow1/LWT', 'Offline'],
  },
];

const gen1 = (ids: readonly string[]): MqttSample[] =>
  ids.map((id) => ({
    id,
    section: section('shelly-gen1', {
      device: levelOf(id, 1),
      component: levelOf(id, 2),
      channel: Number(levelOf(id, 3)),
    }),
    messages: [published(id)],
    keys: { p: 'plug/p', pf: 'plug/pf', i: 'plug/i', q: 'plug/q', v: 'plug/v', e: 'plug/e_imp' },
  }));

const lines = (letter: string, line: string) =>
  Object.fromEntries(['p', 's', 'v', 'i', 'pf'].map((code) => [`${code}_${letter}`, `plug/${code}_${line}`]));
const GEN2_KEYS = {
  ...ENERGY,
  e_ret: 'plug/e_exp',
  f: 'plug/f',
  temperature: 'plug/temp',
  ...lines('a', 'l1'),
  ...lines('b', 'l2'),
  ...lines('c', 'l3'),
};
const gen2 = (id: string, component?: string, also: Record<string, number> = {}): MqttSample => ({
  id,
  section: section('shelly-gen2', {
    prefix: levelOf(id, 0),
    ...(component === undefined ? {} : { component }),
  }),
  messages: [published(id)],
  keys: GEN2_KEYS,
  unpublished: {
    t: OWN_TIME,
    s_from_v_i: 'V and I were not measured at one moment, so no s is made of them',
  },
  also,
});
/** Of the same message; the published list of its values leaves them out. */
const PRO3EM_REST = {
  'plug/pf_l1': 0.96,
  'plug/s_l2': 443.1,
  'plug/v_l2': 236.7,
  'plug/i_l2': 1.872,
  'plug/s_l3': 270.4,
  'plug/v_l3': 236.9,
  'plug/i_l3': 1.143,
  'plug/pf_l3': -0.87,
  'plug/i_sum': 13.753,
};

const SHELLY: readonly MqttSample[] = [
  ...gen1([0, 1, 2].flatMap((n) => ['power', 'pf', 'current'].map((name) => `shelly1-em3-${n}-${name}`))),
  ...gen1(['power', 'reactive_power', 'voltage'].map((name) => `shelly1-em-${name}`)),
  ...gen1(['total', 'voltage', 'current'].map((name) => `shelly1-em3b-2-${name}`)),
  gen2('shelly2-notify-energy'),
  gen2('shelly2-status'),
  gen2('shelly2-notify-power'),
  gen2('shelly2-status-pv', undefined, { 'plug/temp': 54 }),
  gen2('shelly2-status-notify-noid'),
  gen2('shelly2-status-gen3'),
  gen2('shelly-pro3em', 'em:0', PRO3EM_REST),
  gen2('shelly-em1', 'em1:1'),
  gen2('shelly-em1data', 'em1:1'),
];

export const PLUG_SAMPLES: readonly MqttSample[] = [...ZIGBEE, ...TASMOTA, ...SHELLY];
