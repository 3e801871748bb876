import type { ZigbeePlug } from './zigbee-plug.ts';

/** The descriptions that zigbee2mqtt keeps retained at its broker, as of its version 2. */

const VERSION = '2.6.1';
const COORDINATOR = '0x00124b0029e6d1f4';

/** `bridge/info` */
export function bridgeDescription(base: string) {
  return {
    version: VERSION,
    commit: 'a4b09bb2',
    coordinator: {
      ieee_address: COORDINATOR,
      type: 'ZStack3x0',
      meta: { maintrel: 1, majorrel: 2, minorrel: 7, product: 1, revision: 20240710, transportrev: 2 },
    },
    zigbee_herdsman: { version: '5.0.4' },
    zigbee_herdsman_converters: { version: '24.8.0' },
    network: { channel: 15, extended_pan_id: '0x9f3c1a7be2d04586', pan_id: 26207 },
    log_level: 'info',
    permit_join: false,
    restart_required: false,
    config: {
      advanced: {
        cache_state: true,
        cache_state_persistent: true,
        cache_state_send_on_startup: true,
        channel: 15,
        elapsed: false,
        last_seen: 'ISO_8601',
        log_level: 'info',
        output: 'json',
      },
      availability: {
        active: { backoff: true, max_jitter: 30000, pause_on_backoff_gt: 0, timeout: 10 },
        enabled: true,
        passive: { timeout: 1500 },
      },
      homeassistant: { enabled: false },
      mqtt: {
        base_topic: base,
        force_disable_retain: false,
        include_device_information: false,
        keepalive: 60,
        maximum_packet_size: 1048576,
        version: 4,
      },
      serial: { adapter: 'zstack' },
    },
  };
}

/** `bridge/devices` */
export function deviceDescriptions(plugs: readonly ZigbeePlug[]) {
  return [coordinator(), ...plugs.map((plug, index) => device(plug, 20_011 + 977 * index))];
}

function coordinator() {
  return {
    disabled: false,
    endpoints: {
      '1': { bindings: [], clusters: { input: [], output: [] }, configured_reportings: [], scenes: [] },
    },
    friendly_name: 'Coordinator',
    ieee_address: COORDINATOR,
    interview_completed: true,
    interview_state: 'SUCCESSFUL',
    interviewing: false,
    network_address: 0,
    supported: true,
    type: 'Coordinator',
  };
}

function device({ name, ieee }: ZigbeePlug, networkAddress: number) {
  const input = [
    'genBasic',
    'genIdentify',
    'genGroups',
    'genScenes',
    'genOnOff',
    'seMetering',
    'haElectricalMeasurement',
  ];
  return {
    date_code: '20231012',
    definition: {
      description: 'Smart plug',
      exposes: EXPOSES,
      model: 'SP 240',
      options: [],
      source: 'native',
      supports_ota: true,
      vendor: 'Innr',
    },
    disabled: false,
    endpoints: {
      '1': {
        bindings: [],
        clusters: { input, output: ['genOta'] },
        configured_reportings: REPORTINGS,
        scenes: [],
      },
    },
    friendly_name: name,
    ieee_address: ieee,
    interview_completed: true,
    interview_state: 'SUCCESSFUL',
    interviewing: false,
    manufacturer: 'innr',
    model_id: 'SP 240',
    network_address: networkAddress,
    power_source: 'Mains (single phase)',
    software_build_id: '1.8.5',
    supported: true,
    type: 'Router',
  };
}

// Access: 1 published, 2 settable, 4 gettable.
const numeric = (property: string, label: string, unit: string, description: string) => ({
  access: 5,
  category: 'diagnostic',
  description,
  label,
  name: property,
  property,
  type: 'numeric',
  unit,
});

const EXPOSES = [
  {
    features: [
      {
        access: 7,
        description: 'On/off state of the switch',
        label: 'State',
        name: 'state',
        property: 'state',
        type: 'binary',
        value_off: 'OFF',
        value_on: 'ON',
        value_toggle: 'TOGGLE',
      },
    ],
    type: 'switch',
  },
  numeric('power', 'Power', 'W', 'Instantaneous measured power'),
  numeric('current', 'Current', 'A', 'Instantaneous measured electrical current'),
  numeric('voltage', 'Voltage', 'V', 'Measured electrical potential value'),
  numeric('energy', 'Energy', 'kWh', 'Sum of consumed energy'),
  {
    access: 2,
    category: 'config',
    description: 'Initiate device identification',
    label: 'Identify',
    name: 'identify',
    property: 'identify',
    type: 'enum',
    values: ['identify'],
  },
  {
    access: 1,
    category: 'diagnostic',
    description: 'Link quality (signal strength)',
    label: 'Linkquality',
    name: 'linkquality',
    property: 'linkquality',
    type: 'numeric',
    unit: 'lqi',
    value_max: 255,
    value_min: 0,
  },
];

const reporting = (cluster: string, attribute: string, least: number, most: number, change: number) => ({
  attribute,
  cluster,
  maximum_report_interval: most,
  minimum_report_interval: least,
  reportable_change: change,
});

const REPORTINGS = [
  reporting('haElectricalMeasurement', 'activePower', 1, 60, 20),
  reporting('haElectricalMeasurement', 'rmsVoltage', 5, 300, 20),
  reporting('haElectricalMeasurement', 'rmsCurrent', 5, 300, 10),
  reporting('seMetering', 'currentSummDelivered', 10, 3600, 1),
];
