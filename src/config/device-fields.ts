import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { readingKey, readingKeyList } from './reading-keys.ts';
import * as scalar from './scalars.ts';
import { numberBetween, seconds } from './scalars.ts';
import type { ChangeRule, DeviceSettings, SourceDeviceConfig } from './types.ts';

/** The keys that every device of every source can have. Lengths of time are seconds. */

const rating = z.strictObject({
  fuse: numberBetween(0.1, 10_000, 'A')
    .optional()
    .describe('Rated current of the fuse in front of it, A per line'),
  voltage: numberBetween(50, 1000, 'V').optional().describe('Nominal voltage between line and neutral, V'),
  power: numberBetween(1, 10_000_000, 'W').optional().describe('Most power that can flow through it, W'),
});

const changeRule = z.strictObject({
  change: numberBetween(0, 1e9, 'the unit of the quantity')
    .optional()
    .describe('Publish when the value has moved by this much; without it 0'),
  percent: numberBetween(0, 100, '%')
    .optional()
    .describe('... or by so many per cent of the last published one; the larger of the two counts'),
  heartbeat: seconds(1, 86_400)
    .optional()
    .describe('Publish after this many seconds in any case; without it 60'),
});

const publish = allowing(
  'for each key, or for all, a section with change, percent, heartbeat',
  z.record(readingKey, changeRule),
);

const aggregate = z.strictObject({
  interval: scalar.interval.describe('Seconds over which is aggregated; whole multiples of the wall clock'),
  keys: readingKeyList.describe('Quantities to aggregate, for example `[p, v]`'),
});

export const COMMON_DEVICE_FIELDS = {
  id: scalar.id.describe('Topic level: `house/<id>/p`'),
  name: scalar.displayName.optional().describe('Name for people; without it the id'),
  interval: scalar.interval.optional().describe('Seconds between two samples'),
  invert: scalar.flag
    .optional()
    .describe('true: installed backwards; import and export change places, powers change sign'),
  rating: rating.optional().describe('What the installation can carry; values beyond it are refused'),
  publish: publish
    .optional()
    .describe('Publish value topics on change only, by key or for `all`; `state` always has every sample'),
  aggregate: aggregate.optional().describe('Also publish mean, lowest and highest value of an interval'),
  integrate: scalar.flag
    .optional()
    .describe('false: no energy counter is summed up from power where the device has none'),
} as const;

export type CommonDeviceEntry = z.output<z.ZodObject<typeof COMMON_DEVICE_FIELDS>>;

const DEFAULT_HEARTBEAT_S = 60;

// Steps of a millisecond: 0.1 * 3 seconds are 300 ms and not 300.00000000000006.
export const ms = (seconds: number) => Math.round(seconds * 1000);

/** The common part of a device; `defaultIntervalS` counts where it says nothing. */
export function buildCommonDevice(entry: CommonDeviceEntry, defaultIntervalS: number): SourceDeviceConfig {
  const { fuse, voltage, power } = entry.rating ?? {};
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    intervalMs: ms(entry.interval ?? defaultIntervalS),
    invert: entry.invert ?? false,
    rating: {
      ...(fuse === undefined ? {} : { fuseA: fuse }),
      ...(voltage === undefined ? {} : { nominalV: voltage }),
      ...(power === undefined ? {} : { maxW: power }),
    },
  };
}

/** How the values of a device are published. */
export function buildSettings(
  entry: Pick<CommonDeviceEntry, 'publish' | 'aggregate' | 'integrate'>,
): DeviceSettings {
  const rules = Object.entries(entry.publish ?? {}).map(([key, rule]): [string, ChangeRule] => [
    key,
    {
      absolute: rule.change ?? 0,
      percent: rule.percent ?? 0,
      heartbeatMs: ms(rule.heartbeat ?? DEFAULT_HEARTBEAT_S),
    },
  ]);
  return {
    publish: Object.fromEntries(rules),
    aggregate:
      entry.aggregate === undefined
        ? undefined
        : { intervalMs: ms(entry.aggregate.interval), keys: entry.aggregate.keys },
    integrate: entry.integrate ?? true,
  };
}
