import { BRIDGE_DEVICES } from '../../unit/sources/mqtt-map/vectors.ts';

/** Topic, payload, whether the broker keeps it. */
export type Message = readonly [topic: string, payload: string | Buffer, retain?: boolean];

const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));

/** No number that was honestly sent has this value. */
const FORGED = 666;
/** What a text that is a number after all may be read as. */
export const TOLD_AS_TEXT = 41.5;

export interface Plug {
  readonly id: string;
  /** Says honestly that this much power flows; all it takes, from the description to the value. */
  readonly honest: (watts: number) => readonly Message[];
  /** Every topic at which the source listens for it. */
  readonly topics: readonly string[];
  /** A message that would be a reading, if this were `power`. */
  readonly shape: (power: unknown) => unknown;
}

const DISCOVERED = {
  ...{ device: { identifiers: ['plug7'], name: 'Plug 7' }, unique_id: 'plug7_power' },
  ...{ unit_of_measurement: 'W', state_topic: 'plug7/state', value_template: '{{ value_json.power }}' },
  availability_topic: 'plug7/online',
};

/** One plug for each kind of source that reads from a broker. */
export const PLUGS: readonly Plug[] = [
  {
    id: 'mapped',
    honest: (watts) => [['plugs/kettle', text({ power: watts })]],
    topics: ['plugs/kettle', 'plugs/kettle/online'],
    shape: (power) => ({ power }),
  },
  {
    id: 'zigbee',
    honest: (watts) => [
      ['zigbee2mqtt/bridge/state', text({ state: 'online' })],
      ['zigbee2mqtt/bridge/info', text({ config: { advanced: { cache_state: true } } })],
      ['zigbee2mqtt/bridge/devices', text(BRIDGE_DEVICES)],
      ['zigbee2mqtt/z1', text({ power: watts })],
    ],
    topics: [
      'zigbee2mqtt/z1',
      'zigbee2mqtt/z1/power',
      'zigbee2mqtt/z1/availability',
      'zigbee2mqtt/bridge/devices',
      'zigbee2mqtt/bridge/info',
      'zigbee2mqtt/bridge/state',
    ],
    shape: (power) => ({ power }),
  },
  {
    id: 'tasmota',
    honest: (watts) => [['tele/pow1/SENSOR', text({ ENERGY: { Power: watts } })]],
    topics: [
      'tele/pow1/SENSOR',
      'tele/pow1/STATE',
      'tele/pow1/LWT',
      'stat/pow1/STATUS10',
      'stat/pow1/RESULT',
    ],
    shape: (power) => ({ ENERGY: { Power: power }, StatusSNS: { ENERGY: { Power: power } } }),
  },
  {
    id: 'shelly1',
    honest: (watts) => [['shellies/sh1/relay/0/power', String(watts)]],
    topics: [
      'shellies/sh1/relay/0/power',
      'shellies/sh1/relay/0',
      'shellies/sh1/online',
      'shellies/sh1/info',
    ],
    shape: (power) => ({ meters: [{ power }] }),
  },
  {
    id: 'shelly2',
    honest: (watts) => [['sh2/status/switch:0', text({ id: 0, apower: watts })]],
    topics: ['sh2/status/switch:0', 'sh2/events/rpc', 'sh2/online', 'busbar/rpc'],
    shape: (power) => ({ id: 0, apower: power, params: { 'switch:0': { apower: power } } }),
  },
  {
    id: 'discovered',
    honest: (watts) => [
      ['homeassistant/sensor/plug7/power/config', text(DISCOVERED)],
      ['plug7/state', text({ power: watts })],
    ],
    topics: [
      'plug7/state',
      'plug7/online',
      'homeassistant/sensor/plug7/forged/config',
      'homeassistant/device/plug7/config',
    ],
    shape: (power) => ({ power }),
  },
  {
    id: 'radio',
    honest: (watts) => [['rtl_433/attic/events', text({ model: 'CurrentCost-TX', id: 7, power0_W: watts })]],
    topics: ['rtl_433/attic/events', 'rtl_433/devices/events'],
    shape: (power) => ({ model: 'CurrentCost-TX', id: 7, power0_W: power }),
  },
  {
    id: 'entity',
    honest: (watts) => [
      ['ha/sensor/fridge_power/unit_of_measurement', '"W"'],
      ['ha/sensor/fridge_power/state', String(watts)],
    ],
    topics: ['ha/sensor/fridge_power/state', 'ha/sensor/fridge_power/last_updated'],
    shape: (power) => ({ state: power }),
  },
  {
    id: 'esphome',
    honest: (watts) => [['attic/sensor/power/state', String(watts)]],
    topics: ['attic/sensor/power/state', 'attic/status'],
    shape: (power) => ({ state: power }),
  },
  {
    id: 'emon',
    honest: (watts) => [['emon/emonTx_3/power1', String(watts)]],
    topics: ['emon/emonTx_3/power1', 'emonhub/rx/3/values'],
    shape: (power) => ({ power1: power }),
  },
];

const deep = (open: string, close: string) => `${open.repeat(10_000)}1${close.repeat(10_000)}`;
const NUMBERS = [
  'NaN',
  'nan',
  '-NaN',
  'Infinity',
  '-Infinity',
  'inf',
  '1e999',
  '-1e999',
  '0x29a',
  '0b1',
  '0o7',
]
  .concat([
    '6_66',
    '6,66',
    '666W',
    '666 W',
    '--666',
    '666-',
    '6e',
    'e6',
    '.',
    '-',
    '+',
    '٦٦٦',
    '６６６',
    'true',
  ])
  .concat([
    'null',
    'unavailable',
    'unknown',
    'None',
    '',
    ' ',
    '\u0009',
    '[666]',
    '{"666":1}',
    '1e-9999x',
    '6 66',
  ]);
const AS_TEXT = [' 41.5', '41.5 ', '41.50', '4.15e1', '+41.5', '0041.5'];
const PROTOTYPES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'];

/** Bodies that are wrong everywhere, whatever the topic. */
const BODIES: readonly (string | Buffer)[] = [
  '',
  '{',
  '\u0000'.repeat(100),
  deep('{"a":', '}'),
  deep('[', ']'),
  deep('{"__proto__":', '}'),
  Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
  Buffer.from([0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5]),
  Buffer.alloc(4096),
  ...PROTOTYPES.map((name) => `{"${name}":{"power":${FORGED},"apower":${FORGED},"polluted":1}}`),
  ...PROTOTYPES.map((name) => `{"ENERGY":{"${name}":{"Power":${FORGED}}},"${name}":[{"${name}":1}]}`),
  ...PROTOTYPES.map((name) => `"${name}"`),
];

/** Every legal printable character, as a level of its own, and longer names of evil meaning. */
const LEVELS = Array.from({ length: 0x7f - 0x20 }, (_, n) => String.fromCharCode(0x20 + n))
  .filter((character) => !'+#/'.includes(character))
  .concat(['', 'ä', '日本', '😀', '\u00a0', '\u202e', '{{ x }}', '../..', 'x'.repeat(1000), ...PROTOTYPES]);

/** What an attacker publishes in one round; the names that are made up are new in every round. */
export function attack(round: number): Message[] {
  const every = PLUGS.flatMap(({ topics, shape }) =>
    topics.flatMap((topic) => [
      ...BODIES.map((body, n): Message => [topic, body, n % 3 === 0]),
      ...NUMBERS.flatMap((word): Message[] => [
        [topic, word],
        [topic, text(shape(word))],
      ]),
      ...AS_TEXT.map((word): Message => [topic, text(shape(word))]),
      ...PROTOTYPES.map((name): Message => [topic, text(shape(JSON.parse(`{"${name}":${FORGED}}`)))]),
    ]),
  );
  const levels = LEVELS.flatMap((level): Message[] => [
    [`zigbee2mqtt/${level}`, text({ power: FORGED })],
    [`zigbee2mqtt/z1/${level}`, String(FORGED)],
    [`tasmota/discovery/${level}/config`, text({ mac: level, t: level, ft: level })],
    [
      `homeassistant/sensor/${level}/config`,
      text({ ...DISCOVERED, device: { name: level }, unique_id: level }),
    ],
    [
      `homeassistant/device/${level}/config`,
      text({ dev: { ids: level }, cmps: { [level]: { p: 'sensor' } } }),
    ],
    [`rtl_433/${level}/events`, text({ model: level, id: level, power0_W: FORGED })],
    [`ha/sensor/fridge_power/${level}`, String(FORGED)],
    [`attic/sensor/${level}/state`, String(FORGED)],
    [`emon/emonTx_3/${level === 'power1' ? '' : level}`, String(FORGED)],
    [`shellies/sh1/${level}`, String(FORGED)],
    [`sh2/status/${level}`, text({ apower: FORGED })],
  ]);
  return [...every, ...levels, ...announcements(round), ...strangers(round), ...listOfThousands(round)];
}

function announcements(round: number): Message[] {
  return Array.from({ length: 1500 }, (_, n): Message => {
    const name = `forged ${round} ${n}`;
    const config = { ...DISCOVERED, device: { identifiers: [name], name }, unique_id: name };
    return [`homeassistant/sensor/${round}_${n}/config`, text({ ...config, state_topic: `s/${round}/${n}` })];
  });
}

/** Sound messages of devices that nobody listed. */
function strangers(round: number): Message[] {
  return Array.from({ length: 500 }, (_, n): Message[] => [
    [`zigbee2mqtt/stranger ${round} ${n}`, text({ power: FORGED })],
    [`tele/stranger${round}_${n}/SENSOR`, text({ ENERGY: { Power: FORGED } })],
    [
      'rtl_433/attic/events',
      text({ model: 'CurrentCost-TX', id: 10_000 + round * 500 + n, power0_W: FORGED }),
    ],
    [`emon/stranger${round}_${n}/power1`, String(FORGED)],
    [`shellies/stranger${round}_${n}/relay/0/power`, String(FORGED)],
  ]).flat();
}

function listOfThousands(round: number): Message[] {
  const names = [...PROTOTYPES, ...Array.from({ length: 4000 }, (_, n) => `stranger ${round} ${n}`)];
  const list = names.map((name, n) => ({
    ieee_address: `0x${(round * 10_000 + n).toString(16).padStart(16, '0')}`,
    friendly_name: name,
    definition: { model: name, vendor: name, exposes: [], options: 'o'.repeat(300) },
  }));
  return [['zigbee2mqtt/bridge/devices', text([...list, ...BRIDGE_DEVICES]), true]];
}

const HUGE = Buffer.alloc(10_000_000, '1');
const HUGE_OBJECT = Buffer.from(`{"power":"${'6'.repeat(10_000_000)}"}`);

/** Ten megabytes at one topic of each plug. */
export const HUGE_MESSAGES: readonly Message[] = PLUGS.flatMap(({ topics: [topic = 'x'] }, n): Message[] => [
  [topic, n % 2 === 0 ? HUGE : HUGE_OBJECT],
]);
