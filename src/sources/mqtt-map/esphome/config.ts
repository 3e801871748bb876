import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

export interface EsphomeConfig extends SourceConfig {
  readonly type: 'esphome';
  readonly broker: SourceBrokerConfig | undefined;
  /** Where ESPHome announces its sensors, from which units are learnt. */
  readonly discovery: string;
  readonly devices: readonly EsphomeDeviceConfig[];
}

export interface EsphomeDeviceConfig extends PushedDeviceConfig {
  /** `topic_prefix` of the device. */
  readonly prefix: string;
  readonly values: readonly EsphomeValue[];
}

export interface EsphomeValue extends PushedValue {
  /** `object_id` of the sensor. */
  readonly sensor: string;
}
