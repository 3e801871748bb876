import type { ByteConnection, SourceDeviceConfig } from '../../config/types.ts';
import type { Device, DeviceQuantity, DeviceRating } from '../../domain/device.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { createDeviceFeed, type DeviceFeed, watchFreshness } from '../../mapping/device-feed.ts';
import { invertQuantities } from '../../mapping/invert.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import { createSerialOpener } from '../../transports/serial.ts';
import { createTcpOpener } from '../../transports/tcp.ts';
import type { SerialLineConfig } from './config.ts';
import type { Delivery, StreamDecoder } from './decoder.ts';
import { createPortCounters, readPort } from './port-reader.ts';

export interface SerialSourceOptions {
  readonly config: SerialLineConfig;
  /** In the order of the configuration. */
  readonly devices: readonly Device[];
  readonly createDecoder: (deliver: Delivery) => StreamDecoder;
  readonly opener: StreamOpener;
  readonly clock: Clock;
  readonly hint: string;
}

/**
 * All devices that speak on one serial line. None of them has a clock with a zone: the time of a reading is the arrival
 * of the last byte of its message.
 */
export function createSerialSource(options: SerialSourceOptions): Source {
  const { config, opener, clock, hint } = options;
  const counters = createPortCounters();
  let feeds: readonly DeviceFeed[] = [];
  const delivery: Delivery = {
    readings: (device, readings) => feeds[device]?.take(readings, clock.now()),
    quantities: (device, more) => announce(feeds[device], more, config.devices[device]?.invert === true),
  };
  let decoder = options.createDecoder(delivery);

  return {
    id: config.id,
    devices: options.devices,
    async run(emit, signal) {
      decoder = options.createDecoder(delivery);
      feeds = options.devices.map((device, index) =>
        createDeviceFeed({ device, emit, clock, invert: config.devices[index]?.invert === true }),
      );
      const onLost = (reason: string) => {
        for (const feed of feeds) feed.lose(reason);
      };
      const reader = { sourceId: config.id, opener, clock, decoder, silenceMs: config.silenceMs, hint };
      await Promise.all([
        readPort(reader, counters, emit, onLost, signal),
        watchFreshness(feeds, clock, signal),
      ]);
    },
    statistics: () => ({
      ...counters,
      ...decoder.statistics(),
      dropped_values: feeds.reduce((sum, feed) => sum + feed.dropped, 0),
      samples: Object.fromEntries(feeds.map((feed) => [feed.device.id, feed.samples])),
    }),
  };
}

function announce(feed: DeviceFeed | undefined, more: readonly DeviceQuantity[], invert: boolean): void {
  if (feed === undefined) return;
  const quantities = [...feed.device.quantities, ...(invert ? invertQuantities(more) : more)];
  feed.describe({ ...feed.device, quantities });
}

/** What makes the device of one section of the configuration. */
export interface DeviceFacts {
  readonly quantities: readonly Omit<DeviceQuantity, 'intervalMs'>[];
  readonly manufacturer?: string;
  readonly model?: string;
  readonly address: string;
  readonly identity?: string;
  readonly lines?: 1 | 3;
  /** W; counts where the user gave neither this nor a fuse. */
  readonly maxW?: number;
}

export function buildDevice(config: SourceDeviceConfig, facts: DeviceFacts): Device {
  const { quantities, maxW, lines = 1, ...known } = facts;
  const all = quantities.map((quantity) => ({ ...quantity, intervalMs: config.intervalMs }));
  return {
    id: config.id,
    name: config.name,
    ...known,
    intervalMs: config.intervalMs,
    lines,
    rating: ratingOf(config.rating, maxW),
    quantities: config.invert ? invertQuantities(all) : all,
  };
}

function ratingOf(rating: DeviceRating, maxW: number | undefined): DeviceRating {
  return maxW === undefined || rating.maxW !== undefined || rating.fuseA !== undefined
    ? rating
    : { ...rating, maxW };
}

/** How the bytes of a connection are got. */
export function openerOf(connection: ByteConnection): StreamOpener {
  return connection.kind === 'tcp'
    ? createTcpOpener(connection)
    : createSerialOpener({ path: connection.path, ...connection.line });
}
