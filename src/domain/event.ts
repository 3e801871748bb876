import type { Availability, Device } from './device.ts';
import type { Sample } from './reading.ts';

/** Something a person should know, told once when it begins and once when it ends; never once a poll. */
export interface Notice {
  readonly type: 'notice';
  readonly level: 'info' | 'warn' | 'error';
  /** Stable word for programs, for example `unit-silent`, `port-lost`, `register-refused`. */
  readonly code: string;
  /** One sentence for people: what happened, where, and what to do. */
  readonly message: string;
  readonly at: number;
  readonly deviceId?: string;
  readonly bus?: string;
}

export type GatewayEvent =
  | { readonly type: 'sample'; readonly sample: Sample }
  | {
      readonly type: 'availability';
      readonly deviceId: string;
      readonly state: Availability;
      readonly at: number;
      readonly reason: string;
    }
  /** More is known of a device than at the start: which quantities it has, its model. Its id stays. */
  | { readonly type: 'device'; readonly device: Device }
  | Notice;

export type Emit = (event: GatewayEvent) => void;
