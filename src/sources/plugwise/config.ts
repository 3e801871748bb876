import type { ByteConnection, SourceConfig, SourceDeviceConfig } from '../../config/types.ts';

/** One Plugwise stick with the Circles that are to be read. */
export interface PlugwiseConfig extends SourceConfig {
  readonly type: 'plugwise';
  readonly connection: ByteConnection;
  readonly devices: readonly PlugwiseDeviceConfig[];
  /** Whether the Circles' clocks are set to UTC when they are wrong, and once a day. */
  readonly setClocks: boolean;
  /** Whether energy counters are made from the Circles' own counters and logs. */
  readonly energyLog: boolean;
}

export interface PlugwiseDeviceConfig extends SourceDeviceConfig {
  /** 16 upper-case hexadecimal digits. */
  readonly mac: string;
  readonly allowSwitching: boolean;
}
