import { readingKey } from '../../domain/reading.ts';
import {
  type JsonObject,
  jsonObject,
  member,
  objectMember,
  textMember,
} from '../../sources/mqtt-map/payload.ts';
import { energyReadings } from '../../sources/mqtt-map/tasmota/energy.ts';
import { TASMOTA_KIND } from '../../sources/mqtt-map/tasmota/kind.ts';
import type { Finding, Recogniser } from './finding.ts';
import type { Observations } from './observations.ts';

const DEFAULT_FULL_TOPIC = '%prefix%/%topic%/';

/** What is known of a device that runs Tasmota. */
interface Tasmota {
  readonly topic: string;
  readonly name: string;
  readonly section: Readonly<Record<string, unknown>>;
  readonly sensorTopic: string;
  /** The newest JSON with a member ENERGY. */
  readonly sensor: JsonObject | undefined;
}

/** Devices that announce themselves below `tasmota/discovery/`, and others that publish `tele/<topic>/SENSOR`. */
export const findTasmota: Recogniser = (heard) => {
  const announced = [...heard.all()].flatMap(({ topic, payload }) => announcedDevice(heard, topic, payload));
  const known = new Set(announced.map(({ sensorTopic }) => sensorTopic));
  const others = [...heard.all()].flatMap(({ topic, payload }): Tasmota[] => {
    const name = /^tele\/([^/]+)\/SENSOR$/.exec(topic)?.[1];
    if (name === undefined || known.has(topic)) return [];
    return [{ topic: name, name, section: {}, sensorTopic: topic, sensor: jsonObject(payload) }];
  });
  return [...announced, ...others].flatMap(findingsOf);
};

function announcedDevice(heard: Observations, topic: string, payload: Buffer): readonly Tasmota[] {
  const mac = /^tasmota\/discovery\/([0-9A-F]+)\/config$/.exec(topic)?.[1];
  const config = mac === undefined ? undefined : jsonObject(payload);
  const name = textMember(config, 't');
  if (name === undefined) return [];
  const fullTopic = textMember(config, 'ft') ?? DEFAULT_FULL_TOPIC;
  const prefix = textMember(member2(config, 'tp'), '2') ?? 'tele';
  const sensorTopic = `${fullTopic.replace('%prefix%', prefix).replace('%topic%', name)}SENSOR`;
  const announced = jsonObject(heard.get(`tasmota/discovery/${mac}/sensors`)?.payload ?? Buffer.alloc(0));
  return [
    {
      topic: name,
      name: textMember(config, 'dn') ?? name,
      section: {
        ...(fullTopic === DEFAULT_FULL_TOPIC ? {} : { fullTopic }),
        ...wordOf('online', textMember(config, 'onln'), 'Online'),
        ...wordOf('offline', textMember(config, 'ofln'), 'Offline'),
      },
      sensorTopic,
      sensor: jsonObject(heard.get(sensorTopic)?.payload ?? Buffer.alloc(0)) ?? objectMember(announced, 'sn'),
    },
  ];
}

const wordOf = (key: string, word: string | undefined, usual: string) =>
  word === undefined || word === usual ? {} : { [key]: word };

// `tp` is a list; its third place is the prefix of telemetry.
function member2(config: JsonObject | undefined, key: string): JsonObject | undefined {
  const list = member(config, key);
  return Array.isArray(list) ? (Object.fromEntries(list.entries()) as JsonObject) : undefined;
}

function findingsOf({ topic, name, section, sensorTopic, sensor }: Tasmota): readonly Finding[] {
  const energy = objectMember(sensor, 'ENERGY');
  if (energy === undefined) return [];
  const power = member(energy, 'Power');
  const channels =
    Array.isArray(power) && power.length > 1 ? power.map((_, index) => index + 1) : [undefined];
  return channels.slice(0, 32).map((channel): Finding => {
    const { readings } = energyReadings(sensor, { channel, hasPhases: false });
    return {
      kind: TASMOTA_KIND,
      section,
      device: { topic, ...(channel === undefined ? {} : { channel }) },
      name: channel === undefined ? name : `${name} ${channel}`,
      values: readings.map((reading) => ({ key: readingKey(reading), value: reading.value })),
      topics: [sensorTopic],
      ...(channel === undefined
        ? {}
        : { note: 'if these are the lines of one meter: one device with `phases: true`' }),
    };
  });
}
