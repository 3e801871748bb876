import type { SourceDeviceConfig } from '../../../config/types.ts';
import { type Device, freshnessMs } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import { createDeviceFeed, type DeviceFeed } from '../../../mapping/device-feed.ts';
import { invertQuantities } from '../../../mapping/invert.ts';
import type { ArrivedMessage, MapperSurroundings } from '../mapper.ts';
import type { Counts } from './counts.ts';
import { type PushedValue, quantitiesOf } from './value-rule.ts';

/** What every device has that publishes by itself. */
export interface PushedDeviceConfig extends SourceDeviceConfig {
  /** How long a sample stands for the present, ms; undefined means three intervals. */
  readonly freshMs: number | undefined;
}

/** A device as it stands in topics and `$meta`. */
export function pushedDevice(
  config: PushedDeviceConfig,
  values: readonly PushedValue[],
  facts: Pick<Device, 'manufacturer' | 'model' | 'address' | 'identity'> = {},
): Device {
  const quantities = quantitiesOf(values, config.intervalMs);
  return {
    id: config.id,
    name: config.name,
    ...facts,
    intervalMs: config.intervalMs,
    ...(config.freshMs === undefined ? {} : { freshMs: config.freshMs }),
    lines: values.some(({ phase }) => phase === 'l2' || phase === 'l3') ? 3 : 1,
    rating: config.rating,
    quantities: config.invert ? invertQuantities(quantities) : quantities,
  };
}

/** What is common to all devices of one run. */
export interface PlugSurroundings extends Pick<MapperSurroundings, 'emit' | 'clock'> {
  readonly counts: Counts;
}

/** A device at work: takes readings at the honest time. */
export interface Plug {
  readonly feed: DeviceFeed;
  /** `saidTime` is the time that the message itself gives, ms; undefined where it has none. */
  take(readings: readonly Reading[], message: Arrival, saidTime?: number): void;
}

export type Arrival = Pick<ArrivedMessage, 'at' | 'isRetained'>;

/** A message can be this much ahead of our clock; clocks of a house differ. */
const AHEAD_MS = 5000;

export function createPlug(
  config: PushedDeviceConfig,
  device: Device,
  { emit, clock, counts }: PlugSurroundings,
  gatherMs = 0,
): Plug {
  const feed = createDeviceFeed({ device, emit, clock, gatherMs, invert: config.invert });
  return {
    feed,
    take(readings, message, saidTime) {
      if (readings.length === 0) return;
      const at = takenAt(message, saidTime, freshnessMs(feed.device), counts);
      if (at !== undefined) feed.take(readings, at);
    },
  };
}

/**
 * When a message was measured: the time it says, where that is sane; else the arrival of a live one. Undefined
 * for what only the broker's memory says.
 */
function takenAt(
  message: Arrival,
  saidTime: number | undefined,
  freshMs: number,
  counts: Counts,
): number | undefined {
  if (saidTime !== undefined && saidTime <= message.at + AHEAD_MS && saidTime >= message.at - freshMs)
    return saidTime;
  if (message.isRetained) {
    counts.add('not_fresh');
    return undefined;
  }
  if (saidTime !== undefined) counts.add('clock_wrong');
  return message.at;
}

/** The key `fresh` of a device in milliseconds. */
export function freshMsOf(fields: { readonly fresh?: number | undefined }): number | undefined {
  return fields.fresh === undefined ? undefined : Math.round(fields.fresh * 1000);
}
