import type { Device } from '../../domain/device.ts';
import type { Emit } from '../../domain/event.ts';
import type { Statistics } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';

/** What one kind of MQTT source knows: which topics it wants, and what their messages mean. */
export interface MqttMapper {
  /** Complete before the first message: their ids, and what is known of their quantities. */
  readonly devices: readonly Device[];
  /** Topic filters to subscribe to (QoS 0 or 1 is the engine's choice); they overlap nowhere. */
  readonly filters: readonly string[];
  /** Never throws for what a message holds: hostile ones are counted and dropped. */
  onMessage(message: ArrivedMessage): void;
  /** Each time the broker has accepted us; here devices are asked to announce themselves. */
  onConnect?(): void;
  onDisconnect?(): void;
  /** Asks devices at their interval, watches freshness; resolves when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  statistics(): Statistics;
}

/** One message as it came from the broker. */
export interface ArrivedMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** From the broker's memory: nobody measured it just now. */
  readonly isRetained: boolean;
  /** When it arrived, ms since 1970. */
  readonly at: number;
}

/** What a mapper is given to work with. */
export interface MapperSurroundings {
  readonly sourceId: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Samples, availability, notices, and what became known of a device. */
  readonly emit: Emit;
  /** QoS 0, not retained; dropped and counted while the broker is away. */
  publish(topic: string, payload: string): void;
  /**
   * One more topic filter, for what only messages can tell (discovery); kept over reconnects, repeated calls with
   * one filter do nothing. Filters stay disjoint: the mapper's own sees to it.
   */
  subscribe(filter: string): void;
  readonly isConnected: () => boolean;
}

/** Made anew for each run of the source. */
export type CreateMapper = (surroundings: MapperSurroundings) => MqttMapper;
