import type { Secret, SourceConfig, SourceDeviceConfig } from '../../config/types.ts';
import type { DeviceQuantity } from '../../domain/device.ts';
import type { Phase, QuantityCode } from '../../domain/quantity.ts';

/** How a web server is asked. */
export interface HttpServerConfig {
  readonly username: string | undefined;
  readonly password: Secret | undefined;
  readonly token: Secret | undefined;
  readonly caFile: string | undefined;
  readonly verifyCertificate: boolean;
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export type PageFormat = 'json' | 'xml';

/** Any page, with the way to each value written out. */
export interface HttpPollConfig extends SourceConfig {
  readonly type: 'http-poll';
  readonly server: HttpServerConfig;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly body: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: by the content type of the answer. */
  readonly format: PageFormat | undefined;
  readonly timePath: string | undefined;
  readonly devices: readonly HttpPollDeviceConfig[];
}

export interface HttpPollDeviceConfig extends SourceDeviceConfig {
  readonly values: readonly PageValueConfig[];
}

/** One value of a page: (found x scale + offset), in `unit`. */
export interface PageValueConfig {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  /** A JSON path or an XPath, as the page is. */
  readonly path: string;
  readonly unit: string;
  readonly scale?: number;
  readonly offset?: number;
  readonly resets?: DeviceQuantity['resets'];
  /** Not every model has it: nobody is told where it is missing. */
  readonly isOptional?: boolean;
}

/** A gateway of The Energy Detective. */
export interface TedConfig extends SourceConfig {
  readonly type: 'ted5000' | 'ted6000';
  readonly server: HttpServerConfig;
  /** Without a path: `http://192.168.1.30`. */
  readonly url: string;
  readonly devices: readonly TedDeviceConfig[];
}

export interface TedDeviceConfig extends SourceDeviceConfig {
  readonly part: TedPart;
}

/** A measuring unit (0 is the sum of all), or a circuit group of a Spyder; all others are counted from 1. */
export type TedPart =
  | { readonly kind: 'mtu'; readonly mtu: number }
  | { readonly kind: 'group'; readonly spyder: number; readonly group: number };
