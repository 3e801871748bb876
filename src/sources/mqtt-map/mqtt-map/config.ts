import type { SourceBrokerConfig, SourceConfig, SourceDeviceConfig } from '../../../config/types.ts';
import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import type { JsonPath } from '../../../mapping/json-path.ts';

export interface MqttMapConfig extends SourceConfig {
  readonly type: 'mqtt-map';
  readonly broker: SourceBrokerConfig | undefined;
  readonly devices: readonly MappedDeviceConfig[];
}

export interface MappedDeviceConfig extends SourceDeviceConfig {
  readonly values: readonly MappedValue[];
  /** Where the time of the measurement stands in each JSON payload that has one. */
  readonly timePath: JsonPath | undefined;
  readonly availability: MappedAvailability | undefined;
  readonly freshMs: number | undefined;
  readonly gatherMs: number;
  /** ignore: never; timed: those that hold their own, recent time. */
  readonly retained: 'ignore' | 'timed';
}

export interface MappedValue {
  readonly topic: string;
  /** undefined: the payload is the number itself. */
  readonly path: JsonPath | undefined;
  readonly code: QuantityCode;
  readonly phase: Phase | undefined;
  /** From the number as it arrives, after scale and offset, to the unit of the quantity. */
  readonly convert: (value: number) => number;
  readonly scale: number;
  readonly offset: number;
  readonly resets: 'daily' | 'monthly' | 'at-boot' | undefined;
}

export interface MappedAvailability {
  readonly topic: string;
  readonly path: JsonPath | undefined;
  readonly online: string;
  readonly offline: string;
}
