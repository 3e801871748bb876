import type { Connection } from '../../config/types.ts';
import { readingKey } from '../../domain/reading.ts';
import { EXIT } from '../../lib/exit-codes.ts';
import { nearestWord } from '../../lib/issue.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { ModbusDeviceConfig } from '../../sources/modbus-meter/config.ts';
import { hasSetting } from '../connection-argument.ts';
import { CommandError } from '../failure.ts';

/**
 * The connection with what the URL leaves open taken from the model: the settings with which it leaves the
 * factory, and its unit id.
 */
export function withMeterDefaults(text: string, connection: Connection, profile: MeterProfile): Connection {
  const { serial } = profile;
  if (connection.kind !== 'serial' || connection.framing !== 'rtu' || serial === undefined) return connection;
  const line = {
    ...connection.line,
    ...(hasSetting(text, 'baud') ? {} : { baud: serial.baud }),
    ...(hasSetting(text, 'parity') ? {} : { parity: serial.parity }),
    ...(hasSetting(text, 'stopBits') ? {} : { stopBits: serial.stopBits }),
  };
  return { ...connection, line };
}

/** What the user asked for on the command line. */
export interface DeviceWishes {
  readonly unitId: number;
  readonly wordOrder: 'big' | 'little' | undefined;
  readonly only: readonly string[] | undefined;
  readonly latencyMs: number | undefined;
}

/** A device of no configuration. Throws a CommandError for keys that the model does not have. */
export function deviceOf(profile: MeterProfile, wishes: DeviceWishes): ModbusDeviceConfig {
  const keys = [...new Set(profile.registers.map(readingKey))];
  for (const key of wishes.only ?? []) {
    if (keys.includes(key)) continue;
    const near = nearestWord(key, keys);
    const meant = near === undefined ? '' : `did you mean ${near}? `;
    throw new CommandError(EXIT.usage, `${profile.id} has no "${key}"; ${meant}it has: ${keys.join(', ')}`);
  }
  const enabled = new Set(profile.registers.filter((row) => row.enabled).map(readingKey));
  return {
    id: profile.id,
    name: profile.model,
    meter: profile.id,
    unitId: wishes.unitId,
    intervalMs: 1000,
    counterIntervalMs: 1000,
    slowIntervalMs: 1000,
    wordOrder: wishes.wordOrder,
    gapMs: undefined,
    latencyMs: wishes.latencyMs,
    maxRegisters: undefined,
    only: wishes.only,
    // Who asks for a doubtful row by name shall see it.
    enable: (wishes.only ?? []).filter((key) => !enabled.has(key)),
    disable: [],
    invert: false,
    rating: {},
  };
}
