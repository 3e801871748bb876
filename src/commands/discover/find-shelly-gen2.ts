import { readingKey } from '../../domain/reading.ts';
import { type JsonObject, jsonObject, objectMember, textMember } from '../../sources/mqtt-map/payload.ts';
import { componentReadings, partsOf } from '../../sources/mqtt-map/shelly-gen2/component.ts';
import { SHELLY_GEN2_KIND } from '../../sources/mqtt-map/shelly-gen2/kind.ts';
import { type Finding, type FoundValue, nameText, type Recogniser } from './finding.ts';
import { topicOfPlace } from './places.ts';

const COMPONENT = /^(switch|pm1|cover|light|rgb|rgbw|cct|em|em1):\d{1,3}$/;
const STATUS = /^(.+)\/status\/([a-z0-9]+:\d{1,3})$/;
const NOTIFICATIONS = /^(.+)\/events\/rpc$/;
const ANSWERS = /^(.+)\/rpc$/;

/** The prefix of a topic at which only a Shelly of the second or a later generation speaks. */
export function shellyPrefixOf(topic: string): string | undefined {
  const known = NOTIFICATIONS.exec(topic)?.[1] ?? STATUS.exec(topic)?.[1];
  if (known !== undefined) return known;
  const online = /^(.+)\/online$/.exec(topic)?.[1];
  // Others have a topic "online" too; those of the first generation stand below "shellies".
  const isShelly =
    online !== undefined &&
    !online.startsWith('shellies/') &&
    /(^|\/)shelly[a-z0-9]+-[0-9a-f]+$/i.test(online);
  return isShelly ? online : undefined;
}

interface Shelly {
  readonly status: Map<string, JsonObject>;
  readonly topics: string[];
  name: string | undefined;
}

/** Notifications, status topics, and answers to questions, put together by prefix. */
export const findShellyGen2: Recogniser = (heard) => {
  const devices = new Map<string, Shelly>();
  for (const { topic: place, payload } of heard.all()) {
    const topic = topicOfPlace(place);
    const prefix = shellyPrefixOf(topic) ?? (place === topic ? undefined : ANSWERS.exec(topic)?.[1]);
    if (prefix === undefined) continue;
    const shelly: Shelly = devices.get(prefix) ?? { status: new Map(), topics: [], name: undefined };
    devices.set(prefix, shelly);
    shelly.topics.push(place);
    learn(shelly, topic, payload);
  }
  return [...devices].flatMap(([prefix, shelly]) => findingsOf(prefix, shelly));
};

function learn(shelly: Shelly, topic: string, payload: Buffer): void {
  const json = jsonObject(payload);
  const component = STATUS.exec(topic)?.[2];
  if (json !== undefined && component !== undefined) overlay(shelly, component, json);
  const whole = objectMember(json, 'params') ?? objectMember(json, 'result');
  for (const key of Object.keys(whole ?? {})) {
    const part = objectMember(whole, key);
    if (part !== undefined && key.includes(':')) overlay(shelly, key, part);
  }
  shelly.name ??= nameText(textMember(objectMember(json, 'result'), 'name'));
}

const MAX_COMPONENTS = 64;

// A message tells only what has changed; maps are made from entries, so that no key means a prototype.
function overlay({ status }: Shelly, component: string, json: JsonObject): void {
  const before = status.get(component);
  if (before === undefined && status.size >= MAX_COMPONENTS) return;
  status.set(component, Object.fromEntries([...Object.entries(before ?? {}), ...Object.entries(json)]));
}

function findingsOf(prefix: string, { status, topics, name }: Shelly): readonly Finding[] {
  const metered = [...status.keys()].flatMap((component) => {
    const values = COMPONENT.test(component) ? valuesOf(status, component) : [];
    return values.some(({ key }) => /^(p|i|e_imp)(_|$)/.test(key)) ? [{ component, values }] : [];
  });
  if (metered.length === 0)
    return [
      {
        kind: SHELLY_GEN2_KIND,
        section: {},
        device: undefined,
        name: name ?? prefix,
        values: [],
        topics,
        note: 'a Shelly whose measuring parts were not heard; --ask asks it',
      },
    ];
  return metered.map(({ component, values }) => ({
    kind: SHELLY_GEN2_KIND,
    section: {},
    device: { prefix, ...(component === 'switch:0' ? {} : { component }) },
    name: metered.length === 1 ? (name ?? prefix) : `${name ?? prefix} ${component}`,
    values,
    topics,
  }));
}

function valuesOf(status: ReadonlyMap<string, JsonObject>, component: string): readonly FoundValue[] {
  return [...partsOf(component)].flatMap(([part, rows]) =>
    componentReadings(rows, status.get(part)).map((reading) => ({
      key: readingKey(reading),
      value: reading.value,
    })),
  );
}
