import type { Phase, QuantityCode } from './quantity.ts';

/** What a device can tell, and how often it is asked for it. */
export interface DeviceQuantity {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  readonly intervalMs: number;
  /** Set where the meter's document is doubtful; shown in `$meta` and by `busbar meters`. */
  readonly doubt?: string;
}

/** Physical limits of the installation, where the user gave them; the bounds of plausible values. */
export interface DeviceRating {
  /** Rated current of the fuse in front of it, A per line. */
  readonly fuseA?: number;
  /** Nominal line-to-neutral voltage, V. */
  readonly nominalV?: number;
}

/** One meter, plug or derived device: everything that subscribers are told about it. */
export interface Device {
  /** Topic level: `[a-z0-9_]+`, not `gateway`. */
  readonly id: string;
  readonly name: string;
  readonly manufacturer?: string;
  readonly model?: string;
  /** Modbus unit id or another address on its wire, for people. */
  readonly address?: string;
  /** The shortest interval at which a sample is taken. */
  readonly intervalMs: number;
  readonly lines: 1 | 3;
  readonly rating: DeviceRating;
  readonly quantities: readonly DeviceQuantity[];
}

export type Availability = 'online' | 'offline';
