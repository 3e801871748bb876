import { decoded, type Meaning, textOf, vector } from './published.ts';

/** What comes on a serial line. */
export interface LineSample extends Meaning {
  readonly id: string;
  /** Without `connection`. */
  readonly section: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
}

const HOUSE = { id: 'plug' };
const SELECTOR = 'says whose message it is';
const NO_QUANTITY = 'is not electricity';
const line = (id: string) => Buffer.from(`${textOf(id)}\r\n`);
const frame = (id: string) => Buffer.from(vector(id).hex ?? '', 'hex');
const FRAME = {
  frame_type: 'says which frame it is',
  src64: SELECTOR,
  src16: SELECTOR,
  ...{ dio2: NO_QUANTITY, dio3: NO_QUANTITY, dio4: NO_QUANTITY },
};

const xbee = (address: string, values: readonly object[]) => ({
  type: 'xbee',
  devices: [{ ...HOUSE, address, values }],
});
const millivolts = (quantity: string, channel: number) => ({ quantity, channel, per: 'mV' });
const counts = (quantity: string, channel: number) => ({ quantity, channel, per: 'count' });
const ONE_INPUT = xbee('0013A20040522BAA', [millivolts('p', 1), counts('s', 1)]);

export const LINE_SAMPLES: readonly LineSample[] = [
  {
    id: 'currentcost-cc128',
    section: {
      type: 'currentcost',
      devices: [{ ...HOUSE, sensor: 0, radio: 3583, temperature: true }],
    },
    bytes: line('currentcost-cc128'),
    keys: { p: 'plug/p', temperature: 'plug/temp' },
    unpublished: {
      sensor: SELECTOR,
      device_id: SELECTOR,
      device_time: 'the display knows no date and no zone: the time of arrival counts',
    },
  },
  {
    id: 'currentcost-classic',
    section: { type: 'currentcost', model: 'classic', devices: [{ ...HOUSE, sensor: 0, radio: 77 }] },
    bytes: line('currentcost-classic'),
    keys: { p: 'plug/p' },
    unpublished: { device_id: SELECTOR },
  },
  {
    id: 'ecomanager-trx-line',
    section: {
      type: 'ecomanager',
      devices: [1, 3].map((sensor) => ({ id: `sensor${sensor}`, radio: 123, sensor })),
    },
    bytes: line('ecomanager-trx-line'),
    keys: { sensor1: 'sensor1/p', sensor3: 'sensor3/p', relay: 'sensor1/relay' },
    unpublished: {
      device_id: SELECTOR,
      t_millis: 'time since the receiver was started',
      reply_to_poll: 'says how the line came about',
    },
    also: { 'sensor3/relay': 1 },
  },
  {
    id: 'emonhub-frame-emontx3',
    section: {
      type: 'emontx',
      devices: [
        {
          ...HOUSE,
          node: 8,
          values: [
            { quantity: 'p_l1', field: 'power1' },
            { quantity: 'p_l2', field: 'power2' },
            { quantity: 'p_l3', field: 'power3' },
            { quantity: 'p', field: 'power4' },
            { quantity: 'v', field: 'vrms' },
            { quantity: 'temp', field: 'temp1' },
          ],
        },
      ],
    },
    bytes: line('emonhub-frame-emontx3'),
    keys: { power1: 'plug/p_l1', power2: 'plug/p_l2', power3: 'plug/p_l3', power4: 'plug/p', vrms: 'plug/v' },
    unpublished: {
      node: SELECTOR,
      temp1_6: '300 is no sensor: asked for as temp, and no reading',
      pulse: 'pulses are of no known energy',
      rssi: NO_QUANTITY,
    },
  },
  {
    id: 'xbee-io-sample-92',
    section: ONE_INPUT,
    bytes: frame('xbee-io-sample-92'),
    keys: { ad1: 'plug/p', ad1_raw: 'plug/s' },
    unpublished: FRAME,
    tolerance: 1e-3,
  },
  {
    id: 'xbee-io-sample-92-two',
    section: xbee('0013A200415B7ED6', [
      millivolts('p_l1', 2),
      counts('s_l1', 2),
      millivolts('p_l2', 3),
      counts('s_l2', 3),
    ]),
    bytes: frame('xbee-io-sample-92-two'),
    keys: { ad2: 'plug/p_l1', ad2_raw: 'plug/s_l1', ad3: 'plug/p_l2', ad3_raw: 'plug/s_l2' },
    unpublished: FRAME,
  },
  {
    // Nothing in it is a number: the frame behind it is read, and it alone.
    id: 'xbee-rx-90',
    section: ONE_INPUT,
    bytes: Buffer.concat([frame('xbee-rx-90'), frame('xbee-io-sample-92')]),
    keys: {},
    unpublished: { ...FRAME, data_ascii: 'is no number' },
    also: { 'plug/p': 644, 'plug/s': 549 },
    tolerance: 1e-3,
  },
];

export interface PageSample extends Meaning {
  readonly id: string;
  /** Without `url`. */
  readonly section: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly page: string;
}

const ted = (type: string, device: object) => ({ type, devices: [{ ...HOUSE, interval: 1, ...device }] });
const live = (inner: string) => `<?xml version="1.0"?><LiveData>${inner}</LiveData>`;
const MONTH = 'one counter of a direction: that of the day, which the counters’ keeper makes a lifetime of';
const CHECK = 'made of p and s by who published it; the page has no such value of its own';
const DAY_AND_MONTH = { keys: { p: 'plug/p', e_today: 'plug/e_imp' }, unpublished: { e_month: MONTH } };

export const PAGE_SAMPLES: readonly PageSample[] = [
  {
    id: 'ted5000-livedata-total',
    section: ted('ted5000', { mtu: 0 }),
    path: '/api/LiveData.xml',
    page: live(`<Power>${textOf('ted5000-livedata-total')}</Power>`),
    keys: { ...DAY_AND_MONTH.keys, s: 'plug/s' },
    unpublished: { e_month: MONTH, pf_from_p_over_s: CHECK },
  },
  {
    id: 'ted5000-livedata-voltage',
    section: ted('ted5000', { mtu: 0 }),
    path: '/api/LiveData.xml',
    page: live(textOf('ted5000-livedata-voltage')),
    keys: { v: 'plug/v' },
  },
  {
    id: 'ted6000-dash',
    section: ted('ted6000', { mtu: 0 }),
    path: '/api/DashData.xml',
    page: textOf('ted6000-dash'),
    ...DAY_AND_MONTH,
  },
  {
    id: 'ted6000-mtu',
    section: ted('ted6000', { mtu: 1 }),
    path: '/api/SystemOverview.xml',
    page: textOf('ted6000-mtu'),
    keys: { p: 'plug/p', s: 'plug/s', pf: 'plug/pf', v: 'plug/v' },
    unpublished: { pf_from_p_over_s: CHECK },
  },
  {
    id: 'ted6000-spyder',
    section: ted('ted6000', { spyder: 1, group: 1 }),
    path: '/api/SpyderData.xml',
    page: textOf('ted6000-spyder'),
    ...DAY_AND_MONTH,
  },
];

/** Sines as a converter would give them, in its steps. */
export interface WaveSample extends Meaning {
  readonly id: string;
  readonly rate: number;
  readonly hz: number;
  readonly vRmsSteps: number;
  readonly iRmsSteps: number;
  readonly lagDeg: number;
  readonly voltsPerStep: number;
  readonly ampsPerStep: number;
}

const OWN_NAME = Object.fromEntries(
  ['p', 'q', 's', 'v', 'i', 'pf', 'f'].map((code) => [code, `plug/${code}`]),
);

function synthetic(id: string): WaveSample {
  const payload = vector(id).payload as Record<string, number>; // a file of this repository
  const [voltsPerStep, ampsPerStep] = [400 / 2 ** 31, 20 / 2 ** 31];
  return {
    id,
    rate: payload.rate ?? 0,
    hz: payload.frequency_hz ?? 0,
    vRmsSteps: (payload.v_rms ?? 0) / voltsPerStep,
    iRmsSteps: (payload.i_rms ?? 0) / ampsPerStep,
    lagDeg: payload.i_lags_v_deg ?? 0,
    voltsPerStep,
    ampsPerStep,
    keys: OWN_NAME,
    tolerance: 1e-3,
  };
}

/** Half of full scale on both channels, which is what one of the published figures is for. */
function calibration(id: string): WaveSample {
  const half = 2 ** 30 / Math.SQRT2;
  const volts = Number(decoded(id, 'v_rms_at_sine_half_scale'));
  const amps = Number(decoded(id, 'full_scale_i_peak')) / 2 / Math.SQRT2;
  return {
    id,
    ...{ rate: 16_000, hz: 50, vRmsSteps: half, iRmsSteps: half, lagDeg: 0 },
    voltsPerStep: Number(decoded(id, 'volts_per_step')),
    ampsPerStep: Number(decoded(id, 'amps_per_step')),
    keys: { v_rms_at_sine_half_scale: 'plug/v' },
    unpublished: {
      volts_per_step: 'goes into the configuration',
      amps_per_step: 'goes into the configuration',
      full_scale_v_peak: 'twice the peak of the voltage that comes out',
      full_scale_i_peak: 'half of it is the peak of the current that comes out',
    },
    also: {
      'plug/i': amps,
      'plug/p': volts * amps,
      'plug/s': volts * amps,
      'plug/q': 0,
      'plug/pf': 1,
      'plug/f': 50,
    },
    tolerance: 1e-3,
  };
}

export const WAVE_SAMPLES: readonly WaveSample[] = [
  ...['lag60', 'lead30', 'export'].map((name) => synthetic(`waveform-synthetic-${name}`)),
  ...['house1', 'house2'].map((name) => calibration(`waveform-ukdale-calibration-${name}`)),
];
