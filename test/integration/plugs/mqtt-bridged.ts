import { levelOf, type Message, type MqttSample, OWN_TIME, published, section } from './mqtt-sample.ts';
import { decoded, type Meaning, vector } from './published.ts';

const UNITS = 'tells what arrives elsewhere: the probe beside it is read by it';
const SELECTOR = 'says whose message it is';

/** A discovered sensor is read: at the topic and by the path that its announcement means. */
function announced(id: string, device: string, key: string, more: Partial<MqttSample> = {}): MqttSample {
  const path = String(decoded(id, 'path')).split('.');
  const state = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), 41.5);
  const fields = Object.keys(vector(id).decoded).map((field) => [field, UNITS]);
  return {
    id,
    section: section('ha-discovery', { device }),
    messages: [published(id, true), [String(decoded(id, 'state_topic')), state]],
    keys: {},
    unpublished: Object.fromEntries(fields),
    also: { [`plug/${key}`]: 41.5 },
    ...more,
  };
}

const YESTERDAY = vector('ha-tasmota-old');
const TOTAL = {
  ...(YESTERDAY.payload as object),
  uniq_id: '522851_ENERGY_Total',
  name: 'Tasmota ENERGY Total',
  val_tpl: "{{value_json['ENERGY'].Total}}",
};

const DISCOVERY: readonly MqttSample[] = [
  announced('ha-z2m-power', 'Küche kaffee', 'p', {
    farewell: ['zigbee2mqtt/bridge/state', 'offline'],
  }),
  // Its identifiers were cut away by who published it, so that only the topic names it.
  announced('ha-z2m-current', '0xa4c138493f8d6167_current', 'i', {
    messages: [
      [
        vector('ha-z2m-current').topic ?? '',
        { ...(vector('ha-z2m-current').payload as object), unique_id: '0xa4c138493f8d6167_current' },
        true,
      ],
      ['zigbee2mqtt/DeumidificatoreC', { current: 41.5 }],
    ],
    farewell: ['zigbee2mqtt/bridge/state', { state: 'offline' }],
  }),
  // The day before is no counter: only the total beside it is read, as energy though it is called power.
  announced('ha-tasmota-old', '522851', 'e_imp', {
    messages: [
      published('ha-tasmota-old', true),
      ['homeassistant/sensor/522851_ENERGY_Total/config', TOTAL, true],
      ['tasmota01/tele/SENSOR', { ENERGY: { Yesterday: 1.7, Total: 41.5 } }],
    ],
    farewell: ['tasmota01/tele/LWT', 'Offline'],
  }),
  announced('ha-device-discovery', 'Plug 7', 'p', { farewell: ['plug7/online', 'offline'] }),
];

const efergy = (id: string): MqttSample => ({
  id,
  section: section('rtl433', {
    model: 'Efergy-e2CT',
    transmitter: decoded(id, 'device_id'),
    nominalVoltage: 230,
  }),
  messages: [published(id)],
  keys: { i: 'plug/i', s_at_230V: 'plug/s' },
  unpublished: { device_id: SELECTOR },
});
const esphome = (id: string, quantity: string, unit: string, more: Partial<MqttSample>): MqttSample => ({
  id,
  section: section('esphome', {
    prefix: levelOf(id, 0),
    values: [
      {
        quantity,
        sensor: levelOf(id, 2),
        unit,
        ...(quantity === 'e_imp' ? { resets: 'daily' } : {}),
      },
    ],
  }),
  messages: [published(id)],
  keys: {},
  ...more,
});
const statestream = (id: string, messages: readonly Message[], meaning: Meaning): MqttSample => ({
  id,
  section: section(
    'statestream',
    { values: [{ quantity: 'p', entity: 'sensor.fridge_power' }] },
    { base: 'ha' },
  ),
  messages,
  ...meaning,
});

const OTHERS: readonly MqttSample[] = [
  efergy('rtl433-efergy-test'),
  efergy('rtl433-efergy-live'),
  efergy('rtl433-efergy-live-2'),
  {
    id: 'rtl433-currentcost-2',
    section: section('rtl433', { model: 'CurrentCost-TX', transmitter: 3031 }),
    messages: [published('rtl433-currentcost-2')],
    keys: { p: 'plug/p' },
    unpublished: { device_id: SELECTOR },
  },
  esphome('esphome-power', 'p', 'W', { keys: { p: 'plug/p' } }),
  esphome('esphome-energy', 'e_imp', 'kWh', { keys: { e_yesterday: 'plug/e_imp' } }),
  esphome('esphome-nan', 'p', 'W', {
    messages: [published('esphome-nan'), ['plug/sensor/power/state', '5']],
    keys: { p: 'plug/p' },
    also: { 'plug/p': 5 },
  }),
  statestream(
    'ha-statestream-state',
    [['ha/sensor/fridge_power/unit_of_measurement', '"W"', true], published('ha-statestream-state')],
    { keys: { p: 'plug/p' } },
  ),
  statestream(
    'ha-statestream-unit',
    [published('ha-statestream-unit', true), ['ha/sensor/fridge_power/state', '41.5']],
    { keys: {}, unpublished: { unit: UNITS }, also: { 'plug/p': 41.5 } },
  ),
  {
    id: 'emonhub-mqtt',
    section: section('emonhub', { node: 'emonTx_3' }),
    messages: [published('emonhub-mqtt')],
    keys: { p: 'plug/p' },
  },
  {
    id: 'plugwise2py-mqtt-power',
    section: section('plugwise2py', { mac: '000D6F0001A1B2C3' }),
    messages: [published('plugwise2py-mqtt-power', true)],
    keys: { p: 'plug/p' },
    unpublished: { mac: SELECTOR, t: OWN_TIME },
    startAt: 1_405_452_427_000,
  },
  {
    id: 'enode-energy',
    section: section('mqtt-map', {
      values: [
        { topic: 'enode/aqs/from/energy', path: 'Va', quantity: 'v', unit: 'V' },
        { topic: 'enode/aqs/from/energy', path: 'Aa', quantity: 'i', unit: 'A' },
        { topic: 'enode/aqs/from/energy', path: 'Pa', quantity: 'p', unit: 'W' },
      ],
    }),
    messages: [published('enode-energy')],
    keys: { v: 'plug/v', i: 'plug/i', p: 'plug/p' },
  },
];

export const BRIDGED_SAMPLES: readonly MqttSample[] = [...DISCOVERY, ...OTHERS];
