import type { AggregateRule } from '../../config/types.ts';
import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import { type Reading, readingKey } from '../../domain/reading.ts';
import { formatNumber } from './payload.ts';
import { isGaugeKey, STATISTICS } from './topics.ts';

interface Tally {
  count: number;
  sum: number;
  min: number;
  max: number;
  readonly decimals: number;
}

/**
 * Mean, lowest and highest value of each interval, aligned to the wall clock. The mean is the plain mean of
 * the interval's samples: they are taken at equal distances, and where they are not (a plug that tells of
 * changes) nobody knows what was between them.
 */
export class Aggregator {
  readonly #keys: ReadonlySet<string>;
  #tallies = new Map<string, Tally>();
  /** Number of the running interval since 1970; undefined while it has no sample. */
  #interval: number | undefined;

  constructor(private readonly rule: AggregateRule) {
    this.#keys = new Set(rule.keys.filter(isGaugeKey));
  }

  /** Takes a sample in; gives what the interval before it has come to, where this one begins another. */
  add(readings: readonly Reading[], takenAt: number): ReadonlyMap<string, string> {
    const interval = Math.floor(takenAt / this.rule.intervalMs);
    const closed = interval === this.#interval ? NOTHING : this.close();
    for (const reading of readings) {
      const key = readingKey(reading);
      if (!this.#keys.has(key) || !Number.isFinite(reading.value)) continue;
      this.#interval = interval;
      this.#tally(key, reading);
    }
    return closed;
  }

  #tally(key: string, { code, value }: Reading): void {
    const tally = this.#tallies.get(key);
    if (tally === undefined) {
      const { decimals } = quantityFacts(code);
      this.#tallies.set(key, { count: 1, sum: value, min: value, max: value, decimals });
      return;
    }
    tally.count += 1;
    tally.sum += value;
    tally.min = Math.min(tally.min, value);
    tally.max = Math.max(tally.max, value);
  }

  /** When the running interval ends (ms since 1970); undefined while it has no sample. */
  get endsAt(): number | undefined {
    return this.#interval === undefined ? undefined : (this.#interval + 1) * this.rule.intervalMs;
  }

  /** Ends the interval: its values by key (`p_mean`), none where it had no sample. */
  close(): ReadonlyMap<string, string> {
    if (this.#interval === undefined) return NOTHING;
    const values = new Map<string, string>();
    for (const [key, { count, sum, min, max, decimals }] of this.#tallies) {
      const ofInterval = { mean: sum / count, min, max };
      for (const statistic of STATISTICS) {
        const text = formatNumber(ofInterval[statistic], decimals);
        if (text !== undefined) values.set(`${key}_${statistic}`, text);
      }
    }
    this.#tallies = new Map();
    this.#interval = undefined;
    return values;
  }
}

const NOTHING: ReadonlyMap<string, string> = new Map();

export interface AggregateKey {
  /** Last level of its topic: `p_mean`. */
  readonly key: string;
  readonly of: DeviceQuantity;
  readonly statistic: (typeof STATISTICS)[number];
}

/** The keys under which the aggregates of a device stand. */
export function aggregateKeys(device: Device, rule: AggregateRule | undefined): readonly AggregateKey[] {
  const wanted = new Set(rule?.keys.filter(isGaugeKey));
  return device.quantities
    .filter((quantity) => wanted.has(readingKey(quantity)))
    .flatMap((of) =>
      STATISTICS.map((statistic) => ({ key: `${readingKey(of)}_${statistic}`, of, statistic })),
    );
}
