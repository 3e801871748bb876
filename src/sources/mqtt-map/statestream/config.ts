import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

export interface StatestreamConfig extends SourceConfig {
  readonly type: 'statestream';
  readonly broker: SourceBrokerConfig | undefined;
  /** `base_topic` of the integration. */
  readonly base: string;
  readonly devices: readonly StatestreamDeviceConfig[];
}

export interface StatestreamDeviceConfig extends PushedDeviceConfig {
  readonly values: readonly StatestreamValue[];
}

export interface StatestreamValue extends PushedValue {
  /** `sensor.fridge_power`. */
  readonly entity: string;
}
