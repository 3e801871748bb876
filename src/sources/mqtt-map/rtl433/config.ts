import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';
import type { PushedValue } from '../pushed/value-rule.ts';

export interface Rtl433Config extends SourceConfig {
  readonly type: 'rtl433';
  readonly broker: SourceBrokerConfig | undefined;
  /** `events`: a JSON document a packet; `devices`: a topic a field. */
  readonly form: 'events' | 'devices';
  /** Filter of the events, or of what stands before the model in the devices form. */
  readonly topic: string;
  readonly devices: readonly Rtl433DeviceConfig[];
}

export interface Rtl433DeviceConfig extends PushedDeviceConfig {
  readonly model: string;
  /** As text: ids may be numbers or words. */
  readonly transmitter: string;
  readonly channel: string | undefined;
  readonly values: readonly Rtl433Value[];
}

export interface Rtl433Value extends PushedValue {
  /** Names under which the field comes, in the order of trust. */
  readonly fields: readonly string[];
  /** Volts with which a current is multiplied for an apparent power; nobody measured them. */
  readonly assumedV?: number;
}
