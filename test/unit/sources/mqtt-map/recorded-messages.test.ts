import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SourceConfig } from '../../../../src/config/types.ts';
import type { SourceKind } from '../../../../src/sources/kind.ts';
import { EMONHUB_KIND } from '../../../../src/sources/mqtt-map/emonhub/kind.ts';
import { emonhubMapper } from '../../../../src/sources/mqtt-map/emonhub/mapper.ts';
import { ESPHOME_KIND } from '../../../../src/sources/mqtt-map/esphome/kind.ts';
import { esphomeMapper } from '../../../../src/sources/mqtt-map/esphome/mapper.ts';
import type { CreateMapper } from '../../../../src/sources/mqtt-map/mapper.ts';
import { PLUGWISE2PY_KIND } from '../../../../src/sources/mqtt-map/plugwise2py/kind.ts';
import { plugwise2pyMapper } from '../../../../src/sources/mqtt-map/plugwise2py/mapper.ts';
import { RTL433_KIND } from '../../../../src/sources/mqtt-map/rtl433/kind.ts';
import { rtl433Mapper } from '../../../../src/sources/mqtt-map/rtl433/mapper.ts';
import { configOf, isHeard, startMapper } from './mapper-bench.ts';

interface Recorded {
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
}

const { messages } = JSON.parse(readFileSync('test/fixtures/plugs/mqtt-b.json', 'utf8')) as {
  messages: Recorded[];
};

const recorded = (id: string): Recorded => {
  const found = messages.find((message) => message.id === id);
  if (found === undefined) throw new Error(`no recorded message ${id}`);
  // The people who published them hid the ends of their MACs and the names of their computers.
  const text = JSON.stringify(found).replaceAll('nnnnn', '1B2C3').replaceAll('<hostname>', 'attic');
  return JSON.parse(text) as Recorded;
};

interface Case {
  readonly id: string;
  readonly kind: SourceKind;
  readonly mapper: (config: never) => CreateMapper;
  readonly section: Readonly<Record<string, unknown>>;
  readonly readings: readonly string[];
  readonly startAt?: number;
}

const esphome = (prefix: string, quantity: string, sensor: string, unit: string) => ({
  devices: [{ id: 'plug', prefix, values: [{ quantity, sensor, unit, resets: 'daily' }] }],
});
const efergy = (transmitter: number, model = 'Efergy-e2CT') => ({
  devices: [{ id: 'plug', model, transmitter, nominalVoltage: 230 }],
});

const CASES: readonly Case[] = [
  {
    id: 'esphome-power',
    kind: ESPHOME_KIND,
    mapper: esphomeMapper,
    section: esphome('attic-powerwall', 'p', 'inverter0_power_demand', 'W'),
    readings: ['plug/p 190'],
  },
  {
    id: 'esphome-energy',
    kind: ESPHOME_KIND,
    mapper: esphomeMapper,
    section: esphome('attic-powerwall', 'e_imp', 'firstfloor_inverter_energy_yesterday', 'kWh'),
    readings: ['plug/e_imp 0.105'],
  },
  {
    id: 'esphome-nan',
    kind: ESPHOME_KIND,
    mapper: esphomeMapper,
    section: esphome('plug', 'p', 'power', 'W'),
    readings: [],
  },
  {
    id: 'emonhub-mqtt',
    kind: EMONHUB_KIND,
    mapper: emonhubMapper,
    section: { devices: [{ id: 'plug', node: 'emonTx_3' }] },
    readings: ['plug/p 2420'],
  },
  {
    id: 'rtl433-efergy-test',
    kind: RTL433_KIND,
    mapper: rtl433Mapper,
    section: efergy(59956),
    readings: ['plug/i 0.62', 'plug/s 142.6'],
  },
  {
    id: 'rtl433-efergy-live',
    kind: RTL433_KIND,
    mapper: rtl433Mapper,
    section: efergy(54534, 'EFERGY e2 ct'),
    readings: ['plug/i 0.851', 'plug/s 195.73'],
  },
  {
    id: 'rtl433-efergy-live-2',
    kind: RTL433_KIND,
    mapper: rtl433Mapper,
    section: efergy(27507),
    readings: ['plug/i 30.786', 'plug/s 7080.78'],
  },
  {
    id: 'rtl433-currentcost-2',
    kind: RTL433_KIND,
    mapper: rtl433Mapper,
    section: { devices: [{ id: 'plug', model: 'CurrentCost TX', transmitter: 3031 }] },
    readings: ['plug/p 385'],
  },
  {
    id: 'plugwise2py-mqtt-power',
    kind: PLUGWISE2PY_KIND,
    mapper: plugwise2pyMapper,
    section: { devices: [{ id: 'plug', mac: '000D6F0001A1B2C3' }] },
    readings: ['plug/p 9.78'],
    startAt: 1_405_452_427_000,
  },
];

const rounded = (reading: string) =>
  reading.replace(/[\d.]+$/, (number) => String(Math.round(Number(number) * 1000) / 1000));

describe('recorded messages', () => {
  it.each(CASES)('$id gives $readings', async ({ id, kind, mapper, section, readings, startAt }) => {
    const config: SourceConfig = configOf(kind, section);
    // Each case pairs a kind with its own mapper.
    const bench = startMapper(mapper(config as never), startAt);
    const { topic, payload } = recorded(id);
    expect(isHeard(bench.mapper.filters, topic)).toBe(true);
    bench.hear(topic, payload, id.startsWith('plugwise2py'));
    await bench.clock.advance(1000);
    expect(bench.readings().map(rounded)).toEqual(readings);
  });

  it('a message of 2014 that the broker kept gives nothing', async () => {
    const config = configOf(PLUGWISE2PY_KIND, { devices: [{ id: 'plug', mac: '000d6f0001a1b2c3' }] });
    const bench = startMapper(plugwise2pyMapper(config as never));
    const { topic, payload } = recorded('plugwise2py-mqtt-power');
    bench.hear(topic, payload, true);
    bench.hear(topic, payload, false);
    expect(bench.readings()).toEqual([]);
    expect(bench.mapper.statistics()).toEqual({ not_fresh: 2 });
  });
});
