import type { Connection, SimulatorConfig } from '../config/types.ts';
import type { MeterProfile } from '../meters/profile.ts';
import type { FaultRule } from './faults.ts';

export interface SimulateMeterOptions {
  readonly profile: MeterProfile;
  /** One simulated meter for each. Default: the unit id of the profile, or 1. */
  readonly unitIds?: readonly number[];
  readonly connection: Connection;
  /** Default: at the pace of the line. */
  readonly paced?: boolean;
  /** Default: 20 ms. */
  readonly turnaroundMs?: number;
  readonly faults?: readonly FaultRule[];
  /** A circuit of the simulated house. Default: `mains`. */
  readonly measures?: string;
  /** Default: 1. */
  readonly seed?: number;
}

/** What `createSimulator` needs, beside clock and logger, to serve meters of one profile on one connection. */
export function simulateMeter(options: SimulateMeterOptions): {
  readonly config: SimulatorConfig;
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly faults: readonly FaultRule[];
} {
  const { profile, connection, measures = 'mains' } = options;
  const unitIds = options.unitIds ?? [connection.unitId ?? profile.serial?.unitId ?? 1];
  return {
    config: {
      seed: options.seed ?? 1,
      paced: options.paced ?? true,
      buses: [
        {
          connection,
          turnaroundMs: options.turnaroundMs ?? 20,
          meters: unitIds.map((unitId) => ({ unitId, profile: profile.id, measures })),
        },
      ],
    },
    profiles: new Map([[profile.id, profile]]),
    faults: options.faults ?? [],
  };
}
