import { afterEach, expect, test } from 'vitest';
import { mappedRig } from './kind-rigs.ts';
import { type MapperRig, NOON } from './mapper-rig.ts';
import { expectedValues, vector } from './vectors.ts';

let rig: MapperRig;
afterEach(() => rig.stop());

function start(...args: Parameters<typeof mappedRig>): MapperRig {
  rig = mappedRig(...args);
  return rig;
}

const P = { topic: 'a/p', quantity: 'p', unit: 'W' };

test('decodes a device that publishes JSON', () => {
  const each = vector('enode-energy');
  start([
    {
      values: [
        { topic: each.topic, path: 'Va', quantity: 'v', unit: 'V' },
        { topic: each.topic, path: 'Aa', quantity: 'i', unit: 'A' },
        { topic: each.topic, path: '$.Pa', quantity: 'p', unit: 'W' },
      ],
    },
  ]);
  rig.live(each.topic, each.payload);
  expect(rig.samples()).toEqual([expectedValues(each)]);
});

test('converts from the declared unit, after scale and offset', () => {
  start([
    {
      values: [
        { ...P, unit: 'kW' },
        { topic: 'a/e', quantity: 'e_imp', unit: 'Wh', scale: 10 },
        { topic: 'a/t', quantity: 'temp', unit: '°C', scale: 0.1, offset: -40 },
      ],
      gather: 0,
    },
  ]);
  rig.live('a/p', '1.25');
  rig.live('a/e', '12345');
  rig.live('a/t', '600');
  expect(rig.samples()).toEqual([{ p: 1250 }, { e_imp: 123.45 }, { temp: 20 }]);
});

test('makes one sample of values at several topics', async () => {
  start([{ values: [P, { topic: 'a/v', quantity: 'v' }] }]);
  rig.live('a/p', ' 12 ');
  await rig.clock.advance(100);
  rig.live('a/v', '230');
  await rig.clock.advance(200);
  expect(rig.samples()).toEqual([{ p: 12, v: 230 }]);
  expect(rig.rawSamples()[0]?.takenAt).toBe(NOON);
});

test('takes the time that the payload holds, where it is recent', () => {
  start([{ values: [{ ...P, path: 'p' }], time: { path: 'ts' } }]);
  rig.live('a/p', { p: 1, ts: (NOON - 4000) / 1000 });
  rig.live('a/p', { p: 2, ts: 1_321_890 });
  expect(rig.rawSamples().map(({ takenAt }) => takenAt)).toEqual([NOON - 4000, NOON]);
  expect(rig.ignored().clock_wrong ?? 0).toBe(0);
});

test('takes retained messages only where that is wanted and they are recent', () => {
  const device = { values: [{ ...P, path: 'p' }], time: { path: 'ts' } };
  start([
    { id: 'never', ...device },
    { id: 'timed', ...device, retained: 'timed' },
  ]);
  rig.retained('a/p', { p: 1, ts: NOON - 1000 });
  rig.retained('a/p', { p: 2, ts: NOON - 3_600_000 });
  rig.retained('a/p', { p: 3 });
  expect(rig.rawSamples().map(({ deviceId }) => deviceId)).toEqual(['timed']);
});

test('serves several devices from one topic', () => {
  start([
    { id: 'a', values: [{ topic: 'x', path: 'ch[0].p', quantity: 'p' }] },
    { id: 'b', values: [{ topic: 'x', path: 'ch[1].p', quantity: 'p' }] },
  ]);
  expect(rig.mapper.filters).toEqual(['x']);
  rig.live('x', { ch: [{ p: 1 }, { p: 2 }] });
  expect(rig.rawSamples().map(({ deviceId }) => deviceId)).toEqual(['a', 'b']);
});

test.each([
  [{ topic: 'a/lwt' }, 'offline'],
  [{ topic: 'a/lwt', path: 'state', offline: 'gone' }, '{"state":"gone"}'],
  [{ topic: 'a/lwt', online: '1', offline: '0' }, '0'],
  [{ topic: 'a/lwt', path: 'up', online: 'true', offline: 'false' }, '{"up":false}'],
])('is offline by %j when it hears %s', (availability, payload) => {
  start([{ values: [P], availability }]);
  rig.retained('a/lwt', payload);
  expect(rig.availability()).toEqual(['plug offline']);
});

test('is fresh for as long as the configuration says', async () => {
  start([{ values: [P], fresh: 60 }]);
  rig.live('a/p', '1');
  await rig.clock.advance(59_000);
  expect(rig.availability()).toEqual([]);
  await rig.clock.advance(2000);
  expect(rig.availability()).toEqual(['plug offline']);
});

test.each([
  '',
  'null',
  'nan',
  'NaN',
  'Infinity',
  'unavailable',
  'unknown',
  '0x1f',
  '12abc',
  '-8388608',
  '8388607',
])('takes the payload "%s" for no reading', (payload) => {
  start([{ values: [P] }]);
  rig.live('a/p', payload);
  expect(rig.samples()).toEqual([]);
});

test('declares when a counter begins again', () => {
  start([{ values: [{ topic: 'a/e', quantity: 'e_imp', unit: 'kWh', resets: 'daily' }] }]);
  expect(rig.device('plug')?.quantities).toEqual([{ code: 'e_imp', resets: 'daily', intervalMs: 10_000 }]);
});
