import { describe, expect, it } from 'vitest';
import { ESPHOME_KIND } from '../../../../src/sources/mqtt-map/esphome/kind.ts';
import { esphomeMapper } from '../../../../src/sources/mqtt-map/esphome/mapper.ts';
import { configOf, startMapper } from './mapper-bench.ts';

const bench = (values: readonly object[], more: object = {}) =>
  startMapper(
    esphomeMapper(
      configOf(ESPHOME_KIND, { devices: [{ id: 'plug', prefix: 'plug1', values, ...more }] }) as never,
    ),
  );

const POWER = { quantity: 'p', sensor: 'power', unit: 'W' };

describe('ESPHome', () => {
  it('puts sensors of one moment into one sample', async () => {
    const plug = bench([POWER, { quantity: 'v', sensor: 'voltage', unit: 'V' }]);
    plug.hear('plug1/sensor/power/state', '12.5');
    await plug.clock.advance(50);
    plug.hear('plug1/sensor/voltage/state', '231.2');
    await plug.clock.advance(500);
    expect(plug.samples().map(({ values }) => values)).toEqual([{ p: 12.5, v: 231.2 }]);
  });

  it('takes no retained state for a fresh one', async () => {
    const plug = bench([POWER]);
    plug.hear('plug1/sensor/power/state', '12.5', true);
    await plug.clock.advance(500);
    expect(plug.samples()).toEqual([]);
    expect(plug.mapper.statistics()).toEqual({ not_fresh: 1 });
  });

  it('learns a missing unit from the announcement, and gives nothing before', async () => {
    const plug = bench([{ quantity: 'p', sensor: 'power' }]);
    plug.hear('plug1/sensor/power/state', '1.5');
    plug.hear(
      'homeassistant/sensor/plug1/power/config',
      { name: 'power', unit_of_meas: 'kW', stat_t: 'plug1/sensor/power/state' },
      true,
    );
    plug.hear('plug1/sensor/power/state', '2.5');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['plug/p 2500']);
    expect(plug.mapper.statistics()).toEqual({ unit_unknown: 1 });
    expect(plug.mapper.filters).toContain('homeassistant/sensor/+/+/config');
  });

  it('subscribes to no announcements where every unit is written', () => {
    expect(bench([POWER]).mapper.filters).toEqual(['plug1/sensor/power/state', 'plug1/status']);
  });

  it('loses the device once when it says offline', () => {
    const plug = bench([POWER]);
    plug.hear('plug1/status', 'offline');
    plug.hear('plug1/status', 'offline');
    plug.hear('plug1/status', 'online');
    expect(plug.offline()).toEqual(['plug']);
  });

  it('loses the device when nothing came for as long as a sample is fresh', async () => {
    const plug = bench([POWER], { interval: 5, fresh: 12 });
    const ending = new AbortController();
    const running = plug.mapper.run(ending.signal);
    plug.hear('plug1/sensor/power/state', '12.5');
    await plug.clock.advance(11_000);
    expect(plug.offline()).toEqual([]);
    await plug.clock.advance(3000);
    expect(plug.offline()).toEqual(['plug']);
    ending.abort();
    await running;
  });

  it('turns an inverted device round', async () => {
    const plug = bench([POWER, { quantity: 'e_imp', sensor: 'energy', unit: 'Wh' }], { invert: true });
    plug.hear('plug1/sensor/power/state', '12.5');
    plug.hear('plug1/sensor/energy/state', '500');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['plug/p -12.5', 'plug/e_exp 0.5']);
    expect(plug.mapper.devices[0]?.quantities.map(({ code }) => code)).toEqual(['p', 'e_exp']);
  });

  it.each([
    ['nan'],
    [''],
    ['unavailable'],
    ['0x1f'],
    ['-8388608'],
    ['12,5'],
    ['9'.repeat(5000)],
    [Buffer.from([0xff, 0xfe])],
  ])('gives no reading for %j', async (payload) => {
    const plug = bench([POWER]);
    plug.hear('plug1/sensor/power/state', payload);
    await plug.clock.advance(500);
    expect(plug.samples()).toEqual([]);
  });
});
