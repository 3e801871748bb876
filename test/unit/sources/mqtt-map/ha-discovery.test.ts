import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HA_DISCOVERY_KIND } from '../../../../src/sources/mqtt-map/ha-discovery/kind.ts';
import { haDiscoveryMapper } from '../../../../src/sources/mqtt-map/ha-discovery/mapper.ts';
import { configOf, isHeard, type MapperBench, startMapper } from './mapper-bench.ts';

const { messages } = JSON.parse(readFileSync('test/fixtures/plugs/mqtt-b.json', 'utf8')) as {
  messages: { id: string; topic: string; payload: Record<string, unknown> }[];
};

function bench(device: string, more: object = {}): MapperBench {
  return startMapper(
    haDiscoveryMapper(configOf(HA_DISCOVERY_KIND, { devices: [{ id: 'plug', device, ...more }] }) as never),
  );
}

async function announce(plug: MapperBench, topic: string, payload: unknown): Promise<void> {
  expect(isHeard(plug.mapper.filters, topic)).toBe(true);
  plug.hear(topic, payload, true);
  await plug.clock.advance(1000);
}

const recorded = (id: string) => {
  const found = messages.find((message) => message.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};

const known = (plug: MapperBench) =>
  plug.events.flatMap((event) =>
    event.type === 'device' ? [event.device.quantities.map(({ code }) => code)] : [],
  );

/** A sensor of "Plug 7" at the topic s, with more or other keys. */
const sensor = (more: object) => ({ stat_t: 's', dev: { ids: ['plug7'], name: 'Plug 7' }, ...more });
const power = (more: object = {}) => sensor({ uniq_id: 'plug7_power', unit_of_meas: 'W', ...more });

describe('recorded announcements', () => {
  it('zigbee2mqtt: reads the member of the shared state', async () => {
    const { topic, payload } = recorded('ha-z2m-power');
    const plug = bench('Küche kaffee');
    await announce(plug, topic, payload);
    expect(plug.subscribed).toEqual(['zigbee2mqtt/Küche kaffee', 'zigbee2mqtt/bridge/state']);
    plug.hear('zigbee2mqtt/Küche kaffee', { power: 912.5, current: 4 });
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual(['plug/p 912.5']);
    expect(known(plug)).toEqual([['p']]);
  });

  it('zigbee2mqtt: understands an availability template', async () => {
    const { topic, payload } = recorded('ha-z2m-current');
    const plug = bench('0xa4c138493f8d6167_current');
    await announce(plug, topic, { ...payload, unique_id: '0xa4c138493f8d6167_current' });
    plug.hear('zigbee2mqtt/DeumidificatoreC', { current: 0.06 });
    plug.hear('zigbee2mqtt/bridge/state', { state: 'offline' });
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual(['plug/i 0.06']);
    expect(plug.offline()).toEqual(['plug']);
  });

  it('Tasmota: yesterday’s energy is no counter, and no power though it is labelled so', async () => {
    const { topic, payload } = recorded('ha-tasmota-old');
    const plug = bench('522851');
    await announce(plug, topic, payload);
    expect(known(plug)).toEqual([]);
    const total = {
      ...payload,
      name: 'Tasmota ENERGY Total',
      uniq_id: '522851_ENERGY_Total',
      val_tpl: "{{value_json['ENERGY'].Total}}",
    };
    await announce(plug, 'homeassistant/sensor/522851_ENERGY_Total/config', total);
    expect(known(plug)).toEqual([['e_imp']]);
    plug.hear('tasmota01/tele/SENSOR', { ENERGY: { Total: 261.244, Yesterday: 1.7 } });
    plug.hear('tasmota01/tele/LWT', 'Offline');
    expect(plug.readings()).toEqual(['plug/e_imp 261.244']);
    expect(plug.offline()).toEqual(['plug']);
  });

  it('device form: reads its sensors and not its switches', async () => {
    const { topic, payload } = recorded('ha-device-discovery');
    const plug = bench('plug7');
    await announce(plug, topic, payload);
    expect(plug.subscribed).toEqual(['plug7/state', 'plug7/online']);
    plug.hear('plug7/state', { power: 12 });
    plug.hear('plug7/online', 'offline');
    expect(plug.readings()).toEqual(['plug/p 12']);
    expect(plug.offline()).toEqual(['plug']);
  });
});

describe('what is chosen', () => {
  it.each([
    [{ unit_of_meas: 'var', dev_cla: 'power' }, 'q'],
    [{ unit_of_meas: 'VA', dev_cla: 'power' }, 's'],
    [{ unit_of_meas: 'kWh', dev_cla: 'power', stat_cla: 'total_increasing' }, 'e_imp'],
    [{ unit_of_meas: 'kWh', stat_cla: 'total', name: 'Produced energy' }, 'e_exp'],
    [{ unit_of_meas: '%', dev_cla: 'power_factor' }, 'pf'],
    [{ dev_cla: 'power_factor' }, 'pf'],
    [{ unit_of_meas: 'mA' }, 'i'],
    [{ dev_cla: 'power' }, undefined],
    [{ unit_of_meas: '%', dev_cla: 'battery' }, undefined],
    [{ unit_of_meas: 'kWh', stat_cla: 'measurement' }, undefined],
    [{ unit_of_meas: 'W', name: 'Peak power' }, 'p-none'],
  ])('%j is %s', async (keys, code) => {
    const plug = bench('plug7');
    await announce(plug, 'homeassistant/sensor/x/config', sensor({ uniq_id: 'plug7_x', ...keys }));
    const none = code === undefined || code === 'p-none';
    expect(known(plug)).toEqual(none ? [] : [[code]]);
  });

  it('converts by the announced unit', async () => {
    const plug = bench('plug7');
    await announce(plug, 'homeassistant/sensor/x/config', power({ unit_of_meas: 'kW' }));
    plug.hear('s', '1.5');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['plug/p 1500']);
  });

  it('prefers the counter that never resets to the one of today', async () => {
    const plug = bench('plug7');
    const energy = { unit_of_meas: 'kWh', stat_cla: 'total_increasing' };
    plug.hear(
      'homeassistant/sensor/a/config',
      sensor({ ...energy, uniq_id: 'plug7_energy_today', stat_t: 't' }),
    );
    await announce(
      plug,
      'homeassistant/sensor/b/config',
      sensor({ ...energy, uniq_id: 'plug7_energy', stat_t: 'e' }),
    );
    expect(plug.subscribed).toEqual(['e']);
    plug.hear('homeassistant/sensor/b/config', '');
    await plug.clock.advance(1000);
    expect(plug.mapper.devices[0]?.quantities).toEqual([
      { code: 'e_imp', resets: 'daily', intervalMs: 60_000 },
    ]);
  });

  it('reads none of two sensors that could both be the power, and says how to choose', async () => {
    const plug = bench('plug7');
    plug.hear('homeassistant/sensor/a/config', power({ uniq_id: 'plug7_a', stat_t: 'a' }), true);
    await announce(plug, 'homeassistant/sensor/b/config', power({ uniq_id: 'plug7_b', stat_t: 'b' }));
    expect(known(plug)).toEqual([]);
    expect(plug.notices()).toEqual([
      expect.stringMatching(/plug7_a, plug7_b are all announced as p; say with `sensors`/),
    ]);
  });

  it('reads the selected sensors as what the user says they are', async () => {
    const sensors = [
      { sensor: 'plug7_a', quantity: 'p_l1' },
      { sensor: 'plug7_b', quantity: 'p_l2' },
      { sensor: 'plug7_v', quantity: 'p' },
    ];
    const plug = bench('plug7', { sensors });
    plug.hear('homeassistant/sensor/a/config', power({ uniq_id: 'plug7_a', stat_t: 'a' }), true);
    plug.hear('homeassistant/sensor/v/config', power({ uniq_id: 'plug7_v', unit_of_meas: 'V' }), true);
    await announce(plug, 'homeassistant/sensor/b/config', power({ uniq_id: 'plug7_b', stat_t: 'b' }));
    plug.hear('a', '5');
    plug.hear('b', '6');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['plug/p_l1 5', 'plug/p_l2 6']);
    expect(plug.mapper.devices[0]?.lines).toBe(3);
    expect(plug.notices()).toEqual([
      expect.stringMatching(/plug7_v is announced with the unit "V", which is none of p/),
    ]);
  });

  it('names the sensor and its template where that is not supported, once', async () => {
    const plug = bench('plug7');
    const template = '{% if value_json.p %}{{ value_json.p }}{% endif %}';
    await announce(plug, 'homeassistant/sensor/a/config', power({ val_tpl: template }));
    await announce(plug, 'homeassistant/sensor/a/config', power({ val_tpl: template }));
    expect(plug.notices()).toEqual([
      `sensor-unsupported: plug (plug7): the template of plug7_power is not supported, so it is not read: it has blocks ({% %}): ${template}`,
    ]);
  });

  it('does not take plug10 for plug1', async () => {
    const plug = bench('plug1');
    const other = { unit_of_meas: 'W', stat_t: 's', uniq_id: 'plug10_power' };
    await announce(plug, 'homeassistant/sensor/a/config', other);
    expect(known(plug)).toEqual([]);
    await announce(plug, 'homeassistant/sensor/a/config', { ...other, uniq_id: 'plug1_power' });
    expect(known(plug)).toEqual([['p']]);
  });

  it('reads the first of two devices with one name', async () => {
    const plug = bench('Plug');
    plug.hear(
      'homeassistant/sensor/a/config',
      power({ stat_t: 'a', dev: { ids: ['1'], name: 'Plug' } }),
      true,
    );
    await announce(
      plug,
      'homeassistant/sensor/b/config',
      power({ stat_t: 'b', dev: { ids: ['2'], name: 'Plug' } }),
    );
    expect(plug.subscribed).toEqual(['a']);
    expect(plug.mapper.statistics()).toEqual({ other_device_of_that_name: 1 });
  });

  it('does not read back what this program announces', async () => {
    const plug = bench('plug7');
    await announce(plug, 'homeassistant/sensor/a/config', power({ o: { name: 'busbar' } }));
    expect(plug.subscribed).toEqual([]);
  });
});

describe('what comes and goes', () => {
  it('takes no retained state for a fresh one', async () => {
    const plug = bench('plug7');
    await announce(plug, 'homeassistant/sensor/a/config', power());
    plug.hear('s', '5', true);
    await plug.clock.advance(500);
    expect(plug.samples()).toEqual([]);
  });

  it('uses expire_after as the time a sample stands for the present', async () => {
    const plug = bench('plug7');
    const ending = new AbortController();
    const running = plug.mapper.run(ending.signal);
    await announce(plug, 'homeassistant/sensor/a/config', power({ exp_aft: 20 }));
    expect(plug.mapper.devices[0]?.freshMs).toBe(20_000);
    ending.abort();
    await running;
  });

  it('loses the device when its announcement is deleted, and finds it again', async () => {
    const plug = bench('plug7');
    await announce(plug, 'homeassistant/sensor/a/config', power());
    await announce(plug, 'homeassistant/sensor/a/config', '');
    expect(plug.offline()).toEqual(['plug']);
    plug.hear('s', '5');
    expect(plug.samples()).toEqual([]);
    await announce(plug, 'homeassistant/sensor/a/config', power());
    plug.hear('s', '6');
    await plug.clock.advance(500);
    expect(plug.readings()).toEqual(['plug/p 6']);
  });

  it('tells once that a device is not announced, and once that it is', async () => {
    const plug = bench('plug7');
    plug.mapper.onConnect?.();
    await plug.clock.advance(31_000);
    plug.mapper.onConnect?.();
    await plug.clock.advance(31_000);
    expect(plug.notices()).toEqual([
      expect.stringMatching(/^device-not-announced: plug \(plug7\): no sensor/),
    ]);
    await announce(plug, 'homeassistant/sensor/a/config', power());
    expect(plug.notices().slice(1)).toEqual([expect.stringMatching(/^device-announced/)]);
  });
});

describe('hostile announcements', () => {
  it('survives 10 MB, depth, wrong types and thousands of others, and goes on', async () => {
    const plug = bench('plug7');
    const config = 'homeassistant/sensor/a/config';
    await announce(plug, config, power());
    plug.hear(config, Buffer.alloc(10_000_000, 0x20), true);
    plug.hear(config, `${'['.repeat(100_000)}${']'.repeat(100_000)}`, true);
    plug.hear(config, Buffer.from([0xff, 0x00, 0xfe]), true);
    for (let index = 0; index < 5000; index++)
      plug.hear(
        `homeassistant/sensor/x${index}/config`,
        power({ uniq_id: `other_${index}`, dev: { ids: [`o${index}`] } }),
      );
    plug.hear('s', Buffer.alloc(10_000_000, 0x31));
    plug.hear('s', '7');
    await plug.clock.advance(1000);
    expect(plug.readings()).toEqual(['plug/p 7']);
    expect(plug.subscribed).toEqual(['s']);
    expect(plug.mapper.statistics()).toMatchObject({ malformed: 1 });
  });

  it('keeps no more than it can use of a device that announces without end', async () => {
    const plug = bench('plug7');
    for (let index = 0; index < 3000; index++)
      plug.hear(
        `homeassistant/sensor/x${index}/config`,
        power({ uniq_id: `plug7_${index}`, stat_t: `s${index}` }),
      );
    await plug.clock.advance(1000);
    expect(plug.mapper.statistics()).toEqual({ announcements_over_limit: 2488 });
    expect(plug.notices()).toHaveLength(1);
  });
});
