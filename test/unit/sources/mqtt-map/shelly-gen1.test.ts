import { afterEach, expect, test } from 'vitest';
import { shellyGen1Rig } from './kind-rigs.ts';
import { keysOf, type MapperRig } from './mapper-rig.ts';
import { expectedValues, type PlugVector, vectorsOf } from './vectors.ts';

let rig: MapperRig;
afterEach(() => rig.stop());

function start(...args: Parameters<typeof shellyGen1Rig>): MapperRig {
  rig = shellyGen1Rig(...args);
  return rig;
}

async function samples() {
  await rig.clock.advance(300);
  return rig.samples();
}

const partsOf = ({ topic }: PlugVector) => {
  const [, device = '', component = '', channel = ''] = topic.split('/');
  return { device, component, channel: Number(channel) };
};

test.each(vectorsOf('shelly-gen1').map((each) => [each.id, each] as const))('decodes %s', async (_, each) => {
  start([partsOf(each)]);
  rig.live(each.topic, each.payload);
  expect(await samples()).toEqual([expectedValues(each)]);
});

test('makes one sample of the topics of one round, of the lines and their sum', async () => {
  start([{ device: 'shellyem3-68C63AFAF952', intervalMs: 30_000 }]);
  for (const each of vectorsOf('shelly-gen1').filter(({ id }) => id.startsWith('shelly1-em3-')))
    rig.live(each.topic, each.payload);
  expect(await samples()).toEqual([
    {
      p_l1: 120.11,
      pf_l1: 0.71,
      i_l1: 0.71,
      p_l2: 116.23,
      pf_l2: 0.71,
      i_l2: 0.69,
      p_l3: 76.46,
      pf_l3: 0.54,
      i_l3: 0.59,
      p: 312.8,
    },
  ]);
});

test('makes no sum of lines that are not of one round', async () => {
  start([{ device: 'shellyem3-68C63AFAF952' }]);
  rig.live('shellies/shellyem3-68C63AFAF952/emeter/0/power', '1');
  rig.live('shellies/shellyem3-68C63AFAF952/emeter/1/power', '2');
  await rig.clock.advance(5000);
  rig.live('shellies/shellyem3-68C63AFAF952/emeter/2/power', '3');
  expect(await samples()).toEqual([{ p_l1: 1, p_l2: 2 }, { p_l3: 3 }]);
});

test('reads watt-minutes that begin again at each start of the device', async () => {
  start([{ device: 'shellyplug-s-12AB34' }]);
  rig.live('shellies/shellyplug-s-12AB34/relay/0', 'on');
  rig.live('shellies/shellyplug-s-12AB34/relay/0/power', '40.5');
  rig.live('shellies/shellyplug-s-12AB34/relay/0/energy', '81010');
  rig.live('shellies/shellyplug-s-12AB34/temperature', '31.2');
  const [sample, ...more] = await samples();
  expect(more).toEqual([]);
  expect(sample).toEqual({ relay: 1, p: 40.5, e_imp: 81010 / 60_000, temp: 31.2 });
  expect(rig.device('plug')?.quantities.find(({ code }) => code === 'e_imp')?.resets).toBe('at-boot');
});

test('keeps the total of a clamp as a counter that never begins again', async () => {
  start([{ device: 'shellyem-123456789012', component: 'emeter', channel: 1 }]);
  rig.live('shellies/shellyem-123456789012/emeter/1/total', '22261.5');
  rig.live('shellies/shellyem-123456789012/emeter/1/total_returned', '100');
  rig.live('shellies/shellyem-123456789012/emeter/1/energy', '777');
  rig.live('shellies/shellyem-123456789012/emeter/0/power', '5');
  expect(await samples()).toEqual([{ e_imp: 22.2615, e_exp: 0.1 }]);
  expect(rig.device('plug')?.quantities.every(({ resets }) => resets === undefined)).toBe(true);
  expect(keysOf(rig.device('plug'))).toEqual(['p', 'e_imp', 'e_exp']);
});

test('asks for an announcement at each connection, and learns the model from it', () => {
  start([{ device: 'shellyplug-s-12AB34' }]);
  expect(rig.published).toEqual([{ topic: 'shellies/command', payload: 'announce' }]);
  rig.live('shellies/announce', { id: 'shellyplug-s-12AB34', model: 'SHPLG-S', mac: 'E8DB8412AB34' });
  expect(rig.device('plug')).toMatchObject({ model: 'SHPLG-S', identity: 'E8DB8412AB34/0' });
});

test('asks only devices that shall be read more often than they report', async () => {
  start([
    { id: 'a', device: 'quick', intervalMs: 10_000 },
    { id: 'b', device: 'slow', intervalMs: 30_000 },
  ]);
  await rig.clock.advance(10_000);
  expect(rig.published.slice(1)).toEqual([{ topic: 'shellies/quick/command', payload: 'update' }]);
});

test('is offline when it says so', () => {
  start([{ device: 'x' }]);
  rig.retained('shellies/x/online', 'true');
  expect(rig.availability()).toEqual([]);
  rig.live('shellies/x/online', 'false');
  expect(rig.availability()).toEqual(['plug offline']);
});

test('takes retained values for none', async () => {
  start([{ device: 'x' }]);
  rig.retained('shellies/x/relay/0/power', '12');
  rig.retained('shellies/x/relay/0', 'on');
  expect(await samples()).toEqual([]);
  expect(rig.ignored().not_fresh).toBe(2);
});

test.each(['nan', '', 'null', '12W', '-8388608', '1e999', '0x10'])(
  'takes "%s" for no power',
  async (payload) => {
    start([{ device: 'x' }]);
    rig.live('shellies/x/relay/0/power', payload);
    expect(await samples()).toEqual([]);
  },
);
