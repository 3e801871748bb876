import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

export interface HaDiscoveryConfig extends SourceConfig {
  readonly type: 'ha-discovery';
  readonly broker: SourceBrokerConfig | undefined;
  readonly prefix: string;
  readonly devices: readonly HaDiscoveryDeviceConfig[];
}

export interface HaDiscoveryDeviceConfig extends PushedDeviceConfig {
  /** Identifier, name, or the begin of the unique ids of the device. */
  readonly device: string;
  /** undefined: every sensor whose unit is known, one a quantity. */
  readonly sensors: readonly SensorSelection[] | undefined;
}

export interface SensorSelection {
  /** Unique id, object id or name of the sensor. */
  readonly sensor: string;
  /** undefined: what its unit says. */
  readonly key: Pick<PushedValue, 'code' | 'phase'> | undefined;
  readonly resets: PushedValue['resets'] | undefined;
}
