import type { Device } from '../../../domain/device.ts';
import type { Statistics } from '../../../domain/source.ts';
import { watchFreshness } from '../../../mapping/device-feed.ts';
import { parseJson } from '../../../mapping/json-text.ts';
import { sensorsOf } from '../../../protocols/ha-discovery/discovery-config.ts';
import {
  type DiscoveryTopic,
  discoveryFilters,
  parseDiscoveryTopic,
} from '../../../protocols/ha-discovery/discovery-topic.ts';
import type { ArrivedMessage, CreateMapper, MapperSurroundings, MqttMapper } from '../mapper.ts';
import { createCounts } from '../pushed/counts.ts';
import { AnnouncedDevice, unannounced } from './announced-device.ts';
import type { HaDiscoveryConfig } from './config.ts';
import { heardPayload } from './payload.ts';

/** A device announces its sensors one after the other; they are chosen when it has finished. */
const SETTLE_MS = 500;
/** Retained announcements come at once; a device that has none by then is told to the user. */
const PATIENCE_MS = 30_000;
const MAX_CONFIG_BYTES = 262_144;
const MAX_TOPICS = 4096;
const MAX_NOTICES = 256;
/** Announcements of this program itself: reading them back would go round in a circle. */
const OWN_ORIGIN = 'busbar';

export function haDiscoveryDevices(config: HaDiscoveryConfig): readonly Device[] {
  return config.devices.map(unannounced);
}

/** Sensors that announce themselves, of the listed devices; all other announcements are forgotten at once. */
export function haDiscoveryMapper(config: HaDiscoveryConfig): CreateMapper {
  return (surroundings) => new HaDiscoveryMapper(config, surroundings);
}

class HaDiscoveryMapper implements MqttMapper {
  readonly filters: readonly string[];
  readonly #counts = createCounts();
  readonly #devices: readonly AnnouncedDevice[];
  readonly #changed = new Set<AnnouncedDevice>();
  readonly #topics = new Set<string>();
  readonly #told = new Set<string>();
  readonly #missing = new Set<AnnouncedDevice>();
  #cancelSettling: (() => void) | undefined;
  #cancelPatience: (() => void) | undefined;

  constructor(
    private readonly config: HaDiscoveryConfig,
    private readonly surroundings: MapperSurroundings,
  ) {
    this.filters = discoveryFilters(config.prefix);
    const parts = { ...surroundings, counts: this.#counts };
    this.#devices = config.devices.map((device) => new AnnouncedDevice(device, parts));
  }

  get devices(): readonly Device[] {
    return this.#devices.map(({ plug }) => plug.feed.device);
  }

  onConnect(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = this.surroundings.clock.timer(PATIENCE_MS, () => this.#tellMissing());
  }

  onDisconnect(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
  }

  onMessage(message: ArrivedMessage): void {
    const topic = parseDiscoveryTopic(this.config.prefix, message.topic);
    if (topic !== undefined) this.#onAnnouncement(topic, message);
    else this.#onValue(message);
  }

  #onAnnouncement(topic: DiscoveryTopic, { topic: path, payload }: ArrivedMessage): void {
    const isDeletion = payload.length === 0;
    const json = isDeletion ? undefined : parseJson(payload, MAX_CONFIG_BYTES);
    if (json === undefined && !isDeletion) {
      // What cannot be read does not say that the device is gone.
      this.#counts.add('announcements_malformed');
      return;
    }
    const sensors = sensorsOf(topic, json).filter(({ origin }) => origin !== OWN_ORIGIN);
    for (const device of this.#devices) if (device.announce(path, sensors)) this.#changed.add(device);
    if (this.#changed.size > 0)
      this.#cancelSettling ??= this.surroundings.clock.timer(SETTLE_MS, () => this.#settle());
  }

  #settle(): void {
    this.#cancelSettling = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const device of changed) {
      for (const problem of device.choose()) this.#tellOnce(device, 'warn', 'sensor-unsupported', problem);
      for (const { sensor } of device.chosen)
        for (const topic of [sensor.stateTopic, ...sensor.availability.sources.map((source) => source.topic)])
          this.#listenTo(topic);
      if (device.chosen.length > 0 && this.#missing.delete(device))
        this.#tell(device, 'info', 'device-announced', 'is announced now');
    }
  }

  #listenTo(topic: string): void {
    // What looks like an announcement comes by the filters above, and is read as one.
    if (this.#topics.has(topic) || parseDiscoveryTopic(this.config.prefix, topic) !== undefined) return;
    if (this.#topics.size >= MAX_TOPICS) {
      this.#counts.add('topics_over_limit');
      return;
    }
    this.#topics.add(topic);
    this.surroundings.subscribe(topic);
  }

  #onValue(message: ArrivedMessage): void {
    const heard = heardPayload(message);
    if (heard === undefined) {
      this.#counts.add('malformed');
      return;
    }
    for (const device of this.#devices) {
      device.onState(heard);
      device.onAvailability(heard);
    }
  }

  #tellMissing(): void {
    for (const device of this.#devices) {
      if (device.chosen.length > 0 || this.#missing.has(device)) continue;
      this.#missing.add(device);
      const sentence = `no sensor that can be read is announced for it below ${this.config.prefix}/; \`busbar discover\` lists what is there`;
      this.#tell(device, 'warn', 'device-not-announced', sentence);
    }
  }

  #tellOnce(device: AnnouncedDevice, level: 'warn', code: string, sentence: string): void {
    const key = `${device.config.id} ${sentence}`;
    if (this.#told.has(key) || this.#told.size >= MAX_NOTICES) return;
    this.#told.add(key);
    this.#tell(device, level, code, sentence);
  }

  #tell({ config }: AnnouncedDevice, level: 'info' | 'warn', code: string, sentence: string): void {
    this.surroundings.emit({
      type: 'notice',
      level,
      code,
      message: `${config.id} (${config.device}): ${sentence}`,
      at: this.surroundings.clock.now(),
      deviceId: config.id,
      bus: this.surroundings.sourceId,
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const feeds = this.#devices.map(({ plug }) => plug.feed);
    await watchFreshness(feeds, this.surroundings.clock, signal);
    this.#cancelPatience?.();
    this.#cancelSettling?.();
  }

  statistics(): Statistics {
    return this.#counts.statistics();
  }
}
