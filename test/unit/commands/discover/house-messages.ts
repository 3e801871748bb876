/** What the programs of a whole house leave on a broker: topic, payload. */
export const HOUSE_MESSAGES: readonly (readonly [topic: string, payload: unknown])[] = [
  [
    'zigbee2mqtt/bridge/devices',
    [
      {
        ieee_address: '0x00124b0000000001',
        friendly_name: 'Coordinator',
        type: 'Coordinator',
        definition: null,
      },
      {
        ieee_address: '0xa4c138280528b031',
        friendly_name: 'Küche/Kaffee',
        definition: {
          model: 'TS011F_plug_1',
          exposes: [
            { type: 'numeric', name: 'power', property: 'power', unit: 'W', access: 5 },
            { type: 'numeric', name: 'voltage', property: 'voltage', unit: 'V', access: 5 },
            { type: 'numeric', name: 'energy', property: 'energy', unit: 'kWh', access: 1 },
          ],
        },
      },
      {
        ieee_address: '0xa4c138280528b032',
        friendly_name: 'Door',
        definition: {
          model: 'MCCGQ11LM',
          exposes: [{ type: 'numeric', name: 'voltage', property: 'voltage', unit: 'mV', access: 1 }],
        },
      },
    ],
  ],
  ['zigbee2mqtt/Küche/Kaffee', { power: 912.5, voltage: 231, energy: 17.31 }],
  [
    'homeassistant/sensor/0xa4c138280528b031/power/config',
    {
      device: { identifiers: ['zigbee2mqtt_0xa4c138280528b031'], name: 'Küche/Kaffee' },
      state_topic: 'zigbee2mqtt/Küche/Kaffee',
      unit_of_measurement: 'W',
      value_template: '{{ value_json.power }}',
      unique_id: '0xa4c138280528b031_power_zigbee2mqtt',
    },
  ],
  [
    'tasmota/discovery/CC50E3000001/config',
    {
      dn: 'Dryer',
      t: 'tasmota_1A2B3C',
      ft: '%prefix%/%topic%/',
      tp: ['cmnd', 'stat', 'tele'],
      onln: 'Online',
      ofln: 'Offline',
    },
  ],
  [
    'tasmota/discovery/CC50E3000001/sensors',
    { sn: { ENERGY: { Total: 261.244, Power: 76.2, Voltage: 231 } }, ver: 1 },
  ],
  ['tele/old_pow/SENSOR', { Time: '2026-01-01T00:00:00', ENERGY: { Total: 1.5, Power: [10, 20] } }],
  ['shellies/shellyplug-s-12AB34/relay/0/power', '55.15'],
  ['shellies/shellyplug-s-12AB34/relay/0/energy', '81010'],
  ['shellies/shellyplug-s-12AB34/online', 'true'],
  ['shellies/shellyem3-AABBCC/emeter/0/power', '100'],
  ['shellies/shellyem3-AABBCC/emeter/1/power', '200'],
  ['shellies/shellyem3-AABBCC/emeter/2/power', '300'],
  [
    'shellyplusplugs-3ce90e304de4/status/switch:0',
    { id: 0, output: true, apower: 0.8, voltage: 231.5, current: 0.014, aenergy: { total: 1936 } },
  ],
  [
    'garage/meter/events/rpc',
    {
      src: 'shellypro3em-0cb815fc5ea0',
      method: 'NotifyStatus',
      params: { ts: 1, 'em:0': { a_act_power: 2403.7, a_voltage: 233.3, total_act_power: 3048.1 } },
    },
  ],
  ['attic-powerwall/status', 'online'],
  ['attic-powerwall/sensor/inverter0_power_demand/state', '190'],
  [
    'homeassistant/sensor/attic-powerwall/inverter0_power_demand/config',
    {
      name: 'demand',
      dev: { ids: 'a1b2', name: 'attic-powerwall' },
      stat_t: 'attic-powerwall/sensor/inverter0_power_demand/state',
      unit_of_meas: 'W',
      dev_cla: 'power',
    },
  ],
  ['emon/emonTx_3/power1', '2420'],
  ['emon/emonTx_3/power3', '116'],
  ['emon/emonTx_3/vrms', '128.08'],
  ['rtl_433/attic/events', { time: '@0.0s', model: 'Efergy-e2CT', id: 59956, current: 0.62 }],
  ['rtl_433/attic/events', { time: '@0.1s', model: 'CurrentCost-TX', id: 3031, power0_W: 385 }],
  ['rtl_433/attic/events', { time: '@0.2s', model: 'Nexus-TH', id: 12, temperature_C: 20 }],
  ['ha/sensor/fridge_power/state', '12.3'],
  ['ha/sensor/fridge_power/unit_of_measurement', '"W"'],
  ['ha/sensor/fridge_energy/state', '3.4'],
  ['ha/sensor/fridge_energy/unit_of_measurement', '"kWh"'],
  ['ha/sensor/fridge_energy/state_class', '"total_increasing"'],
  ['ha/sensor/hall_temperature/state', '20'],
  ['ha/sensor/hall_temperature/unit_of_measurement', '"°C"'],
  [
    'plugwise2py/state/power/000D6F0001A1B2C3',
    { typ: 'pwpower', ts: 1405452425, mac: '000D6F0001A1B2C3', power: 9.78 },
  ],
  [
    'plugwise2py/state/circle/000D6F0001A1B2C3',
    { powerts: 1405452834, name: 'circle4', power8s: 109.218, switch: 'on' },
  ],
  [
    'homeassistant/device/plug7/config',
    {
      dev: { ids: ['plug7'], name: 'Plug 7' },
      o: { name: 'example' },
      cmps: {
        power: { p: 'sensor', unit_of_meas: 'W', val_tpl: '{{ value_json.power }}', uniq_id: 'plug7_power' },
      },
      stat_t: 'plug7/state',
    },
  ],
  ['plug7/state', { power: 5 }],
  ['house/mains/p', '1234.5'],
  ['house/mains/state', { ts: '2026-01-01T00:00:00Z', seq: 1, p: 1234.5 }],
  ['some/noise', 'nothing'],
];

export const bytesOf = (payload: unknown) =>
  Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));

/** What `discover` has to find in it: kind, name, values. */
export const HOUSE_FINDINGS = [
  'emonhub: emonTx_3 1: p 2420, v 128.08',
  'emonhub: emonTx_3 3: p 116, v 128.08',
  'esphome: attic-powerwall: p 190',
  'ha-discovery: Plug 7: p 5',
  'plugwise2py: circle4: p 109.218',
  'rtl433: CurrentCost-TX 3031: p 385',
  'rtl433: Efergy-e2CT 59956: i 0.62',
  'shelly-gen1: shellyem3-AABBCC: p_l1 100, p_l2 200, p_l3 300',
  'shelly-gen1: shellyplug-s-12AB34: p 55.15, e_imp 1.35',
  'shelly-gen2: garage/meter: p 3048.1, p_l1 2403.7, v_l1 233.3',
  'shelly-gen2: shellyplusplugs-3ce90e304de4: p 0.8, v 231.5, i 0.014, e_imp 1.936, relay 1',
  'statestream: fridge: p 12.3, e_imp 3.4',
  'tasmota: Dryer: p 76.2, v 231, e_imp 261.244',
  'tasmota: old_pow 1: p 10',
  'tasmota: old_pow 2: p 20',
  'zigbee2mqtt: Küche/Kaffee: p 912.5, v 231, e_imp 17.31',
];
