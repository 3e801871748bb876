import type { Device } from '../../../domain/device.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { addTo } from '../pushed/lists.ts';
import { createPlug, type Plug, pushedDevice } from '../pushed/plug.ts';
import type { StatestreamConfig, StatestreamDeviceConfig } from './config.ts';
import { createEntity, ENTITY_TOPICS, type Entity, type EntityTopic, entityTopic } from './entity.ts';

/** The state comes first, then its time and attributes, each in a message of its own. */
const SETTLE_MS = 200;
/** Entities of one device change together. */
const GATHER_MS = 300;

export function statestreamDevices(config: StatestreamConfig): readonly Device[] {
  return config.devices.map(statestreamDevice);
}

const statestreamDevice = (device: StatestreamDeviceConfig) =>
  pushedDevice(device, device.values, {
    ...(device.values[0] === undefined ? {} : { address: device.values[0].entity }),
  });

interface Part {
  readonly entity: Entity;
  readonly topic: EntityTopic;
  readonly device: DeviceAtWork;
}

interface DeviceAtWork {
  readonly plug: Plug;
  readonly entities: readonly Entity[];
}

/**
 *     <base>/sensor/fridge_power/state                 12.3
 *     <base>/sensor/fridge_power/last_updated          2026-11-22T06:15:05.004123+00:00
 *     <base>/sensor/fridge_power/unit_of_measurement   "W"        attributes are JSON
 */
export function statestreamMapper(config: StatestreamConfig): CreateMapper {
  return (surroundings) => new StatestreamMapper(config, surroundings);
}

class StatestreamMapper implements MqttMapper {
  readonly #counts = createCounts();
  readonly #parts = new Map<string, Part[]>();
  readonly #devices: readonly DeviceAtWork[];
  readonly #settling = new Map<Entity, () => void>();

  constructor(
    private readonly config: StatestreamConfig,
    private readonly surroundings: MapperSurroundings,
  ) {
    this.#devices = config.devices.map((device) => this.#workOf(device));
  }

  #workOf(config: StatestreamDeviceConfig): DeviceAtWork {
    const parts = { ...this.surroundings, counts: this.#counts };
    const plug = createPlug(config, statestreamDevice(config), parts, GATHER_MS);
    const entities = config.values.map((value) => createEntity(value));
    const device = { plug, entities };
    for (const [index, value] of config.values.entries()) {
      const entity = entities[index];
      if (entity === undefined) continue;
      for (const topic of ENTITY_TOPICS)
        addTo(this.#parts, entityTopic(this.config.base, value.entity, topic), { entity, topic, device });
    }
    return device;
  }

  get devices(): readonly Device[] {
    return this.#devices.map(({ plug }) => plug.feed.device);
  }

  get filters(): readonly string[] {
    return [...this.#parts.keys()];
  }

  onMessage(message: ArrivedMessage): void {
    for (const { entity, topic, device } of this.#parts.get(message.topic) ?? []) {
      // A second state before the first had settled: that one must not get the time of this one.
      if (topic === 'state') this.#settle(entity, device);
      const isNews = entity.hear(topic, message);
      if (isNews) this.#settleSoon(entity, device);
      else if (entity.isAbsent) this.#lose(device);
    }
  }

  #settleSoon(entity: Entity, device: DeviceAtWork): void {
    const cancel = this.surroundings.clock.timer(SETTLE_MS, () => this.#settle(entity, device));
    this.#settling.set(entity, cancel);
  }

  #settle(entity: Entity, { plug }: DeviceAtWork): void {
    this.#settling.get(entity)?.();
    this.#settling.delete(entity);
    const settled = entity.settle();
    if (settled === undefined) return;
    const { reading, arrival, saidTime } = settled;
    if (typeof reading === 'string') this.#counts.add(reading);
    else plug.take([reading], arrival, saidTime);
  }

  // A meter whose energy is not known yet is there all the same.
  #lose({ plug, entities }: DeviceAtWork): void {
    if (entities.every(({ isAbsent }) => isAbsent))
      plug.feed.lose('Home Assistant has no value of it (unknown or unavailable)');
  }

  run(signal: AbortSignal): Promise<void> {
    return watchFreshness(
      this.#devices.map(({ plug }) => plug.feed),
      this.surroundings.clock,
      signal,
    );
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}
