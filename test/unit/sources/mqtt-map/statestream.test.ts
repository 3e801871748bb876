import { describe, expect, it } from 'vitest';
import { STATESTREAM_KIND } from '../../../../src/sources/mqtt-map/statestream/kind.ts';
import { statestreamMapper } from '../../../../src/sources/mqtt-map/statestream/mapper.ts';
import { configOf, startMapper } from './mapper-bench.ts';

const POWER = { quantity: 'p', entity: 'sensor.fridge_power' };
const bench = (...values: readonly object[]) =>
  startMapper(
    statestreamMapper(
      configOf(STATESTREAM_KIND, { base: 'ha', devices: [{ id: 'fridge', values }] }) as never,
    ),
  );
const TOPIC = 'ha/sensor/fridge_power';

describe('statestream', () => {
  it('converts by the unit that stands in the attribute, with its quotation marks', async () => {
    const plug = bench(POWER);
    plug.hear(`${TOPIC}/state`, '12.3');
    plug.hear(`${TOPIC}/unit_of_measurement`, '"kW"', true);
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual(['fridge/p 12300']);
  });

  it('gives no reading while the unit is unknown', async () => {
    const plug = bench(POWER);
    plug.hear(`${TOPIC}/state`, '12.3');
    plug.hear(`${TOPIC}/unit_of_measurement`, 'W');
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual([]);
    expect(plug.mapper.statistics()).toEqual({ unit_unknown: 1 });
  });

  it('takes the time that comes behind the state', async () => {
    const plug = bench({ ...POWER, unit: 'W' });
    const at = Math.floor(plug.clock.now()) - 40_000;
    plug.hear(`${TOPIC}/state`, '12.3', true);
    plug.hear(`${TOPIC}/last_updated`, new Date(at).toISOString().replace('Z', '+00:00'), true);
    await plug.clock.advance(1000);
    plug.hear(`${TOPIC}/state`, '13');
    const arrival = Math.round(plug.clock.now());
    await plug.clock.advance(1000);
    expect(plug.samples().map(({ takenAt, values }) => [takenAt, values.p])).toEqual([
      [at, 12.3],
      [arrival, 13],
    ]);
  });

  it('gives nothing for a retained state without a recent time', async () => {
    const plug = bench({ ...POWER, unit: 'W' });
    plug.hear(`${TOPIC}/state`, '12.3', true);
    plug.hear(`${TOPIC}/last_updated`, '2020-01-01T00:00:00+00:00', true);
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual([]);
    expect(plug.mapper.statistics()).toEqual({ not_fresh: 1 });
  });

  it('does not give two states that follow each other the time of the second', async () => {
    const plug = bench({ ...POWER, unit: 'W' });
    plug.hear(`${TOPIC}/state`, '1');
    await plug.clock.advance(100);
    plug.hear(`${TOPIC}/state`, '2');
    plug.hear(`${TOPIC}/last_updated`, new Date(plug.clock.now()).toISOString());
    await plug.clock.advance(1000);
    expect(plug.samples().map(({ values }) => values.p)).toEqual([1, 2]);
  });

  it.each(['unknown', 'unavailable'])('loses the device when its only entity is %s', async (word) => {
    const plug = bench({ ...POWER, unit: 'W' });
    plug.hear(`${TOPIC}/state`, '5');
    await plug.clock.advance(1000);
    plug.hear(`${TOPIC}/state`, word);
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual(['fridge/p 5']);
    expect(plug.offline()).toEqual(['fridge']);
  });

  it('keeps a device of which one entity has no value', () => {
    const plug = bench(
      { ...POWER, unit: 'W' },
      { quantity: 'e_imp', entity: 'sensor.fridge_energy', unit: 'kWh' },
    );
    plug.hear('ha/sensor/fridge_energy/state', 'unknown');
    expect(plug.offline()).toEqual([]);
    plug.hear(`${TOPIC}/state`, 'unavailable');
    expect(plug.offline()).toEqual(['fridge']);
  });
});
