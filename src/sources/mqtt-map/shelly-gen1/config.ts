import type { SourceBrokerConfig, SourceConfig, SourceDeviceConfig } from '../../../config/types.ts';

export interface ShellyGen1Config extends SourceConfig {
  readonly type: 'shelly-gen1';
  readonly broker: SourceBrokerConfig | undefined;
  readonly devices: readonly ShellyGen1DeviceConfig[];
}

export interface ShellyGen1DeviceConfig extends SourceDeviceConfig {
  /** Id in its topics: `shellyplug-s-12AB34`, or the one that the user gave it. */
  readonly device: string;
  /** undefined: whichever of them publishes power. */
  readonly component: 'relay' | 'emeter' | 'meter' | 'roller' | 'light' | undefined;
  /** From 0. */
  readonly channel: number;
  /** Channels 0 to 2 of `emeter` are the lines of one device. */
  readonly hasPhases: boolean;
}
