import type { GatewayEvent } from '../../src/domain/event.ts';
import { readingKey, type Sample } from '../../src/domain/reading.ts';
import type { Source } from '../../src/domain/source.ts';
import { createSystemClock } from '../../src/lib/clock.ts';
import { nameOfValue } from '../../src/simulator/naming-meter.ts';
import { connectBus } from '../../src/sources/modbus-meter/bus-connection.ts';
import { createModbusMeterSource } from '../../src/sources/modbus-meter/source.ts';
import { deviceConfig, serialConnection } from './meter-config.ts';
import { addressByKey, type NamingProfile, namingProfile } from './naming-meters.ts';

/** One bus of the test: where it is, its units, what is read of them and how often. */
export interface NamingBus {
  readonly path: string;
  readonly baud: number;
  readonly units: readonly number[];
  readonly shape: NamingProfile;
  readonly intervalMs: number;
  /** A poll's transactions lie within so many of each other; a value of an older poll does not. */
  readonly maxSpread: number;
}

/** A request that gets no good answer is made so often, and others stand between. */
const TRIES = 3;

/** What was counted. A wrong value names another address, or the answer to an older poll. */
export interface NamingCount {
  samples: number;
  /** Samples with every row. */
  complete: number;
  values: number;
  wrong: string[];
  lastSampleAt: number;
  readonly events: GatewayEvent[];
}

export function runNamingBus(
  bus: NamingBus,
  signal: AbortSignal,
): { readonly source: Source; readonly count: NamingCount; readonly ended: Promise<void> } {
  const profile = namingProfile(bus.shape);
  const addresses = addressByKey(profile);
  const connection = serialConnection(bus.path, bus.baud);
  const devices = bus.units.map((unitId) =>
    deviceConfig({ id: `unit_${unitId}`, meter: profile.id, unitId, intervalMs: bus.intervalMs }),
  );
  const config = { type: 'modbus-meter', id: bus.shape.id, connection, devices } as const;
  const source = createModbusMeterSource(
    config,
    new Map([[profile.id, profile]]),
    connectBus(connection),
    createSystemClock(),
  );
  const count: NamingCount = { samples: 0, complete: 0, values: 0, wrong: [], lastSampleAt: 0, events: [] };
  const ended = source.run((event) => {
    if (event.type === 'sample') check(event.sample, addresses, bus.maxSpread, count);
    else count.events.push(event);
  }, signal);
  return { source, count, ended };
}

function check(
  sample: Sample,
  addresses: ReadonlyMap<string, number>,
  maxSpread: number,
  count: NamingCount,
): void {
  count.samples++;
  count.lastSampleAt = Date.now();
  if (sample.readings.length === addresses.size) count.complete++;
  const transactions: number[] = [];
  for (const reading of sample.readings) {
    count.values++;
    const key = readingKey(reading);
    const name = nameOfValue(reading.value, 'float32');
    if (name === undefined || name.address !== addresses.get(key) || name.table !== 'input')
      count.wrong.push(
        `${sample.deviceId} ${key} (address ${addresses.get(key)}): ${JSON.stringify(name)} ${reading.value}`,
      );
    else transactions.push(name.transaction);
  }
  const spread = circularSpread(transactions, 128);
  // A block that a meter refuses is read row by row for that poll, each with its tries.
  const tried = TRIES * new Set(transactions).size;
  if (spread > Math.max(maxSpread, tried))
    count.wrong.push(`${sample.deviceId}: values of transactions ${transactions.join()} in one sample`);
}

// Smallest arc of a circle that holds all numbers.
function circularSpread(numbers: readonly number[], modulus: number): number {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  let largestGap = 0;
  for (const [n, value] of sorted.entries()) {
    const next = sorted[n + 1] ?? (sorted[0] ?? 0) + modulus;
    largestGap = Math.max(largestGap, next - value);
  }
  return sorted.length < 2 ? 0 : modulus - largestGap;
}
