import type { Connection } from '../../src/config/types.ts';
import type { ModbusDeviceConfig } from '../../src/sources/modbus-meter/config.ts';

/** A device of the configuration with everything that a user may leave out. */
export function deviceConfig(
  given: Partial<ModbusDeviceConfig> & Pick<ModbusDeviceConfig, 'id' | 'meter'>,
): ModbusDeviceConfig {
  const intervalMs = given.intervalMs ?? 1000;
  return {
    name: given.id,
    unitId: 1,
    intervalMs,
    counterIntervalMs: intervalMs,
    slowIntervalMs: intervalMs,
    wordOrder: undefined,
    gapMs: undefined,
    latencyMs: undefined,
    maxRegisters: undefined,
    only: undefined,
    enable: [],
    disable: [],
    invert: false,
    rating: {},
    ...given,
  };
}

/** An RTU line on a serial device. */
export function serialConnection(path: string, baud = 9600): Connection {
  return {
    kind: 'serial',
    framing: 'rtu',
    path,
    line: { baud, dataBits: 8, parity: 'none', stopBits: 1 },
    unitId: undefined,
  };
}
