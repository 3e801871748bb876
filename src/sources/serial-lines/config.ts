import type { ByteConnection, SourceConfig, SourceDeviceConfig } from '../../config/types.ts';
import type { Phase, QuantityCode } from '../../domain/quantity.ts';
import type { EmonLayout } from '../../protocols/emon/layout.ts';
import type { ApiMode } from '../../protocols/xbee/frame.ts';
import type { AnalogChannel } from '../../protocols/xbee/received.ts';

/** What the sections of all monitors on a serial line have. */
export interface SerialLineConfig extends SourceConfig {
  readonly connection: ByteConnection;
  /** The connection is opened anew when nothing at all was heard for so long. */
  readonly silenceMs: number;
}

export interface CurrentCostConfig extends SerialLineConfig {
  readonly type: 'currentcost';
  readonly model: CurrentCostModel;
  readonly devices: readonly CurrentCostDeviceConfig[];
}

export type CurrentCostModel = 'cc128' | 'envir' | 'classic';

export interface CurrentCostDeviceConfig extends SourceDeviceConfig {
  /** 0 is the whole house, 1 to 9 are plugs. */
  readonly sensor: number;
  readonly channel: 1 | 2 | 3 | 'all';
  /** Only messages of the transmitter with this id. */
  readonly radio: number | undefined;
  readonly lines: 1 | 3;
  /** Whether the temperature in the room of the display is published as well. */
  readonly hasTemperature: boolean;
}

export interface EcoManagerConfig extends SerialLineConfig {
  readonly type: 'ecomanager';
  readonly devices: readonly EcoManagerDeviceConfig[];
}

export interface EcoManagerDeviceConfig extends SourceDeviceConfig {
  readonly radio: number;
  /** One clamp of a transmitter; undefined: the sum of what it sends. */
  readonly sensor: 1 | 2 | 3 | undefined;
}

export interface EmonTxConfig extends SerialLineConfig {
  readonly type: 'emontx';
  /** By node; those of the configuration and the known ones. */
  readonly layouts: ReadonlyMap<number, EmonLayout>;
  readonly devices: readonly EmonTxDeviceConfig[];
}

export interface EmonTxDeviceConfig extends SourceDeviceConfig {
  /** Undefined: lines that name no node. */
  readonly node: number | undefined;
  readonly values: readonly EmonValueConfig[];
}

export interface EmonValueConfig {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  /** Names in lower case; the first that a message has counts. */
  readonly fields: readonly string[];
  readonly scale: number;
  /** Unit of the field times `scale`; undefined: that of the quantity. */
  readonly unit: string | undefined;
  /** Announced only when a message has it: not every firmware sends it. */
  readonly isOptional: boolean;
}

export interface XBeeConfig extends SerialLineConfig {
  readonly type: 'xbee';
  readonly apiMode: ApiMode;
  /** Full scale of modules without a reference of their own, mV. */
  readonly referenceMv: number | undefined;
  readonly devices: readonly XBeeDeviceConfig[];
}

export interface XBeeDeviceConfig extends SourceDeviceConfig {
  /** 16 or 4 hexadecimal digits in lower case. */
  readonly address: string;
  readonly values: readonly XBeeValueConfig[];
}

export interface XBeeValueConfig {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  readonly from: XBeeValueSource;
  /** value = scale x what was received + offset. */
  readonly scale: number;
  readonly offset: number;
}

export type XBeeValueSource =
  | { readonly kind: 'channel'; readonly channel: AnalogChannel; readonly per: 'mV' | 'count' }
  | { readonly kind: 'number' }
  /** By name, in lower case. */
  | { readonly kind: 'pair'; readonly key: string };
