import type { MeterProfile, MeterRegister } from '../../../src/meters/profile.ts';
import type { ModbusDeviceConfig } from '../../../src/sources/modbus-meter/config.ts';
import { deviceConfig } from '../../support/meter-config.ts';

/** A row of a made-up meter: one unsigned input register. */
export function row(given: Partial<MeterRegister> & Pick<MeterRegister, 'code' | 'address'>): MeterRegister {
  return {
    table: 'input',
    type: 'uint16',
    wordOrder: 'big',
    scale: 0.1,
    unit: { v: 'V', f: 'Hz', i: 'A', p: 'W', s: 'VA', e_imp: 'kWh' }[given.code as string] ?? '',
    invalid: [],
    cadence: 'live',
    enabled: true,
    optional: false,
    sources: ['made-up'],
    ...given,
  };
}

/** A made-up meter. */
export function profile(given: Partial<MeterProfile> & Pick<MeterProfile, 'registers'>): MeterProfile {
  return {
    id: 'made-up',
    manufacturer: 'Nobody',
    model: 'M1',
    aliases: [],
    lines: 1,
    gapMs: 0,
    latencyMs: 300,
    limits: {
      maxRegisters: 60,
      step: 1,
      canBridge: true,
      maxGap: 60,
      blocks: [],
      forbidden: [],
      tablesAlike: false,
    },
    identify: [],
    scales: [],
    notes: [],
    doubts: [],
    sources: new Map([['made-up', 'this test']]),
    ...given,
  };
}

/** A device of the configuration; all values at one interval unless told otherwise. */
export function device(given: Partial<ModbusDeviceConfig>): ModbusDeviceConfig {
  return deviceConfig({ id: 'fridge', name: 'Fridge', meter: 'made-up', ...given });
}
