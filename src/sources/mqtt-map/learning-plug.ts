import type { SourceDeviceConfig } from '../../config/types.ts';
import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { type Reading, readingKey } from '../../domain/reading.ts';
import { invertQuantities } from '../../mapping/invert.ts';
import { createPlug, type Plug, type PlugSurroundings } from './pushed/plug.ts';

/** What a plug says of itself. */
export type PlugFacts = Pick<Device, 'manufacturer' | 'model' | 'address' | 'identity' | 'freshMs'>;

/** A quantity as a kind knows it, before the interval of the device. */
export type KnownQuantity = Omit<DeviceQuantity, 'intervalMs'>;

/** A plug of which it shows only at work what it measures. */
export interface LearningPlug extends Plug {
  readonly config: SourceDeviceConfig;
  /** What is known of the hardware; told where it is new. */
  identify(facts: PlugFacts): void;
  /**
   * These are measured too, whatever their values are worth; told where they are new. `resets`: counters that
   * begin again by themselves.
   */
  learn(readings: readonly Reading[], resets?: DeviceQuantity['resets']): void;
  /** Exactly these quantities; told where they are new. */
  knows(quantities: readonly KnownQuantity[]): void;
}

export interface LearningPlugOptions {
  readonly config: SourceDeviceConfig;
  readonly device: Device;
  readonly gatherMs?: number;
}

/** The device as it stands in topics before it was heard. */
export function expectedDevice(
  config: SourceDeviceConfig,
  quantities: readonly KnownQuantity[],
  facts: PlugFacts = {},
): Device {
  const timed = withInterval(quantities, config.intervalMs);
  return {
    id: config.id,
    name: config.name,
    ...facts,
    intervalMs: config.intervalMs,
    lines: linesOf(quantities),
    rating: config.rating,
    quantities: config.invert ? invertQuantities(timed) : timed,
  };
}

export function createLearningPlug(
  options: LearningPlugOptions,
  surroundings: PlugSurroundings,
): LearningPlug {
  const { config } = options;
  const plug = createPlug(
    { ...config, freshMs: options.device.freshMs },
    options.device,
    surroundings,
    options.gatherMs ?? 0,
  );
  // As the plug itself names them, before a device that is installed backwards is turned round.
  const turned = (quantities: readonly DeviceQuantity[]) =>
    config.invert ? invertQuantities(quantities) : quantities;
  let known = byKey(turned(options.device.quantities));
  const describe = (facts: PlugFacts) => {
    const quantities = [...known.values()];
    plug.feed.describe({
      ...plug.feed.device,
      ...facts,
      lines: linesOf(quantities),
      quantities: turned(quantities),
    });
  };
  const learn = (readings: readonly Reading[], resets?: DeviceQuantity['resets']) => {
    const unknown = readings.filter((reading) => !known.has(readingKey(reading)));
    for (const reading of unknown)
      known.set(readingKey(reading), quantityOf(reading, config.intervalMs, resets));
    if (unknown.length > 0) describe({});
  };
  return {
    config,
    feed: plug.feed,
    learn,
    take(readings, message, saidTime) {
      // What only the broker remembers still shows what there is.
      learn(readings);
      plug.take(readings, message, saidTime);
    },
    identify(facts) {
      const isNew = Object.entries(facts).some(
        ([key, value]) => plug.feed.device[key as keyof PlugFacts] !== value,
      );
      if (isNew) describe(facts);
    },
    knows(quantities) {
      const keys = quantities.map(readingKey);
      const isSame = keys.length === known.size && keys.every((key) => known.has(key));
      known = byKey(withInterval(quantities, config.intervalMs));
      if (!isSame) describe({});
    },
  };
}

function quantityOf(
  { code, phase }: Reading,
  intervalMs: number,
  resets: DeviceQuantity['resets'] | undefined,
): DeviceQuantity {
  return {
    code,
    ...(phase === undefined ? {} : { phase }),
    ...(resets === undefined ? {} : { resets }),
    intervalMs,
  };
}

const byKey = (quantities: readonly DeviceQuantity[]) =>
  new Map(quantities.map((quantity) => [readingKey(quantity), quantity]));

const withInterval = (quantities: readonly KnownQuantity[], intervalMs: number): DeviceQuantity[] =>
  quantities.map((quantity) => ({ ...quantity, intervalMs }));

const linesOf = (quantities: readonly KnownQuantity[]): 1 | 3 =>
  quantities.some(({ phase }) => phase === 'l2' || phase === 'l3') ? 3 : 1;
