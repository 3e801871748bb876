import { describe, expect, it } from 'vitest';
import { EMONHUB_KIND } from '../../../../src/sources/mqtt-map/emonhub/kind.ts';
import { emonhubMapper } from '../../../../src/sources/mqtt-map/emonhub/mapper.ts';
import { configOf, isHeard, startMapper } from './mapper-bench.ts';

const bench = (...devices: readonly object[]) =>
  startMapper(emonhubMapper(configOf(EMONHUB_KIND, { devices }) as never));

const valuesOf = (plug: ReturnType<typeof bench>) =>
  plug.samples().map(({ deviceId, values }) => [deviceId, values]);

describe('emonHub', () => {
  it('makes each clamp of a node a device with the voltage of the node', async () => {
    const plug = bench(
      { id: 'oven', node: 'emontx4', circuit: 1 },
      { id: 'ev', node: 'emontx4', circuit: 3 },
    );
    for (const [name, value] of [
      ['Vrms', '230.1'],
      ['P1', '100'],
      ['P3', '-20'],
      ['E1', '1500'],
      ['MSG', '7'],
    ])
      plug.hear(`emon/emontx4/${name}`, String(value));
    await plug.clock.advance(500);
    expect(valuesOf(plug)).toEqual([
      ['oven', { v: 230.1, p: 100, e_imp: 1.5 }],
      ['ev', { v: 230.1, p: -20 }],
    ]);
  });

  it('reads the JSON of a packet at its own time', async () => {
    const plug = bench({ id: 'oven', node: 10 });
    const time = (plug.clock.now() - 3000) / 1000;
    plug.hear('emon/10', { power1: 2420, Vrms: 128.08, time, rssi: -63 }, true);
    await plug.clock.advance(500);
    expect(plug.samples()).toEqual([
      { deviceId: 'oven', takenAt: Math.round(time * 1000), values: { p: 2420, v: 128.08 } },
    ]);
  });

  it('reads a comma list by the names of its places, with and without rssi', async () => {
    const rxNames = ['power1', 'power2', 'power3', 'power4', 'Vrms'];
    const plug = bench({ id: 'heater', node: 8, circuit: 3, rxNames });
    plug.hear('emonhub/rx/8/values', '2420,0,116,0,128.08,-63');
    plug.hear('emonhub/rx/8/values', '2420,0,117,0,128.09');
    plug.hear('emonhub/rx/8/values', '2420,0,118');
    await plug.clock.advance(500);
    expect(valuesOf(plug)).toEqual([
      ['heater', { p: 116, v: 128.08 }],
      ['heater', { p: 117, v: 128.09 }],
    ]);
    expect(plug.mapper.statistics()).toEqual({ malformed: 1 });
  });

  it('converts by the unit that is written for own names', async () => {
    const values = [{ quantity: 'p', name: 'heatpump_elec', unit: 'kW' }];
    const plug = bench({ id: 'hp', node: 'boiler', values });
    plug.hear('emon/boiler/heatpump_elec', '1.25');
    await plug.clock.advance(500);
    expect(valuesOf(plug)).toEqual([['hp', { p: 1250 }]]);
  });

  it('hears values, packets and lists, each by one filter', () => {
    const { filters } = bench(
      { id: 'a', node: 8, rxNames: ['power1'] },
      { id: 'b', node: 8, circuit: 2 },
    ).mapper;
    expect(filters).toEqual(['emon/8', 'emon/8/+', 'emonhub/rx/8/values']);
    expect(isHeard(filters, 'emon/8/power1/x')).toBe(false);
  });

  it.each(['[]', '{', 'null', '{"power1":{"a":1}}', '{"__proto__":{"power1":1}}', '{"power1":null}'])(
    'gives no reading for %s',
    async (payload) => {
      const plug = bench({ id: 'a', node: 8 });
      plug.hear('emon/8', payload);
      await plug.clock.advance(500);
      expect(plug.samples()).toEqual([]);
    },
  );
});
