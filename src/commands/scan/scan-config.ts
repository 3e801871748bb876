import { stringify } from 'yaml';
import { formatConnection } from '../../config/connection.ts';
import type { Connection } from '../../config/types.ts';
import type { FoundUnit } from './scan-bus.ts';

/** The connection of the configuration, and the units that it can hold. */
export interface ScanConfig {
  readonly connection: Connection;
  readonly units: readonly FoundUnit[];
  /** Units that answered with other settings, or that no profile describes. */
  readonly leftOut: readonly FoundUnit[];
}

/** Chooses what goes into the configuration: the settings with which most units were recognised. */
export function chooseUnits(found: readonly FoundUnit[]): ScanConfig | undefined {
  const groups = new Map<string, FoundUnit[]>();
  for (const unit of found.filter(({ identity }) => identity.candidates.length > 0)) {
    const key = formatConnection(unit.connection);
    groups.set(key, [...(groups.get(key) ?? []), unit]);
  }
  const [best] = [...groups.values()].sort((a, b) => b.length - a.length);
  const [first] = best ?? [];
  if (best === undefined || first === undefined) return undefined;
  const leftOut = found.filter((unit) => !best.includes(unit));
  return { connection: withStopBits(first.connection, best), units: best, leftOut };
}

// The search uses one stop bit everywhere; where all models want two, the configuration says so.
function withStopBits(connection: Connection, units: readonly FoundUnit[]): Connection {
  if (connection.kind !== 'serial') return connection;
  const isTwo = units.every(({ identity }) => {
    const serial = identity.candidates[0]?.profile.serial;
    return serial?.stopBits === 2 && serial.parity === connection.line.parity;
  });
  return isTwo ? { ...connection, line: { ...connection.line, stopBits: 2 } } : connection;
}

/**
 * The file of a user, with these meters in it. `stablePath` gives a serial port the name that it keeps when
 * another adapter is plugged in.
 */
export function formatScanConfig(config: ScanConfig, stablePath: (path: string) => string): string {
  const { connection } = config;
  const place =
    connection.kind === 'serial' ? { ...connection, path: stablePath(connection.path) } : connection;
  const devices = config.units.flatMap(({ unitId, identity }) => {
    const [best] = identity.candidates;
    if (best === undefined) return [];
    const { profile, wordOrder } = best;
    return [
      {
        id: `meter_${unitId}`,
        name: `${profile.manufacturer} ${profile.model}`,
        meter: profile.id,
        unit: unitId,
        ...(wordOrder === undefined ? {} : { wordOrder }),
      },
    ];
  });
  return stringify(
    {
      sources: [
        {
          type: 'modbus-meter',
          id: 'bus',
          connection: formatConnection({ ...place, unitId: undefined }),
          devices,
        },
      ],
    },
    { lineWidth: 0 },
  );
}
