import type { MeterProfile, MeterRegister, ReadLimits } from '../../../../src/meters/profile.ts';
import type { ModbusDeviceConfig } from '../../../../src/sources/modbus-meter/config.ts';
import { deviceConfig } from '../../../support/meter-config.ts';

const LIMITS: ReadLimits = {
  maxRegisters: 60,
  step: 1,
  canBridge: true,
  maxGap: 10,
  blocks: [],
  forbidden: [],
  tablesAlike: false,
};

/** A row of 16 bits; `changes` say what is not so. */
export function register(
  code: MeterRegister['code'],
  address: number,
  changes: Partial<MeterRegister> = {},
): MeterRegister {
  return {
    code,
    table: 'input',
    address,
    type: 'int16',
    wordOrder: 'big',
    scale: 1,
    unit: UNITS[code] ?? '',
    invalid: [],
    cadence: code.startsWith('e') ? 'counter' : 'live',
    enabled: true,
    optional: false,
    sources: ['test'],
    ...changes,
  };
}

const UNITS: Partial<Record<MeterRegister['code'], string>> = {
  p: 'W',
  q: 'var',
  v: 'V',
  i: 'A',
  f: 'Hz',
  e_imp: 'kWh',
  e_exp: 'kWh',
};

export function profileOf(
  registers: readonly MeterRegister[],
  limits: Partial<ReadLimits> = {},
  changes: Partial<MeterProfile> = {},
): MeterProfile {
  return {
    id: 'test-meter',
    manufacturer: 'Test',
    model: 'Meter',
    aliases: [],
    lines: 1,
    gapMs: 0,
    latencyMs: 200,
    limits: { ...LIMITS, ...limits },
    identify: [],
    scales: [],
    registers,
    notes: [],
    doubts: [],
    sources: new Map([['test', 'the tests of the source']]),
    ...changes,
  };
}

export function deviceOf(unitId: number, changes: Partial<ModbusDeviceConfig> = {}): ModbusDeviceConfig {
  const names = { id: `meter${unitId}`, name: `Meter ${unitId}`, meter: 'test-meter', unitId };
  return deviceConfig({ ...names, counterIntervalMs: 10_000, slowIntervalMs: 60_000, ...changes });
}
