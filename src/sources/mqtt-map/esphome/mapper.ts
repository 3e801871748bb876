import type { Device } from '../../../domain/device.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { parseJson } from '../../../mapping/json-text.ts';
import { sensorsOf } from '../../../protocols/ha-discovery/discovery-config.ts';
import { parseDiscoveryTopic } from '../../../protocols/ha-discovery/discovery-topic.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { addTo, distinct } from '../pushed/lists.ts';
import { shortText } from '../pushed/payload-text.ts';
import { createPlug, type Plug, pushedDevice } from '../pushed/plug.ts';
import { readValue } from '../pushed/value-rule.ts';
import type { EsphomeConfig, EsphomeDeviceConfig, EsphomeValue } from './config.ts';

/** A device sends its sensors one after the other within a loop of its program. */
const GATHER_MS = 200;
const MAX_DISCOVERY_BYTES = 65_536;

export function esphomeDevices(config: EsphomeConfig): readonly Device[] {
  return config.devices.map(esphomeDevice);
}

const esphomeDevice = (device: EsphomeDeviceConfig) =>
  pushedDevice(device, device.values, { address: device.prefix });

const stateTopic = (prefix: string, sensor: string) => `${prefix}/sensor/${sensor}/state`;

interface Binding {
  readonly plug: Plug;
  readonly value: EsphomeValue;
}

/** `<prefix>/sensor/<object_id>/state` a number as text, retained; `<prefix>/status` online or offline. */
export function esphomeMapper(config: EsphomeConfig): CreateMapper {
  return (surroundings) => new EsphomeMapper(config, surroundings);
}

class EsphomeMapper implements MqttMapper {
  readonly #counts = createCounts();
  readonly #byTopic = new Map<string, Binding[]>();
  readonly #byStatus = new Map<string, Plug[]>();
  /** By the topic of the sensor; what ESPHome announces for Home Assistant. */
  readonly #units = new Map<string, string>();
  readonly #plugs: readonly Plug[];

  constructor(
    private readonly config: EsphomeConfig,
    private readonly surroundings: MapperSurroundings,
  ) {
    this.#plugs = config.devices.map((device) => this.#plugOf(device));
  }

  #plugOf(device: EsphomeDeviceConfig): Plug {
    const parts = { ...this.surroundings, counts: this.#counts };
    const plug = createPlug(device, esphomeDevice(device), parts, GATHER_MS);
    for (const value of device.values)
      addTo(this.#byTopic, stateTopic(device.prefix, value.sensor), { plug, value });
    addTo(this.#byStatus, `${device.prefix}/status`, plug);
    return plug;
  }

  get devices(): readonly Device[] {
    return this.#plugs.map(({ feed }) => feed.device);
  }

  get filters(): readonly string[] {
    const learns = this.config.devices.some(({ values }) => values.some(({ unit }) => unit === undefined));
    const announcements = learns ? [`${this.config.discovery}/sensor/+/+/config`] : [];
    return distinct([...this.#byTopic.keys(), ...this.#byStatus.keys(), ...announcements]);
  }

  onMessage(message: ArrivedMessage): void {
    const bindings = this.#byTopic.get(message.topic);
    const status = this.#byStatus.get(message.topic);
    for (const binding of bindings ?? []) this.#take(binding, message);
    if (status !== undefined && shortText(message.payload)?.trim() === 'offline')
      for (const plug of status) plug.feed.lose('ESPHome says that the device is offline');
    if (bindings === undefined && status === undefined) this.#learnUnit(message);
  }

  #take({ plug, value }: Binding, message: ArrivedMessage): void {
    const reading = readValue(value, shortText(message.payload), this.#units.get(message.topic));
    if (typeof reading === 'string') this.#counts.add(reading);
    else plug.take([reading], message);
  }

  #learnUnit(message: ArrivedMessage): void {
    const topic = parseDiscoveryTopic(this.config.discovery, message.topic);
    if (topic === undefined) return;
    for (const sensor of sensorsOf(topic, parseJson(message.payload, MAX_DISCOVERY_BYTES)))
      if (this.#byTopic.has(sensor.stateTopic) && sensor.unit !== undefined)
        this.#units.set(sensor.stateTopic, sensor.unit);
  }

  run(signal: AbortSignal): Promise<void> {
    return watchFreshness(
      this.#plugs.map(({ feed }) => feed),
      this.surroundings.clock,
      signal,
    );
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}
