import type { Connection, SourceConfig, SourceDeviceConfig } from '../../config/types.ts';

/** One bus with Modbus meters. Intervals are milliseconds here, seconds in the file. */
export interface ModbusMeterConfig extends SourceConfig {
  readonly type: 'modbus-meter';
  readonly connection: Connection;
  readonly devices: readonly ModbusDeviceConfig[];
}

export interface ModbusDeviceConfig extends SourceDeviceConfig {
  /** Id of the meter profile. */
  readonly meter: string;
  readonly unitId: number;
  /** Interval of counters (energy); at least `intervalMs`. */
  readonly counterIntervalMs: number;
  readonly slowIntervalMs: number;
  /** Overrides of the profile, where given. */
  readonly wordOrder: 'big' | 'little' | undefined;
  readonly gapMs: number | undefined;
  readonly latencyMs: number | undefined;
  readonly maxRegisters: number | undefined;
  /** Keys (`v_l1`, `e_exp`) to read; absent means every enabled row of the profile. */
  readonly only: readonly string[] | undefined;
  /** Keys whose rows are switched on or off against the profile. */
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

/** Whether a source is a bus of Modbus meters, which alone has a plan of reads. */
export function isModbusMeter(source: SourceConfig): source is ModbusMeterConfig {
  return source.type === 'modbus-meter';
}
