import { describe, expect, it } from 'vitest';
import { RTL433_KIND } from '../../../../src/sources/mqtt-map/rtl433/kind.ts';
import { rtl433Mapper } from '../../../../src/sources/mqtt-map/rtl433/mapper.ts';
import { configOf, startMapper } from './mapper-bench.ts';

const bench = (device: object, section: object = {}) =>
  startMapper(
    rtl433Mapper(configOf(RTL433_KIND, { ...section, devices: [{ id: 'mains', ...device }] }) as never),
  );

const EFERGY = { model: 'Efergy e2 CT', transmitter: 59956 };
const TOPIC = 'rtl_433/attic/events';
const packet = (more: object = {}) => ({
  time: '@0.000000s',
  model: 'Efergy-e2CT',
  id: 59956,
  current: 0.5,
  ...more,
});

describe('rtl_433', () => {
  it('gives a current, and never a power that nobody measured', () => {
    const plain = bench(EFERGY);
    plain.hear(TOPIC, packet());
    expect(plain.readings()).toEqual(['mains/i 0.5']);
    const assumed = bench({ ...EFERGY, nominalVoltage: 230 });
    assumed.hear(TOPIC, packet());
    expect(assumed.readings()).toEqual(['mains/i 0.5', 'mains/s 115']);
    expect(assumed.mapper.devices[0]?.quantities.map(({ doubt }) => doubt)).toEqual([
      undefined,
      'the measured current times an assumed voltage of 230 V',
    ]);
  });

  it('takes the arrival as the time where the packet has none with a zone', () => {
    const plug = bench(EFERGY);
    plug.hear(TOPIC, packet({ time: '2019-10-13 20:28:58' }));
    plug.hear(TOPIC, packet({ time: '@0.145036s', current: 0.6 }));
    expect(plug.samples().map(({ takenAt }) => takenAt)).toEqual([plug.clock.now(), plug.clock.now()]);
    expect(plug.mapper.statistics()).toEqual({});
  });

  it('takes the time of the packet where it has a zone', () => {
    const plug = bench(EFERGY);
    const at = Math.floor(plug.clock.now() / 1000) * 1000 - 2000;
    plug.hear(TOPIC, packet({ time: new Date(at).toISOString() }), true);
    expect(plug.samples().map(({ takenAt }) => takenAt)).toEqual([at]);
  });

  it('drops a packet that was heard twice, and takes the same value a second later', async () => {
    const plug = bench(EFERGY);
    plug.hear(TOPIC, packet());
    await plug.clock.advance(300);
    plug.hear('rtl_433/cellar/events', packet({ rssi: -3 }));
    await plug.clock.advance(1200);
    plug.hear(TOPIC, packet());
    expect(plug.readings()).toEqual(['mains/i 0.5', 'mains/i 0.5']);
    expect(plug.mapper.statistics()).toEqual({ repeated: 1 });
  });

  it('reads only the transmitter and channel that are listed', () => {
    const plug = bench({ ...EFERGY, channel: 2 });
    plug.hear(TOPIC, packet({ id: 4711, channel: 2 }));
    plug.hear(TOPIC, packet({ channel: 1 }));
    plug.hear(TOPIC, packet({ model: 'Nexus-TH', channel: 2 }));
    expect(plug.readings()).toEqual([]);
    plug.hear(TOPIC, packet({ channel: 2 }));
    expect(plug.readings()).toEqual(['mains/i 0.5']);
    expect(plug.mapper.statistics()).toEqual({ foreign: 3 });
  });

  it('reads the clamps of an emonTx that are named', () => {
    const values = [
      { quantity: 'p', field: 'ct2' },
      { quantity: 'v', field: 'batt_Vrms' },
    ];
    const plug = bench({ model: 'emonTx', transmitter: 10, values });
    plug.hear(TOPIC, { model: 'emonTx-Energy', node: 10, ct1: 5, ct2: -7, batt_Vrms: 230.12, temp1_C: 20 });
    expect(plug.readings()).toEqual(['mains/p -7', 'mains/v 230.12']);
  });

  it('reads the form with a topic a field', async () => {
    const plug = bench({ model: 'CurrentCost-TX', transmitter: 3031 }, { form: 'devices' });
    expect(plug.mapper.filters).toEqual(['rtl_433/+/devices/#']);
    plug.hear('rtl_433/attic/devices/CurrentCost-TX/3031/power0_W', '385');
    plug.hear('rtl_433/attic/devices/CurrentCost-TX/3032/power0_W', '400');
    plug.hear('rtl_433/attic/devices/CurrentCost-TX/3031/time', '2026-01-01');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['mains/p 385']);
  });

  it.each([
    '',
    '{}',
    '[1]',
    '{"model":7,"id":1}',
    `{"model":"Efergy","id":59956,"current":"nan"}`,
    '{"model":"Efergy-e2CT"}',
  ])('gives no reading for %s', (payload) => {
    const plug = bench(EFERGY);
    plug.hear(TOPIC, payload);
    expect(plug.samples()).toEqual([]);
  });
});
