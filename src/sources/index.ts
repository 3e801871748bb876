import type { SourceConfig } from '../config/types.ts';
import type { Source } from '../domain/source.ts';
import type { Clock } from '../lib/clock.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { connectBus } from './modbus-meter/bus-connection.ts';
import { createModbusMeterSource } from './modbus-meter/source.ts';

/** What a source may be made from. */
export interface SourceParts {
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly clock: Clock;
}

/** The list of all kinds of sources: a new one is a folder and a line here. */
export function createSource(config: SourceConfig, parts: SourceParts): Source {
  switch (config.type) {
    case 'modbus-meter':
      return createModbusMeterSource(config, parts.profiles, connectBus(config.connection), parts.clock);
    default:
      return config.type satisfies never;
  }
}
