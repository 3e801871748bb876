import type { SourceBrokerConfig, SourceConfig, SourceDeviceConfig } from '../../../config/types.ts';

export interface Zigbee2mqttConfig extends SourceConfig {
  readonly type: 'zigbee2mqtt';
  readonly broker: SourceBrokerConfig | undefined;
  /** First topic level(s) of zigbee2mqtt. */
  readonly base: string;
  readonly devices: readonly ZigbeeDeviceConfig[];
}

export interface ZigbeeDeviceConfig extends SourceDeviceConfig {
  /** Friendly name, or IEEE address (`0x00158d0001a2b3c4`, lower case). */
  readonly device: string;
  /** One of several sockets of the device: `l1`, `left`. */
  readonly endpoint: string | undefined;
  /** Every published value counts as fresh. */
  readonly trustCache: boolean;
}
