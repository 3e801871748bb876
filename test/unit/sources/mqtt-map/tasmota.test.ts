import { afterEach, expect, test } from 'vitest';
import { tasmotaRig } from './kind-rigs.ts';
import { keysOf, type MapperRig, NOON } from './mapper-rig.ts';
import { expectedValues, vector } from './vectors.ts';

let rig: MapperRig;
afterEach(() => rig.stop());

function start(...args: Parameters<typeof tasmotaRig>): MapperRig {
  rig = tasmotaRig(...args);
  return rig;
}

const DISCOVERED = {
  ip: '192.168.1.5',
  dn: 'Plug',
  hn: 'tasmota-1234',
  mac: 'CC50E3AABBCC',
  md: 'Nous A1T',
  ofln: 'weg',
  onln: 'da',
  sw: '14.2.0',
  t: 'wohnzimmer',
  ft: 'haus/%topic%/%prefix%/',
  tp: ['cmnd', 'stat', 'tele'],
};

test.each([
  ['tasmota-sensor-pow', { topic: 'pow1' }, {}],
  ['tasmota-status8', { topic: 'pow1' }, {}],
  ['tasmota-sensor-old', { topic: 'DVES_EA9716' }, {}],
  ['tasmota-teleinfo', { topic: 'teleinfo' }, { fullTopic: '%prefix%/' }],
])('decodes %s', (id, device, fields) => {
  start([device], { fields });
  rig.live(vector(id).topic, vector(id).payload);
  expect(rig.samples()).toEqual([expectedValues(vector(id))]);
});

test('takes the arrival as time where the message has no zone', () => {
  start([{ topic: 'pow1' }]);
  rig.live('tele/pow1/SENSOR', vector('tasmota-sensor-pow').payload);
  expect(rig.rawSamples()[0]?.takenAt).toBe(NOON);
});

test('takes the time of the message where it has a zone and is recent', () => {
  start([{ topic: 'pow1' }]);
  rig.live('tele/pow1/SENSOR', { Time: '2026-11-22T12:59:58+01:00', ENERGY: { Power: 5 } });
  expect(rig.rawSamples()[0]?.takenAt).toBe(NOON - 2000);
});

test('learns from the description which values there are, and takes none of its figures', () => {
  start([{ mac: 'CC:50:E3:AA:BB:CC' }]);
  rig.retained('tasmota/discovery/CC50E3AABBCC/config', DISCOVERED);
  rig.retained('tasmota/discovery/CC50E3AABBCC/sensors', vector('tasmota-discovery-sensors').payload);
  expect(rig.samples()).toEqual([]);
  expect(keysOf(rig.device('plug'))).toEqual(['p', 'e_imp', 'v', 'i', 'q', 's', 'pf']);
  expect(rig.device('plug')).toMatchObject({
    model: 'Nous A1T',
    identity: 'CC50E3AABBCC',
    address: 'wohnzimmer',
  });
});

test('finds a device by its MAC, with its own topics and words', async () => {
  start([{ mac: 'cc50e3aabbcc' }]);
  await rig.clock.advance(10_000);
  expect(rig.published).toEqual([]);
  rig.retained('tasmota/discovery/CC50E3AABBCC/config', DISCOVERED);
  expect(rig.subscribed).toContain('haus/wohnzimmer/stat/STATUS10');
  await rig.clock.advance(10_000);
  expect(rig.published).toEqual([{ topic: 'haus/wohnzimmer/cmnd/Status', payload: '10' }]);
  rig.live('haus/wohnzimmer/stat/STATUS10', { StatusSNS: { ENERGY: { Power: 7 } } });
  expect(rig.samples()).toEqual([{ p: 7 }]);
  rig.live('haus/wohnzimmer/tele/LWT', 'weg');
  expect(rig.availability()).toEqual(['plug offline']);
});

test('asks old firmware by its own number, once it was found to answer that', async () => {
  start([{ topic: 'pow1' }]);
  await rig.clock.advance(150_000);
  expect(rig.published.map(({ payload }) => payload).slice(0, 4)).toEqual(['10', '10', '8', '8']);
  rig.live('stat/pow1/STATUS8', vector('tasmota-status8').payload);
  const before = rig.published.length;
  await rig.clock.advance(10_000);
  expect(rig.published.slice(before).map(({ payload }) => payload)).toEqual(['8']);
});

test('asks on whole intervals of the wall clock', async () => {
  start([{ topic: 'pow1' }], { startAt: NOON + 3300 });
  await rig.clock.advance(6600);
  expect(rig.published).toEqual([]);
  await rig.clock.advance(110);
  expect(rig.published).toEqual([{ topic: 'cmnd/pow1/Status', payload: '10' }]);
});

test.each([
  ['Offline', ['plug offline']],
  ['Online', []],
  ['offline', []],
])('hears the last will %s', (word, expected) => {
  start([{ topic: 'pow1' }]);
  rig.retained('tele/pow1/LWT', word);
  expect(rig.availability()).toEqual(expected);
});

test('reads lists as the lines of a device, with their sum, where that is said', () => {
  start([{ topic: 'em', phases: true }]);
  rig.live('tele/em/SENSOR', {
    ENERGY: { Total: 12.5, Power: [100, 200, 300], Voltage: [230, 231, 232], Frequency: 50 },
  });
  expect(rig.samples()).toEqual([
    { p: 600, p_l1: 100, p_l2: 200, p_l3: 300, v_l1: 230, v_l2: 231, v_l3: 232, f: 50, e_imp: 12.5 },
  ]);
});

test('reads one relay of several, and only what belongs to it', async () => {
  start([
    { id: 'one', topic: 'dual', channel: 1 },
    { id: 'two', topic: 'dual', channel: 2 },
  ]);
  rig.live('tele/dual/SENSOR', {
    ENERGY: { Total: 12.5, Power: [10, 20], Voltage: 230, Current: [0.1, 0.2] },
  });
  rig.live('stat/dual/RESULT', { POWER2: 'OFF' });
  expect(rig.samples()).toEqual([{ p: 10, v: 230, i: 0.1 }, { p: 20, v: 230, i: 0.2 }, { relay: 0 }]);
  await rig.clock.advance(10_000);
  expect(rig.published).toHaveLength(1);
});

test('takes no reading from a list whose meaning nobody told, and says so once', () => {
  start([{ topic: 'dual' }]);
  rig.live('tele/dual/SENSOR', { ENERGY: { Power: [10, 20], Voltage: 230 } });
  rig.live('tele/dual/SENSOR', { ENERGY: { Power: [10, 20], Voltage: 230 } });
  expect(rig.samples()).toEqual([{ v: 230 }, { v: 230 }]);
  expect(rig.notices()).toEqual(['plug-lists']);
});

test('takes a retained message for none, unless it holds its own recent time', () => {
  start([{ topic: 'pow1' }]);
  rig.retained('tele/pow1/SENSOR', vector('tasmota-sensor-pow').payload);
  expect(rig.samples()).toEqual([]);
  rig.retained('tele/pow1/SENSOR', { Time: '2026-11-22T12:00:00Z', ENERGY: { Power: 5 } });
  expect(rig.samples()).toEqual([{ p: 5 }]);
});

test('turns a device round that is installed backwards', () => {
  start([{ topic: 'pv', invert: true }]);
  rig.live('tele/pv/SENSOR', { ENERGY: { Power: 300, Total: 5, ExportActive: 2 } });
  expect(rig.samples()).toEqual([{ p: -300, e_exp: 5, e_imp: 2 }]);
  expect(keysOf(rig.device('plug'))).toEqual(['p', 'e_exp', 'v', 'i', 'e_imp']);
});

test.each([
  ['{"Time":"2026","ENERGY":{"Power":nan}}'],
  ['{"ENERGY":{"Power":"nan","Voltage":null,"Current":"unavailable","Total":""}}'],
  ['{"ENERGY":5}'],
  ['[]'],
  [''],
  ['{"__proto__":{"ENERGY":{"Power":5}}}'],
])('takes %s for no reading', (payload) => {
  start([{ topic: 'pow1' }]);
  rig.live('tele/pow1/SENSOR', payload);
  expect(rig.samples()).toEqual([]);
});
