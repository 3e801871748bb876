import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { mappedRig, shellyGen1Rig, shellyGen2Rig, tasmotaRig, zigbeeRig } from './kind-rigs.ts';
import type { MapperRig } from './mapper-rig.ts';
import { BRIDGE_DEVICES } from './vectors.ts';

/** Each kind with every topic at which it listens. */
const KINDS: Record<string, () => { readonly rig: MapperRig; readonly topics: readonly string[] }> = {
  zigbee2mqtt() {
    const rig = zigbeeRig([{ device: 'z1', trustCache: true }]);
    rig.retained('zigbee2mqtt/bridge/devices', BRIDGE_DEVICES);
    const names = ['z1', 'z1/power', 'z1/availability', 'bridge/devices', 'bridge/state', 'bridge/info'];
    return { rig, topics: names.map((name) => `zigbee2mqtt/${name}`) };
  },
  tasmota() {
    const rig = tasmotaRig([{ topic: 'p' }]);
    return {
      rig,
      topics: [
        'tele/p/SENSOR',
        'tele/p/STATE',
        'tele/p/LWT',
        'stat/p/STATUS10',
        'stat/p/RESULT',
        'tasmota/discovery/AABBCCDDEEFF/config',
        'tasmota/discovery/AABBCCDDEEFF/sensors',
        'tasmota/discovery/',
      ],
    };
  },
  'shelly-gen1'() {
    const rig = shellyGen1Rig([{ device: 'x' }]);
    return { rig, topics: [...rig.mapper.filters] };
  },
  'shelly-gen2'() {
    const rig = shellyGen2Rig([{ prefix: 'x' }]);
    return { rig, topics: [...rig.mapper.filters] };
  },
  'mqtt-map'() {
    const rig = mappedRig([
      {
        values: [
          { topic: 'x', path: 'a.p', quantity: 'p' },
          { topic: 'y', quantity: 'v' },
        ],
        time: { path: 't' },
        availability: { topic: 'z', path: 's' },
      },
    ]);
    return { rig, topics: ['x', 'y', 'z'] };
  },
};

let rig: MapperRig | undefined;
afterEach(async () => {
  await rig?.stop();
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
const HOSTILE: readonly (readonly [string, string | Buffer])[] = [
  ['ten megabytes of letters', Buffer.alloc(10_000_000, 'a')],
  ['ten megabytes of an object', Buffer.from(`{"power":"${'1'.repeat(10_000_000)}"}`)],
  ['10,000 levels', deep(10_000)],
  ['a list of 10,000 levels', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['a prototype', '{"__proto__":{"polluted":1,"power":5},"constructor":{"prototype":{"polluted":1}}}'],
  ['NaN', 'NaN'],
  ['null', 'null'],
  ['nothing', ''],
  ['a lone brace', '{'],
  ['zeros', Buffer.alloc(1000)],
];

test.each(
  Object.keys(KINDS).flatMap((kind) => HOSTILE.map(([name, payload]) => [kind, name, payload] as const)),
)('%s survives %s without a reading', async (kind, _, payload) => {
  const started = KINDS[kind]?.();
  rig = started?.rig;
  for (const topic of started?.topics ?? []) {
    rig?.live(topic, payload);
    rig?.retained(topic, payload);
  }
  await rig?.clock.advance(500);
  expect(rig?.samples()).toEqual([]);
});

test.each(Object.keys(KINDS))(
  '%s never throws and never tells what is no number, whatever comes',
  async (kind) => {
    const started = KINDS[kind]?.();
    rig = started?.rig;
    const name = fc.oneof(
      fc.constantFrom(
        'power',
        'ENERGY',
        'Power',
        'StatusSNS',
        'params',
        'switch:0',
        'apower',
        'result',
        'id',
        'ts',
      ),
      fc.constantFrom(
        '__proto__',
        'constructor',
        'toString',
        'state',
        'config',
        'advanced',
        'a',
        'p',
        't',
        'ft',
        'tp',
      ),
      fc.string(),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, tie('leaf'), tie('list'), tie('object')),
      leaf: fc.oneof(
        fc.double(),
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('ON', '12', 'nan'),
      ),
      list: fc.array(tie('any'), { maxLength: 4 }),
      object: fc.dictionary(name, tie('any'), { maxKeys: 5 }),
    })).any;
    const topic = fc.oneof(fc.constantFrom(...(started?.topics ?? [])), fc.string());
    const payload = fc.oneof(
      value.map((each) => JSON.stringify(each)),
      fc.string(),
      fc.uint8Array().map(Buffer.from),
    );
    fc.assert(
      fc.property(topic, payload, fc.boolean(), (at, what, isRetained) => {
        if (isRetained) rig?.retained(at, what);
        else rig?.live(at, what);
      }),
      { numRuns: 500 },
    );
    await rig?.clock.advance(500);
    for (const sample of rig?.rawSamples() ?? [])
      for (const reading of sample.readings) expect(Number.isFinite(reading.value)).toBe(true);
  },
);

test('takes a property and a name of the prototype as what they are', async () => {
  rig = zigbeeRig([
    { id: 'a', device: '__proto__', trustCache: true },
    { id: 'b', device: 'constructor', trustCache: true },
  ]);
  const exposes = (property: string) => [{ type: 'numeric', name: 'power', property, unit: 'W', access: 5 }];
  rig.retained('zigbee2mqtt/bridge/devices', [
    {
      ieee_address: '0x0000000000000001',
      friendly_name: '__proto__',
      definition: { exposes: exposes('__proto__') },
    },
    {
      ieee_address: '0x0000000000000002',
      friendly_name: 'constructor',
      definition: { exposes: exposes('toString') },
    },
  ]);
  rig.live('zigbee2mqtt/__proto__', '{"__proto__":12}');
  rig.live('zigbee2mqtt/constructor', '{"other":1}');
  await rig.clock.advance(500);
  expect(rig.samples()).toEqual([{ p: 12 }]);
  await rig.clock.advance(30_000);
  expect(rig.published.map(({ payload }) => payload)).toContain('{"__proto__":""}');
});

test('counts by names of this program only, so that no message makes the counters grow', () => {
  rig = zigbeeRig([{ device: 'z1' }]);
  for (let place = 0; place < 2000; place++) rig.live(`zigbee2mqtt/${place}`, `{"${place}":1}`);
  expect(Object.keys(rig.ignored())).toEqual(['unknown_topic']);
  expect(rig.ignored().unknown_topic).toBe(2000);
});
