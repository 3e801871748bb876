import type { Device } from '../../../domain/device.ts';
import type { Reading } from '../../../domain/reading.ts';
import { type AvailabilityWord, isAvailable } from '../../../protocols/ha-discovery/availability.ts';
import type { DiscoveredSensor } from '../../../protocols/ha-discovery/discovery-config.ts';
import { templateValue } from '../../../protocols/ha-discovery/template-value.ts';
import type { Counts } from '../pushed/counts.ts';
import { createPlug, type Plug, type PlugSurroundings, pushedDevice } from '../pushed/plug.ts';
import { readValue } from '../pushed/value-rule.ts';
import { type ChosenSensor, chooseSensors } from './choose-sensors.ts';
import type { HaDiscoveryDeviceConfig } from './config.ts';
import { matchOf } from './match-device.ts';
import { type HeardPayload, wordOf } from './payload.ts';

/** ESPHome and others send their sensors one after the other. */
const GATHER_MS = 200;
const MAX_ANNOUNCEMENTS = 512;

/** The device as it stands before anything of it is known. */
export function unannounced(config: HaDiscoveryDeviceConfig): Device {
  return pushedDevice(config, [], { address: config.device });
}

/** One configured device: what was announced of it, and what is read from that. */
export class AnnouncedDevice {
  readonly plug: Plug;
  #announcements = new Map<string, readonly DiscoveredSensor[]>();
  #chosen: readonly ChosenSensor[] = [];
  /** What the sources of availability said last, by topic and words. */
  #words = new Map<string, AvailabilityWord>();
  #order = 0;
  /** Identifier of the hardware that was announced first under this name. */
  #identity: string | undefined;
  readonly #counts: Counts;

  constructor(
    readonly config: HaDiscoveryDeviceConfig,
    surroundings: PlugSurroundings,
  ) {
    this.#counts = surroundings.counts;
    this.plug = createPlug(config, unannounced(config), surroundings, GATHER_MS);
  }

  get chosen(): readonly ChosenSensor[] {
    return this.#chosen;
  }

  /** Takes what a discovery topic says now; true where that changes what is known of this device. */
  announce(topic: string, sensors: readonly DiscoveredSensor[]): boolean {
    const own = sensors.filter((sensor) => this.#isOwn(sensor));
    if (own.length === 0) return this.#announcements.delete(topic);
    if (!this.#announcements.has(topic) && this.#announcements.size >= MAX_ANNOUNCEMENTS) {
      this.#counts.add('announcements_over_limit');
      return false;
    }
    this.#announcements.set(topic, own);
    return true;
  }

  // Two devices can have one name; then only the first is read.
  #isOwn(sensor: DiscoveredSensor): boolean {
    const match = matchOf(this.config.device, sensor);
    if (match === undefined) return false;
    const [identity] = sensor.device.identifiers;
    if (match !== 'name' || identity === undefined) return true;
    this.#identity ??= identity;
    if (sensor.device.identifiers.includes(this.#identity)) return true;
    this.#counts.add('other_device_of_that_name');
    return false;
  }

  /** Chooses anew from all announcements; tells the device where it has changed. Returns what is wrong. */
  choose(): readonly string[] {
    const announced = [...this.#announcements.values()].flat();
    const { chosen, problems } = chooseSensors(announced, this.config.sensors);
    const wasKnown = this.#chosen.length > 0;
    this.#chosen = chosen;
    if (announced.length === 0) this.#identity = undefined;
    if (chosen.length > 0) this.#describe(chosen, chosen[0]?.sensor);
    else if (wasKnown) this.plug.feed.lose('its announcement was deleted');
    return problems;
  }

  #describe(chosen: readonly ChosenSensor[], first: DiscoveredSensor | undefined): void {
    const expiries = chosen.flatMap(({ sensor }) => sensor.expireAfterMs ?? []);
    const freshMs = this.config.freshMs ?? (expiries.length === 0 ? undefined : Math.min(...expiries));
    const { manufacturer, model, identifiers } = first?.device ?? { identifiers: [] };
    const [identity] = identifiers;
    const device = pushedDevice(
      { ...this.config, freshMs },
      chosen.map(({ value }) => value),
      {
        ...(manufacturer === undefined ? {} : { manufacturer }),
        ...(model === undefined ? {} : { model }),
        address: identity ?? this.config.device,
        ...(identity === undefined ? {} : { identity }),
      },
    );
    const { feed } = this.plug;
    if (JSON.stringify(device) !== JSON.stringify(feed.device)) feed.describe(device);
  }

  /** A message on the state topic of some of its sensors. */
  onState(heard: HeardPayload): void {
    const readings = this.#chosen.flatMap(({ sensor, value, template }): Reading[] => {
      if (sensor.stateTopic !== heard.topic) return [];
      const raw = template === undefined ? heard.value : templateValue(template, heard);
      // A message can tell some of the sensors of its topic and not the others.
      if (raw === undefined) return [];
      const reading = readValue(value, raw);
      if (typeof reading !== 'string') return [reading];
      this.#counts.add(reading);
      return [];
    });
    this.plug.take(readings, heard);
  }

  /** A message on a topic on which its availability is told. */
  onAvailability(heard: HeardPayload): void {
    const sources = this.#chosen.flatMap(({ sensor }) => sensor.availability.sources);
    const own = sources.filter(({ topic }) => topic === heard.topic);
    if (own.length === 0) return;
    for (const source of own) {
      const isThere = wordOf(source, heard);
      if (isThere === undefined) continue;
      this.#order++;
      this.#words.set(JSON.stringify(source), { isAvailable: isThere, order: this.#order });
    }
    const isGone = this.#chosen.every(
      ({ sensor }) =>
        isAvailable(sensor.availability, (source) => this.#words.get(JSON.stringify(source))) === false,
    );
    if (isGone) this.plug.feed.lose('it says itself that it is not available');
  }
}
