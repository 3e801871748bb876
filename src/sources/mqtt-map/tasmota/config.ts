import type { SourceBrokerConfig, SourceConfig, SourceDeviceConfig } from '../../../config/types.ts';

export interface TasmotaConfig extends SourceConfig {
  readonly type: 'tasmota';
  readonly broker: SourceBrokerConfig | undefined;
  /** `FullTopic` of the devices, with `%prefix%` and, but for a lone device, `%topic%`. */
  readonly fullTopic: string;
  /** The words of the last will. */
  readonly online: string;
  readonly offline: string;
  readonly devices: readonly TasmotaDeviceConfig[];
}

export interface TasmotaDeviceConfig extends SourceDeviceConfig {
  /** `Topic` of the device; undefined: learnt from discovery by its MAC. */
  readonly topic: string | undefined;
  /** Twelve hexadecimal digits, upper case. */
  readonly mac: string | undefined;
  /** One of several relays, from 1: its place in lists. */
  readonly channel: number | undefined;
  /** Lists are the three lines of one device. */
  readonly hasPhases: boolean;
}
