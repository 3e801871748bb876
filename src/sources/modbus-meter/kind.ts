import * as z from 'zod';
import { ms } from '../../config/device-fields.ts';
import { modbusConnection } from '../../config/modbus-connection.ts';
import { checkMeterModel, checkUnitRange, unitWords } from '../../config/modbus-units.ts';
import { checkReadingKeys, readingKeyList } from '../../config/reading-keys.ts';
import { repeated } from '../../config/repeated.ts';
import * as scalar from '../../config/scalars.ts';
import { seconds, wholeNumber } from '../../config/scalars.ts';
import type { CheckSurroundings, Section, SectionDraft } from '../../config/source-kind.ts';
import type { Issue } from '../../lib/issue.ts';
import { describeValue } from '../../lib/show-value.ts';
import { defineKind } from '../kind.ts';
import type { ModbusDeviceConfig, ModbusMeterConfig } from './config.ts';

const FIELDS = {
  connection: modbusConnection.describe('Where the bus is: a connection URL, see below'),
} as const;

const DEVICE_FIELDS = {
  meter: scalar.profileId.describe('Model, as `busbar meters` lists it'),
  unit: scalar.unitId
    .optional()
    .describe('Unit id: 1 to 247; `tcp://` also 0 and 255. May stand in the connection instead'),
  counterInterval: scalar.interval
    .optional()
    .describe('Seconds between two polls of the counters (energy); without it `interval`'),
  slowInterval: scalar.interval
    .optional()
    .describe('Seconds between two polls of what changes slowly; without it 60, at least `interval`'),
  wordOrder: z
    .enum(['big', 'little'])
    .optional()
    .describe('Order of the words of a value, where the meter was set otherwise than its profile says'),
  gap: seconds(0, 10, 0.001).optional().describe('Seconds of silence that the meter needs before a request'),
  latency: seconds(0.001, 60, 0.001).optional().describe('Longest time in seconds until it begins to answer'),
  maxRegisters: wholeNumber(1, 125).optional().describe('Most registers in one read'),
  only: readingKeyList.optional().describe('Read these and nothing else, for example `[p, q, v]`'),
  enable: readingKeyList.optional().describe('Read these too, though the profile has them switched off'),
  disable: readingKeyList.optional().describe('Do not read these'),
} as const;

/** Electricity meters on a Modbus line, one section a bus. */
export const MODBUS_METER_KIND = defineKind({
  type: 'modbus-meter',
  doc: 'Electricity meters on one Modbus line or at one Modbus TCP address; they are asked one after the other.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  check,
  build: ({ id, fields, devices }): ModbusMeterConfig => ({
    type: 'modbus-meter',
    id,
    connection: fields.connection,
    devices: devices.map((device) => buildDevice(device, fields.connection.unitId)),
  }),
  async create(config, { profiles, clock }) {
    const [{ createModbusMeterSource }, { connectBus }] = await Promise.all([
      import('./source.ts'),
      import('./bus-connection.ts'),
    ]);
    return createModbusMeterSource(config, profiles, connectBus(config.connection), clock);
  },
});

type Draft = SectionDraft<typeof FIELDS, typeof DEVICE_FIELDS>;
type DraftDevice = Draft['devices'][number];

function check(source: Draft, { at, defaultIntervalS, knownMeters }: CheckSurroundings): Issue[] {
  const { connection } = source.fields;
  const unitOf = (device: DraftDevice) => device.fields.unit ?? connection?.unitId;
  return [
    ...repeated(source.devices, 'unit', unitOf, at, 'device of this bus'),
    ...source.devices.flatMap((device) => {
      if (connection !== undefined && unitOf(device) === undefined && device.lacks('unit'))
        return [at([...device.path, 'unit'], 'is missing', `allowed: ${unitWords(connection.framing)}`)];
      return checkUnitRange(device, connection?.framing, at);
    }),
    ...source.devices.flatMap((device) => [
      ...checkMeterModel(device, knownMeters, at),
      ...checkIntervals(device, defaultIntervalS, at),
      ...checkKeyLists(device, at),
    ]),
  ];
}

function checkIntervals(
  { path, fields }: DraftDevice,
  defaultIntervalS: number,
  at: CheckSurroundings['at'],
): Issue[] {
  const interval = fields.interval ?? defaultIntervalS;
  const whose = fields.interval === undefined ? 'the default interval' : 'the interval';
  return (['counterInterval', 'slowInterval'] as const).flatMap((key) => {
    const value = fields[key];
    if (value === undefined || value >= interval) return [];
    const problem = `found ${value}: it is shorter than ${whose} of ${interval}`;
    return [at([...path, key], problem, `allowed: ${interval} and more`)];
  });
}

const KEY_LISTS = ['only', 'enable', 'disable'] as const;

function checkKeyLists({ path, fields }: DraftDevice, at: CheckSurroundings['at']): Issue[] {
  const keys = KEY_LISTS.flatMap((list) =>
    (fields[list] ?? []).map((key, index) => ({ key, path: [...path, list, index] })),
  );
  const contradictions = (fields.disable ?? []).flatMap((key, index) => {
    const other = (['only', 'enable'] as const).find((list) => fields[list]?.includes(key));
    if (other === undefined) return [];
    const problem = `found ${describeValue(key)}: it stands in "${other}" too`;
    return [at([...path, 'disable', index], problem, 'allowed: one of the two')];
  });
  return [...checkReadingKeys(keys, at), ...contradictions];
}

const DEFAULT_SLOW_S = 60;

function buildDevice(
  { common, fields }: Section<typeof FIELDS, typeof DEVICE_FIELDS>['devices'][number],
  unitOfConnection: number | undefined,
): ModbusDeviceConfig {
  return {
    ...common,
    meter: fields.meter,
    // The check of units has refused a device that has a unit neither here nor in the connection.
    unitId: fields.unit ?? unitOfConnection ?? 1,
    counterIntervalMs: fields.counterInterval === undefined ? common.intervalMs : ms(fields.counterInterval),
    slowIntervalMs:
      fields.slowInterval === undefined
        ? Math.max(ms(DEFAULT_SLOW_S), common.intervalMs)
        : ms(fields.slowInterval),
    wordOrder: fields.wordOrder,
    gapMs: fields.gap === undefined ? undefined : ms(fields.gap),
    latencyMs: fields.latency === undefined ? undefined : ms(fields.latency),
    maxRegisters: fields.maxRegisters,
    only: fields.only,
    enable: fields.enable ?? [],
    disable: fields.disable ?? [],
  };
}
