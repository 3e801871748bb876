import type { SourceBrokerConfig, SourceConfig } from '../../../config/types.ts';
import type { PushedDeviceConfig } from '../pushed/plug.ts';

export interface Plugwise2pyConfig extends SourceConfig {
  readonly type: 'plugwise2py';
  readonly broker: SourceBrokerConfig | undefined;
  readonly base: string;
  readonly devices: readonly Plugwise2pyDeviceConfig[];
}

export interface Plugwise2pyDeviceConfig extends PushedDeviceConfig {
  /** Sixteen characters, as the program writes them into its topics. */
  readonly mac: string;
}
