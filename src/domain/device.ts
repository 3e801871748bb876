import type { Phase, QuantityCode } from './quantity.ts';

/** What a device can tell, and how often it is asked for it. */
export interface DeviceQuantity {
  readonly code: QuantityCode;
  readonly phase?: Phase;
  readonly intervalMs: number;
  /** Set where the meter's document is doubtful; shown in `$meta` and by `busbar meters`. */
  readonly doubt?: string;
  /** Not measured by the device: summed up here from its power, or computed from other devices. */
  readonly origin?: 'integrated' | 'derived';
  /** When a counter begins again at 0 by itself; absent where it never should. */
  readonly resets?: 'daily' | 'monthly' | 'at-boot';
}

/** Physical limits of the installation, where the user gave them; the bounds of plausible values. */
export interface DeviceRating {
  /** Rated current of the fuse in front of it, A per line. */
  readonly fuseA?: number;
  /** Nominal line-to-neutral voltage, V. */
  readonly nominalV?: number;
  /** Most power that can flow through it, W in either direction; a plug's own limit. */
  readonly maxW?: number;
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
  /** Stays as long as it is the same piece of hardware (a MAC, a serial number); another one has other counters. */
  readonly identity?: string;
  /** The shortest interval at which a sample is taken. */
  readonly intervalMs: number;
  /** How long a sample stands for the present; three intervals where nothing else is known. */
  readonly freshMs?: number;
  readonly lines: 1 | 3;
  readonly rating: DeviceRating;
  readonly quantities: readonly DeviceQuantity[];
}

export type Availability = 'online' | 'offline';

const FRESH_INTERVALS = 3;

/** How long after a sample of this device nothing newer may have come before it counts as silent, ms. */
export function freshnessMs(device: Pick<Device, 'freshMs' | 'intervalMs'>): number {
  return device.freshMs ?? FRESH_INTERVALS * device.intervalMs;
}
