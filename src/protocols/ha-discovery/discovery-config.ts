import { type AvailabilityRule, availabilityOf } from './availability.ts';
import type { DiscoveryTopic } from './discovery-topic.ts';
import { baseOf, isSection, memberOf, type Section, textOf, topicOf } from './members.ts';

/**
 * Home Assistant MQTT discovery (home-assistant.io, integration MQTT, "MQTT Discovery"), read from the other
 * side: what a device says of its sensors.
 *
 *     homeassistant/sensor/[node/]object/config    {"stat_t":"~/state","unit_of_meas":"W", ... ,"~":"plug7"}
 *     homeassistant/device/[node/]object/config    {"dev":{...},"o":{...},"cmps":{"power":{"p":"sensor", ...}}}
 *     empty                                        the sensor, or the device, is gone
 */
export interface DiscoveredSensor {
  /** Id in the topic, or the key of the component. */
  readonly objectId: string;
  readonly uniqueId: string | undefined;
  readonly name: string | undefined;
  readonly device: DiscoveredDevice;
  /** The program that announces it. */
  readonly origin: string | undefined;
  readonly stateTopic: string;
  readonly unit: string | undefined;
  readonly deviceClass: string | undefined;
  readonly stateClass: string | undefined;
  readonly template: string | undefined;
  readonly expireAfterMs: number | undefined;
  readonly availability: AvailabilityRule;
}

export interface DiscoveredDevice {
  /** Identifiers and connections; any of them names the device. */
  readonly identifiers: readonly string[];
  readonly name: string | undefined;
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
}

const MAX_COMPONENTS = 256;
const MAX_IDENTIFIERS = 16;

/** The sensors of a discovery message (its JSON); those that are no sensors, or have no topic, are left out. */
export function sensorsOf(topic: DiscoveryTopic, message: unknown): readonly DiscoveredSensor[] {
  if (!isSection(message)) return [];
  if (topic.component === 'sensor') return sensorOf(topic.objectId, message, undefined) ?? [];
  if (topic.component !== 'device') return [];
  const components = memberOf(message, 'components');
  if (!isSection(components)) return [];
  return Object.keys(components)
    .slice(0, MAX_COMPONENTS)
    .flatMap((key) => {
      const component = components[key];
      if (!isSection(component) || memberOf(component, 'platform') !== 'sensor') return [];
      return sensorOf(key, component, message) ?? [];
    });
}

function sensorOf(
  objectId: string,
  section: Section,
  root: Section | undefined,
): readonly [DiscoveredSensor] | undefined {
  const base = baseOf(section) ?? (root === undefined ? undefined : baseOf(root));
  const stateTopic =
    topicOf(section, 'state_topic', base) ??
    (root === undefined ? undefined : topicOf(root, 'state_topic', baseOf(root)));
  if (stateTopic === undefined) return undefined;
  const expire = memberOf(section, 'expire_after');
  return [
    {
      objectId,
      uniqueId: textOf(section, 'unique_id'),
      name: textOf(section, 'name'),
      device: deviceOf(memberOf(root ?? section, 'device')),
      origin: originOf(memberOf(root ?? section, 'origin')),
      stateTopic,
      unit: textOf(section, 'unit_of_measurement'),
      deviceClass: textOf(section, 'device_class'),
      stateClass: textOf(section, 'state_class'),
      template: templateOf(memberOf(section, 'value_template')),
      expireAfterMs:
        typeof expire === 'number' && expire > 0 && expire <= 31_536_000 ? expire * 1000 : undefined,
      availability: availabilityOf(section, root),
    },
  ];
}

const MAX_TEMPLATE = 4096;

// Longer than a template may be, so that the parser can say so instead of taking it for none.
function templateOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.slice(0, MAX_TEMPLATE) : undefined;
}

function originOf(value: unknown): string | undefined {
  return isSection(value) ? textOf(value, 'name') : undefined;
}

function deviceOf(value: unknown): DiscoveredDevice {
  if (!isSection(value))
    return { identifiers: [], name: undefined, manufacturer: undefined, model: undefined };
  const written = memberOf(value, 'identifiers');
  const connections = memberOf(value, 'connections');
  const pairs = Array.isArray(connections) ? connections : [];
  const all = [
    ...(Array.isArray(written) ? written : [written]),
    ...pairs.map((pair) => (Array.isArray(pair) ? pair[1] : undefined)),
  ];
  return {
    identifiers: all.flatMap(identifierText).slice(0, MAX_IDENTIFIERS),
    name: textOf(value, 'name'),
    manufacturer: textOf(value, 'manufacturer'),
    model: textOf(value, 'model'),
  };
}

function identifierText(value: unknown): string[] {
  if (typeof value === 'number' && Number.isFinite(value)) return [String(value)];
  return typeof value === 'string' && value !== '' && value.length <= 256 ? [value] : [];
}
