import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AvailabilityRule,
  type AvailabilitySource,
  isAvailable,
} from '../../../../src/protocols/ha-discovery/availability.ts';
import { sensorsOf } from '../../../../src/protocols/ha-discovery/discovery-config.ts';
import { parseDiscoveryTopic } from '../../../../src/protocols/ha-discovery/discovery-topic.ts';

const SENSOR = { component: 'sensor', nodeId: undefined, objectId: 'x' };
const DEVICE = { component: 'device', nodeId: undefined, objectId: 'x' };

describe('discovery topics', () => {
  it.each([
    ['homeassistant/sensor/a/config', { component: 'sensor', nodeId: undefined, objectId: 'a' }],
    ['homeassistant/sensor/n/a-1_B/config', { component: 'sensor', nodeId: 'n', objectId: 'a-1_B' }],
    ['homeassistant/device/n/config', { component: 'device', nodeId: undefined, objectId: 'n' }],
    ['homeassistant/config', undefined],
    ['homeassistant/sensor/a/b/c/config', undefined],
    ['homeassistant/sensor/a b/config', undefined],
    ['homeassistant/sensor/a/state', undefined],
    ['other/sensor/a/config', undefined],
  ])('%s', (topic, result) => {
    expect(parseDiscoveryTopic('homeassistant', topic)).toEqual(result);
  });
});

describe('announced sensors', () => {
  it('puts the base in at the start and at the end, also inside the list of availability', () => {
    const [sensor] = sensorsOf(SENSOR, {
      '~': 'plug7',
      stat_t: '~/state',
      avty: [{ t: 'prefix/~', pl_avail: 'up', pl_not_avail: 'down', val_tpl: '{{ value }}' }],
      avty_mode: 'all',
    });
    expect(sensor?.stateTopic).toBe('plug7/state');
    expect(sensor?.availability).toEqual({
      mode: 'all',
      sources: [{ topic: 'prefix/plug7', available: 'up', notAvailable: 'down', template: '{{ value }}' }],
    });
  });

  it('reads long and short names alike', () => {
    const device = { ids: 'plug7', cns: [['mac', 'AA:BB']], name: 'Plug', mf: 'Acme', mdl: 'P1' };
    const short = {
      stat_t: 'a',
      unit_of_meas: 'W',
      dev_cla: 'power',
      stat_cla: 'measurement',
      uniq_id: 'u',
      val_tpl: '{{ value }}',
      exp_aft: 60,
      o: { name: 'prog' },
      dev: device,
    };
    const long = {
      state_topic: 'a',
      unit_of_measurement: 'W',
      device_class: 'power',
      state_class: 'measurement',
      unique_id: 'u',
      value_template: '{{ value }}',
      expire_after: 60,
      origin: { name: 'prog' },
      device: {
        identifiers: ['plug7'],
        connections: [['mac', 'AA:BB']],
        name: 'Plug',
        manufacturer: 'Acme',
        model: 'P1',
      },
    };
    expect(sensorsOf(SENSOR, short)).toEqual(sensorsOf(SENSOR, long));
    expect(sensorsOf(SENSOR, short)[0]).toMatchObject({
      unit: 'W',
      expireAfterMs: 60_000,
      device: { identifiers: ['plug7', 'AA:BB'], name: 'Plug' },
    });
  });

  it('takes only the sensors of a device, with what stands at its root', () => {
    const sensors = sensorsOf(DEVICE, {
      dev: { ids: ['plug7'], name: 'Plug 7' },
      cmps: {
        power: { p: 'sensor', uniq_id: 'a', val_tpl: '{{ value_json.power }}' },
        own: { platform: 'sensor', stat_t: 'own/state', avty_t: 'own/online' },
        relay: { p: 'switch', cmd_t: 'x' },
        gone: { p: 'sensor' },
      },
      stat_t: 'plug7/state',
      avty_t: 'plug7/online',
    });
    expect(
      sensors.map(({ objectId, stateTopic, availability, device }) => [
        objectId,
        stateTopic,
        availability.sources[0]?.topic,
        device.name,
      ]),
    ).toEqual([
      ['power', 'plug7/state', 'plug7/online', 'Plug 7'],
      ['own', 'own/state', 'own/online', 'Plug 7'],
      ['gone', 'plug7/state', 'plug7/online', 'Plug 7'],
    ]);
  });

  it.each(['#', '+/x', '$SYS/broker', 'x'.repeat(600), '', 7, null, 'a\u0000b'])(
    'takes no sensor at %j',
    (topic) => {
      expect(sensorsOf(SENSOR, { stat_t: topic }).map(({ stateTopic }) => stateTopic)).toEqual(
        topic === 7 ? ['7'] : [],
      );
    },
  );

  it('takes no more than 256 components', () => {
    const cmps = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [`c${n}`, { p: 'sensor', stat_t: 'a' }]),
    );
    expect(sensorsOf(DEVICE, { dev: {}, cmps })).toHaveLength(256);
  });

  it('never throws, whatever JSON it is given', () => {
    const keys = fc.constantFrom(
      'dev',
      'cmps',
      'avty',
      'stat_t',
      '~',
      'p',
      'ids',
      'cns',
      'o',
      '__proto__',
      'constructor',
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.jsonValue(),
        fc.dictionary(keys, tie('value')),
        fc.array(tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, (json) => {
        sensorsOf(SENSOR, json);
        sensorsOf(DEVICE, json);
      }),
    );
    expect(Object.hasOwn(Object.prototype, 'stat_t')).toBe(false);
  });
});

describe('availability of several sources', () => {
  const source = (topic: string): AvailabilitySource => ({
    topic,
    available: 'online',
    notAvailable: 'offline',
    template: undefined,
  });
  const rule = (mode: AvailabilityRule['mode']): AvailabilityRule => ({
    mode,
    sources: [source('a'), source('b')],
  });

  it.each([
    ['all', { a: [true, 1], b: [false, 2] }, false],
    ['all', { a: [true, 1], b: [true, 2] }, true],
    ['any', { a: [true, 1], b: [false, 2] }, true],
    ['any', { a: [false, 1], b: [false, 2] }, false],
    ['latest', { a: [true, 3], b: [false, 2] }, true],
    ['latest', { a: [true, 1], b: [false, 2] }, false],
    ['all', {}, undefined],
  ] as const)('%s of %j is %s', (mode, words, result) => {
    const said = new Map<string, readonly [boolean, number]>(Object.entries(words));
    const found = isAvailable(rule(mode), ({ topic }) => {
      const word = said.get(topic);
      return word === undefined ? undefined : { isAvailable: word[0], order: word[1] };
    });
    expect(found).toBe(result);
  });
});
