import type * as z from 'zod';
import type { SectionKind } from '../config/source-kind.ts';
import type { SourceConfig } from '../config/types.ts';
import type { Source } from '../domain/source.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { MeterProfile } from '../meters/profile.ts';
import type { MqttConnectOptions } from '../transports/mqtt-session.ts';

/** What a source may be made from. */
export interface SourceParts {
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Folder for what must survive a restart; it may not exist yet. */
  readonly stateDirectory: string;
  /**
   * How the gateway's own broker is reached, with a client id made for this source; resolves when the embedded
   * broker listens, to undefined when the signal aborts first.
   */
  readonly ownBroker: (sourceId: string, signal: AbortSignal) => Promise<MqttConnectOptions | undefined>;
}

/** One kind of source, whole: its section of the configuration, and how it is made from it. */
export interface SourceKind<
  F extends z.ZodRawShape = z.ZodRawShape,
  D extends z.ZodRawShape = z.ZodRawShape,
  C extends SourceConfig = SourceConfig,
> extends SectionKind<F, D, C> {
  /** Opens nothing. Throws a RangeError for what cannot be; its code is loaded only now (`await import`). */
  create(config: C, parts: SourceParts): Promise<Source>;
}

/** Forgets the types of one kind's own fields, so that all kinds fit into one list. */
export function defineKind<F extends z.ZodRawShape, D extends z.ZodRawShape, C extends SourceConfig>(
  kind: SourceKind<F, D, C>,
): SourceKind {
  // Each kind is only ever given what was parsed by its own schema, which the registry sees to by its type.
  return kind as unknown as SourceKind;
}
