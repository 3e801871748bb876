import { readingKey } from '../../domain/reading.ts';
import { parseJson } from '../../mapping/json-text.ts';
import { type DiscoveredSensor, sensorsOf } from '../../protocols/ha-discovery/discovery-config.ts';
import { parseDiscoveryTopic } from '../../protocols/ha-discovery/discovery-topic.ts';
import { templateValue } from '../../protocols/ha-discovery/template-value.ts';
import { ESPHOME_KIND } from '../../sources/mqtt-map/esphome/kind.ts';
import { type ChosenSensor, chooseSensors } from '../../sources/mqtt-map/ha-discovery/choose-sensors.ts';
import { HA_DISCOVERY_KIND } from '../../sources/mqtt-map/ha-discovery/kind.ts';
import { heardPayload } from '../../sources/mqtt-map/ha-discovery/payload.ts';
import { readValue } from '../../sources/mqtt-map/pushed/value-rule.ts';
import type { Finding, FoundValue, Recogniser } from './finding.ts';
import type { Observations } from './observations.ts';

const PREFIX = /^(.+?)\/(?:sensor|device)\/(?:[^/]+\/){1,2}config$/;
const MAX_BYTES = 262_144;
const OWN_ORIGIN = 'busbar';

interface Group {
  readonly prefix: string;
  readonly name: string;
  readonly device: string;
  readonly sensors: DiscoveredSensor[];
}

/** Devices that announce themselves; those of ESPHome as what they are, because that needs no announcement. */
export const findHaDiscovery: Recogniser = (heard) => {
  const groups = new Map<string, Group>();
  for (const { topic, payload } of heard.all()) {
    const prefix = PREFIX.exec(topic)?.[1];
    const parsed = prefix === undefined ? undefined : parseDiscoveryTopic(prefix, topic);
    if (prefix === undefined || parsed === undefined) continue;
    for (const sensor of sensorsOf(parsed, parseJson(payload, MAX_BYTES))) addSensor(groups, prefix, sensor);
  }
  return [...groups.values()].flatMap((group) => findingOf(heard, group));
};

function addSensor(groups: Map<string, Group>, prefix: string, sensor: DiscoveredSensor): void {
  if (sensor.origin === OWN_ORIGIN) return;
  const device = sensor.device.identifiers[0] ?? sensor.device.name ?? sensor.uniqueId;
  if (device === undefined || device.length > 256) return;
  const key = JSON.stringify([prefix, device]);
  const group = groups.get(key) ?? { prefix, device, name: sensor.device.name ?? device, sensors: [] };
  groups.set(key, group);
  if (group.sensors.length < 512) group.sensors.push(sensor);
}

function findingOf(heard: Observations, { prefix, device, name, sensors }: Group): readonly Finding[] {
  const { chosen, problems } = chooseSensors(sensors, undefined);
  if (chosen.length === 0 && problems.length === 0) return [];
  const found = chosen.map((each) => ({ each, value: lastValue(heard, each) }));
  const values = found.map(({ value }) => value);
  const topics = [...new Set(chosen.map(({ sensor }) => sensor.stateTopic))];
  const esphome = esphomeDevice(heard, chosen);
  const note = problems.length === 0 ? {} : { note: problems.join('; ') };
  if (esphome !== undefined)
    return [{ kind: ESPHOME_KIND, section: {}, device: esphome, name, values, topics, ...note }];
  return [
    {
      kind: HA_DISCOVERY_KIND,
      section: prefix === 'homeassistant' ? {} : { prefix },
      device: chosen.length === 0 ? undefined : { device },
      name,
      values,
      topics,
      ...note,
    },
  ];
}

function lastValue(heard: Observations, { sensor, value, template }: ChosenSensor): FoundValue {
  const key = readingKey(value);
  const said = heard.get(sensor.stateTopic);
  const payload =
    said === undefined
      ? undefined
      : heardPayload({ topic: said.topic, payload: said.payload, at: 0, isRetained: said.isRetained });
  if (payload === undefined) return { key, value: undefined };
  const reading = readValue(value, template === undefined ? payload.value : templateValue(template, payload));
  return { key, value: typeof reading === 'string' ? undefined : reading.value };
}

const SENSOR_TOPIC = /^(.+)\/sensor\/([^/]+)\/state$/;

// `<prefix>/sensor/<object_id>/state` beside `<prefix>/status` is ESPHome.
function esphomeDevice(heard: Observations, chosen: readonly ChosenSensor[]) {
  const parts = chosen.flatMap(({ sensor, value, template }) => {
    const [, prefix, objectId] = SENSOR_TOPIC.exec(sensor.stateTopic) ?? [];
    if (prefix === undefined || objectId === undefined || template !== undefined) return [];
    return [
      {
        prefix,
        entry: { quantity: readingKey(value), sensor: objectId, ...unitOf(value), ...resetsOf(value) },
      },
    ];
  });
  const [first] = parts;
  const status = first === undefined ? undefined : heard.get(`${first.prefix}/status`)?.payload.toString();
  const isOne = parts.length === chosen.length && parts.every(({ prefix }) => prefix === first?.prefix);
  if (first === undefined || !isOne || (status !== 'online' && status !== 'offline')) return undefined;
  return { prefix: first.prefix, values: parts.map(({ entry }) => entry) };
}

const unitOf = ({ unit = '' }: ChosenSensor['value']) => (unit === '' ? {} : { unit });
const resetsOf = ({ resets }: ChosenSensor['value']) => (resets === undefined ? {} : { resets });
