import { afterEach, expect, test } from 'vitest';
import { shellyGen2Rig } from './kind-rigs.ts';
import { keysOf, type MapperRig } from './mapper-rig.ts';
import { absentKeys, expectedValues, type PlugVector, rounded, vector, vectorsOf } from './vectors.ts';

let rig: MapperRig;
afterEach(() => rig.stop());

function start(...args: Parameters<typeof shellyGen2Rig>): MapperRig {
  rig = shellyGen2Rig(...args);
  return rig;
}

const PREFIX = 'shellyplusplugs-3ce90e304de4';

const notifiedAt = (each: PlugVector) => each.decoded.t?.value;

function deviceOf({ topic }: PlugVector) {
  const [prefix = '', , name = ''] = topic.split('/');
  const component = name === 'rpc' ? 'switch:0' : name.replace('data:', ':');
  return { prefix, component };
}

const momentOf = (each: PlugVector): { startAt?: number } => {
  const ts = notifiedAt(each);
  return typeof ts === 'number' ? { startAt: ts * 1000 + 400 } : {};
};

test.each(vectorsOf('shelly-gen2').map((each) => [each.id, each] as const))('decodes %s', (_, each) => {
  start([deviceOf(each)], momentOf(each));
  rig.live(each.topic, each.payload);
  const [sample = {}, ...more] = rig.samples();
  expect(more).toEqual([]);
  expect(rounded(sample)).toMatchObject(expectedValues(each));
  for (const key of absentKeys(each)) expect(sample).not.toHaveProperty(key);
});

test('takes only what a notification holds, at the time that it says', () => {
  const each = vector('shelly2-status-notify-noid');
  start([deviceOf(each)], momentOf(each));
  rig.live('shelly1pmminig3-5432044edbc0/status/switch:0', vector('shelly2-status-gen3').payload);
  rig.samples();
  rig.live(each.topic, each.payload);
  expect(rig.samples()).toEqual([{ p: 11.5, i: 0.071 }]);
  expect(rig.rawSamples().at(-1)?.takenAt).toBe(1_788_945_292_880);
});

test('takes the arrival, and counts it, where the clock of the device is wrong', () => {
  start([{ prefix: PREFIX }]);
  rig.live(`${PREFIX}/events/rpc`, {
    method: 'NotifyStatus',
    params: { ts: 86_400, 'switch:0': { apower: 3 } },
  });
  rig.live(`${PREFIX}/events/rpc`, {
    method: 'NotifyFullStatus',
    params: { ts: rig.clock.now() / 1000 + 60, 'switch:0': { apower: 4 } },
  });
  expect(rig.samples()).toEqual([{ p: 3 }, { p: 4 }]);
  expect(rig.rawSamples().at(-1)?.takenAt).toBe(rig.clock.now());
  expect(rig.ignored().clock_wrong).toBe(1);
});

function lastRequest() {
  const { topic, payload } = rig.published.at(-1) ?? { topic: '', payload: '{}' };
  return { topic, request: JSON.parse(payload) as { id: number; src: string; method: string } };
}

test('asks for the status at the interval and takes the answer, once', async () => {
  start([{ prefix: PREFIX }]);
  await rig.clock.advance(10_000);
  const { topic, request } = lastRequest();
  expect(topic).toBe(`${PREFIX}/rpc`);
  expect(request.method).toBe('Shelly.GetStatus');
  expect(rig.mapper.filters).toContain(`${request.src}/rpc`);
  const answer = {
    id: request.id,
    src: PREFIX,
    dst: request.src,
    result: {
      'switch:0': { output: true, apower: 12, voltage: 230, current: 0.1, aenergy: { total: 5000 } },
    },
  };
  await rig.clock.advance(200);
  rig.live(`${request.src}/rpc`, answer);
  rig.live(`${request.src}/rpc`, answer);
  expect(rig.samples()).toEqual([{ relay: 1, p: 12, v: 230, i: 0.1, e_imp: 5 }]);
  expect(rig.rawSamples()[0]?.takenAt).toBeLessThan(rig.clock.now());
  expect(rig.ignored().unasked).toBe(1);
});

test('takes no answer with another id, nor the late one to an earlier question', async () => {
  start([{ prefix: PREFIX }]);
  await rig.clock.advance(10_000);
  const first = lastRequest().request;
  await rig.clock.advance(20_000);
  const second = lastRequest().request;
  expect(second.id).not.toBe(first.id);
  const result = { 'switch:0': { apower: 12 } };
  rig.live(`${first.src}/rpc`, { id: first.id, result });
  rig.live(`${first.src}/rpc`, { id: second.id + 1, result });
  rig.live(`${first.src}/rpc`, { id: String(second.id), result });
  expect(rig.samples()).toEqual([]);
  rig.live(`${first.src}/rpc`, { id: second.id, result });
  expect(rig.samples()).toEqual([{ p: 12 }]);
});

test('asks who the device is after its first answer', async () => {
  start([{ prefix: PREFIX }]);
  await rig.clock.advance(10_000);
  const { request } = lastRequest();
  rig.live(`${request.src}/rpc`, { id: request.id, result: { 'switch:0': { apower: 1 } } });
  const info = lastRequest().request;
  expect(info.method).toBe('Shelly.GetDeviceInfo');
  rig.live(`${info.src}/rpc`, { id: info.id, result: { mac: '3CE90E304DE4', app: 'PlusPlugS' } });
  expect(rig.device('plug')).toMatchObject({ model: 'PlusPlugS', identity: '3CE90E304DE4/switch:0' });
});

test('asks one device once for all its components', async () => {
  start([
    { id: 'a', prefix: 'pro3em', component: 'em1:0' },
    { id: 'b', prefix: 'pro3em', component: 'em1:1' },
  ]);
  await rig.clock.advance(10_000);
  expect(rig.published).toHaveLength(1);
  const { request } = lastRequest();
  const result = {
    'em1:0': { act_power: 5 },
    'em1:1': { act_power: 6, pf: -1.2 },
    'em1data:1': { total_act_energy: 1000, total_act_ret_energy: 500 },
  };
  rig.live(`${request.src}/rpc`, { id: request.id, result });
  expect(rig.samples()).toEqual([{ p: 5 }, { p: 6, pf: -1, e_imp: 1, e_exp: 0.5 }]);
});

test('says which components there are where the configured one is none of them', async () => {
  start([{ prefix: PREFIX, component: 'pm1:0' }]);
  await rig.clock.advance(10_000);
  const { request } = lastRequest();
  rig.live(`${request.src}/rpc`, { id: request.id, result: { sys: {}, 'switch:0': { apower: 1 } } });
  expect(rig.notices()).toEqual(['plug-component']);
  expect(rig.events.find(({ type }) => type === 'notice')).toMatchObject({
    message: expect.stringContaining('it has switch:0'),
  });
});

test('reads the lines of a three-phase meter and tells that there are three', () => {
  start([{ prefix: 'shellypro3em', component: 'em:0' }]);
  rig.live('shellypro3em/status/em:0', vector('shelly-pro3em').payload);
  expect(rig.samples()[0]).toMatchObject({
    p_l2: 409.1,
    pf_l2: -0.93,
    v_l3: 236.9,
    p: 3048.104,
    i_sum: 13.753,
  });
  expect(rig.device('plug')?.lines).toBe(3);
  expect(keysOf(rig.device('plug'))).not.toContain('i_n');
});

test.each([
  ['false', ['plug offline']],
  ['true', []],
])('hears online %s', (word, expected) => {
  start([{ prefix: PREFIX }]);
  rig.retained(`${PREFIX}/online`, word);
  expect(rig.availability()).toEqual(expected);
});

test('takes a retained status for none', () => {
  start([{ prefix: PREFIX }]);
  rig.retained(`${PREFIX}/status/switch:0`, vector('shelly2-status').payload);
  expect(rig.samples()).toEqual([]);
});

test('tells once that a device refuses', async () => {
  start([{ prefix: PREFIX }]);
  for (let times = 0; times < 2; times++) {
    await rig.clock.advance(10_000);
    const { request } = lastRequest();
    rig.live(`${request.src}/rpc`, { id: request.id, error: { code: 404, message: 'No handler' } });
  }
  expect(rig.notices()).toEqual(['plug-refuses']);
});
