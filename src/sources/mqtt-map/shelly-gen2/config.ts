import type { SourceBrokerConfig, SourceConfig, SourceDeviceConfig } from '../../../config/types.ts';

export interface ShellyGen2Config extends SourceConfig {
  readonly type: 'shelly-gen2';
  readonly broker: SourceBrokerConfig | undefined;
  readonly devices: readonly ShellyGen2DeviceConfig[];
}

export interface ShellyGen2DeviceConfig extends SourceDeviceConfig {
  /** MQTT prefix: the device id, or what the user set. */
  readonly prefix: string;
  /** `switch:0`, `pm1:0`, `em:0`, `em1:2`. */
  readonly component: string;
}
