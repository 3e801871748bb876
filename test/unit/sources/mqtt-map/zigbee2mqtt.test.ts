import { afterEach, expect, test } from 'vitest';
import { zigbeeRig } from './kind-rigs.ts';
import { keysOf, type MapperRig } from './mapper-rig.ts';
import { absentKeys, BRIDGE_DEVICES, expectedValues, vector } from './vectors.ts';

const PLUG = { device: 'z1', intervalMs: 10_000 };
const GATHER_MS = 400;
let rig: MapperRig;

afterEach(() => rig.stop());

function start(...args: Parameters<typeof zigbeeRig>): MapperRig {
  rig = zigbeeRig(...args);
  rig.retained('zigbee2mqtt/bridge/devices', BRIDGE_DEVICES);
  return rig;
}

async function samples() {
  await rig.clock.advance(GATHER_MS);
  return rig.samples();
}

test.each([
  ['z2m-z1', { device: 'z1' }, 'zigbee2mqtt/z1'],
  ['z2m-z1-attribute', { device: 'z1' }, 'zigbee2mqtt/z1/power'],
  ['z2m-sentinel', { device: 'Kitchen power Point PM' }, 'zigbee2mqtt/Kitchen power Point PM'],
  ['z2m-two-gang', { device: '0xA4C1380000000003' }, 'zigbee2mqtt/Flur/Zähler 2-fach'],
])('decodes %s where the cache is trusted', async (id, device, topic) => {
  start([{ ...device, trustCache: true }]);
  rig.live(topic, vector(id).payload);
  const [sample = {}, ...more] = await samples();
  expect(more).toEqual([]);
  expect(sample).toMatchObject(expectedValues(vector(id)));
  for (const key of absentKeys(vector(id))) expect(sample).not.toHaveProperty(key);
});

test('takes no reading from a state that only repeats what zigbee2mqtt remembers', async () => {
  start([PLUG]);
  const state = { power: 88, current: 0.4, voltage: 230, energy: 1, linkquality: 50 };
  rig.live('zigbee2mqtt/z1', state);
  rig.live('zigbee2mqtt/z1', { ...state, linkquality: 60 });
  rig.live('zigbee2mqtt/z1', { ...state, linkquality: 70 });
  expect(await samples()).toEqual([]);
  expect(rig.ignored().repeated).toBe(12);
});

test('takes exactly the values that have changed', async () => {
  start([PLUG]);
  rig.live('zigbee2mqtt/z1', { power: 88, current: 0.4, voltage: 230 });
  rig.live('zigbee2mqtt/z1', { power: 91, current: 0.4, voltage: 230 });
  expect(await samples()).toEqual([{ p: 91 }]);
});

test('takes retained states only as what was seen last', async () => {
  start([PLUG]);
  rig.retained('zigbee2mqtt/z1', { power: 88, voltage: 230 });
  expect(await samples()).toEqual([]);
  rig.live('zigbee2mqtt/z1', { power: 88, voltage: 231 });
  expect(await samples()).toEqual([{ v: 231 }]);
});

test('asks for power first and takes the answers one by one, though nothing changed', async () => {
  start([PLUG]);
  rig.retained('zigbee2mqtt/z1', { power: 88, current: 0.4, voltage: 230, energy: 1 });
  await rig.clock.advance(10_000);
  expect(rig.published).toEqual([
    { topic: 'zigbee2mqtt/z1/get', payload: '{"power":"","current":"","voltage":"","state":""}' },
  ]);
  const state = { power: 88, current: 0.4, voltage: 230, energy: 1 };
  rig.live('zigbee2mqtt/z1', state);
  rig.live('zigbee2mqtt/z1', state);
  rig.live('zigbee2mqtt/z1', state);
  expect(await samples()).toEqual([{ p: 88, i: 0.4, v: 230 }]);
  rig.live('zigbee2mqtt/z1', state);
  expect(await samples()).toEqual([]);
});

test('takes the first answer for the first attribute only: the others are still what was remembered', async () => {
  start([PLUG]);
  const state = { power: 88, current: 0.4, voltage: 230 };
  rig.retained('zigbee2mqtt/z1', state);
  await rig.clock.advance(10_000);
  rig.live('zigbee2mqtt/z1', state);
  expect(await samples()).toEqual([{ p: 88 }]);
  rig.live('zigbee2mqtt/z1', state);
  expect(await samples()).toEqual([{ i: 0.4 }]);
});

test('takes a value that changed during the answers once', async () => {
  start([PLUG]);
  rig.retained('zigbee2mqtt/z1', { power: 88, current: 0.4, voltage: 230 });
  await rig.clock.advance(10_000);
  for (let answers = 0; answers < 3; answers++)
    rig.live('zigbee2mqtt/z1', { power: 88, current: 0.4, voltage: 231 });
  expect(await samples()).toEqual([{ p: 88, i: 0.4, v: 231 }]);
});

test('takes no repeated value as the answer once the time for it is over', async () => {
  start([PLUG]);
  rig.retained('zigbee2mqtt/z1', { power: 88 });
  await rig.clock.advance(10_000);
  expect(rig.published).toHaveLength(1);
  await rig.clock.advance(5500);
  rig.live('zigbee2mqtt/z1', { power: 88 });
  expect(await samples()).toEqual([]);
});

test('asks a device that does not answer less and less often', async () => {
  start([PLUG]);
  await rig.clock.advance(10 * 60_000);
  expect(rig.published.length).toBeLessThan(9);
  expect(rig.published.length).toBeGreaterThan(4);
});

test('asks each device at its own time', async () => {
  start([
    { id: 'a', device: 'z1' },
    { id: 'b', device: 'Kitchen power Point PM' },
  ]);
  await rig.clock.advance(5500);
  expect(rig.published.map(({ topic }) => topic)).toEqual(['zigbee2mqtt/Kitchen power Point PM/get']);
});

test('takes every value as fresh where zigbee2mqtt keeps no cache', async () => {
  start([PLUG]);
  rig.retained('zigbee2mqtt/bridge/info', { config: { advanced: { cache_state: false, output: 'json' } } });
  rig.live('zigbee2mqtt/z1', { power: 88 });
  rig.live('zigbee2mqtt/z1', { power: 88 });
  expect(await samples()).toEqual([{ p: 88 }, { p: 88 }]);
});

test('takes 0 W with a current for no reading, and the true 0 W that follows for one', async () => {
  start([PLUG]);
  rig.live('zigbee2mqtt/z1', { power: 60, current: 0.26, voltage: 231 });
  rig.live('zigbee2mqtt/z1', { power: 0, current: 0.26, voltage: 231 });
  expect(await samples()).toEqual([]);
  expect(rig.ignored().false_zero).toBe(1);
  rig.live('zigbee2mqtt/z1', { power: 0, current: 0, voltage: 231 });
  expect(await samples()).toEqual([{ p: 0, i: 0 }]);
});

test('takes a power factor of 0 beside a power for no reading', async () => {
  start([{ device: 'Flur/Zähler 2-fach', trustCache: true }]);
  const say = (state: object) => rig.live('zigbee2mqtt/Flur/Zähler 2-fach', state);
  say({ power_l1: 8, power_apparent_l1: 9, power_factor_l1: 0 });
  say({ power_l1: 1, power_factor_l1: 0 });
  expect(await samples()).toEqual([{ p_l1: 8, s_l1: 9 }, { p_l1: 1 }]);
  say({ power_l1: 0.3, power_apparent_l1: 9, power_factor_l1: 0 });
  expect(await samples()).toEqual([{ p_l1: 0.3, s_l1: 9, pf_l1: 0 }]);
  expect(rig.ignored().false_zero).toBe(2);
});

test('follows a device that is renamed', async () => {
  start([PLUG]);
  rig.live('zigbee2mqtt/z1', { power: 1 });
  rig.live(
    'zigbee2mqtt/bridge/devices',
    BRIDGE_DEVICES.map((each) =>
      each.friendly_name === 'z1' ? { ...each, friendly_name: 'Küche/z 1' } : each,
    ),
  );
  rig.live('zigbee2mqtt/Küche/z 1', { power: 2 });
  rig.live('zigbee2mqtt/z1', { power: 3 });
  expect(await samples()).toEqual([{ p: 2 }]);
  expect(rig.device('plug')?.address).toBe('Küche/z 1');
});

test('tells the quantities, the model and the address of a device from its description', () => {
  start([PLUG, { id: 'meter', device: '0xa4c1380000000006' }]);
  const plug = rig.device('plug');
  expect(keysOf(plug)).toEqual(['relay', 'p', 'i', 'v', 'e_imp']);
  expect(plug).toMatchObject({
    model: 'TS011F_plug_3',
    manufacturer: 'TuYa',
    identity: '0xa4c1380000000001',
  });
  const meter = rig.device('meter');
  expect(keysOf(meter)).toContain('v_l1');
  expect(keysOf(meter)).toContain('p_l2');
  expect(meter?.lines).toBe(3);
  expect(
    meter?.quantities.find(({ code, phase }) => code === 'p' && phase === undefined)?.doubt,
  ).toBeDefined();
});

test('reads one socket of a device with several', async () => {
  start([
    { id: 'left', device: 'Flur/Zähler 2-fach', endpoint: 'l1', trustCache: true },
    { id: 'right', device: 'Flur/Zähler 2-fach', endpoint: 'l2', trustCache: true },
  ]);
  rig.live('zigbee2mqtt/Flur/Zähler 2-fach', { power_l1: 8, power_l2: 0, voltage_l1: 228.08 });
  expect(await samples()).toEqual([{ p: 8, v: 228.08 }, { p: 0 }]);
});

test('reads millivolts of a battery device as volts', async () => {
  start([{ device: 'battery sensor', trustCache: true }]);
  rig.live('zigbee2mqtt/battery sensor', { temperature: 21.5, voltage: 2900, battery: 90 });
  expect(await samples()).toEqual([{ temp: 21.5, v: 2.9 }]);
});

test.each([['{"state":"offline"}'], ['offline']])('is offline when zigbee2mqtt says %s', async (payload) => {
  start([{ ...PLUG, trustCache: true }]);
  rig.live('zigbee2mqtt/z1', { power: 5 });
  await samples();
  rig.retained('zigbee2mqtt/z1/availability', payload);
  expect(rig.availability()).toEqual(['plug offline']);
});

test('takes all devices offline when zigbee2mqtt stops, and takes nothing from its memory after a restart', async () => {
  start([PLUG]);
  rig.live('zigbee2mqtt/z1', { power: 50 });
  rig.live('zigbee2mqtt/z1', { power: 60 });
  expect(await samples()).toEqual([{ p: 60 }]);
  rig.live('zigbee2mqtt/bridge/state', '{"state":"offline"}');
  expect(rig.availability()).toEqual(['plug offline']);
  rig.live('zigbee2mqtt/bridge/state', 'online');
  rig.live('zigbee2mqtt/z1', { power: 50 });
  expect(await samples()).toEqual([]);
  rig.live('zigbee2mqtt/z1', { power: 61 });
  expect(await samples()).toEqual([{ p: 61 }]);
  expect(rig.notices()).toEqual(['bridge-offline', 'bridge-offline-over']);
});

test('says once that zigbee2mqtt does not know a device, or nothing electrical of it', () => {
  start([
    { id: 'a', device: 'nobody' },
    { id: 'b', device: 'unsupported thing' },
  ]);
  rig.live('zigbee2mqtt/bridge/devices', BRIDGE_DEVICES);
  expect(rig.notices()).toEqual(['plug-unknown', 'plug-unsupported']);
});

test('reads attribute topics where there is no JSON, and not twice where there is', async () => {
  start([{ ...PLUG, trustCache: true }]);
  rig.live('zigbee2mqtt/z1/power', '12.5');
  rig.live('zigbee2mqtt/z1/voltage', '230');
  expect(await samples()).toEqual([{ p: 12.5, v: 230 }]);
  rig.live('zigbee2mqtt/z1', { power: 13, voltage: 230 });
  rig.live('zigbee2mqtt/z1/power', '13');
  expect(await samples()).toEqual([{ p: 13, v: 230 }]);
});

test('forgets what it saw when the link is lost', async () => {
  start([PLUG]);
  rig.live('zigbee2mqtt/z1', { power: 50 });
  rig.mapper.onDisconnect?.();
  rig.live('zigbee2mqtt/z1', { power: 70 });
  expect(await samples()).toEqual([]);
});

test('goes offline once nothing fresh came for three intervals', async () => {
  start([{ ...PLUG, trustCache: true }]);
  rig.live('zigbee2mqtt/z1', { power: 5 });
  await rig.clock.advance(29_000);
  expect(rig.availability()).toEqual([]);
  await rig.clock.advance(2000);
  expect(rig.availability()).toEqual(['plug offline']);
});
