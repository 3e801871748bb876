import { readingKey } from '../../domain/reading.ts';
import { parseJson } from '../../mapping/json-text.ts';
import { asObject, jsonObject, member, objectMember, textMember } from '../../sources/mqtt-map/payload.ts';
import { exposedValues, valuesOfEndpoint } from '../../sources/mqtt-map/zigbee2mqtt/exposes.ts';
import { ZIGBEE2MQTT_KIND } from '../../sources/mqtt-map/zigbee2mqtt/kind.ts';
import type { Finding, Recogniser } from './finding.ts';
import type { Observations } from './observations.ts';

const DEVICES = '/bridge/devices';
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_DEVICES = 2000;
/** A device is a meter when it tells one of these. */
const ELECTRIC = new Set(['p', 'q', 's', 'i', 'e_imp', 'e_exp']);

/** Devices of `<base>/bridge/devices` that measure electricity. */
export const findZigbee2mqtt: Recogniser = (heard) => {
  const found: Finding[] = [];
  for (const { topic, payload } of heard.all()) {
    if (!topic.endsWith(DEVICES)) continue;
    const base = topic.slice(0, -DEVICES.length);
    const list = parseJson(payload, MAX_BYTES);
    if (!Array.isArray(list)) continue;
    for (const entry of list.slice(0, MAX_DEVICES)) found.push(...deviceOf(heard, base, entry));
  }
  return found;
};

function deviceOf(heard: Observations, base: string, entry: unknown): readonly Finding[] {
  const device = asObject(entry);
  const name = member(device, 'friendly_name');
  if (typeof name !== 'string' || name === '') return [];
  const values = exposedValues(member(objectMember(device, 'definition'), 'exposes'));
  const topic = `${base}/${name}`;
  const state = jsonObject(heard.get(topic)?.payload ?? Buffer.alloc(0));
  const endpoints = values.flatMap(({ endpoint, code }) =>
    endpoint !== undefined && ELECTRIC.has(code) ? [endpoint] : [],
  );
  // Lines of one meter are one device, sockets of a strip are several.
  const sockets = [...new Set(endpoints)].filter((endpoint) => !/^l[1-3]$/.test(endpoint));
  const parts = sockets.length === 0 ? [undefined] : sockets;
  return parts.flatMap((endpoint): Finding[] => {
    const own = valuesOfEndpoint(values, endpoint);
    if (!own.some(({ code }) => ELECTRIC.has(code))) return [];
    const model = textMember(objectMember(device, 'definition'), 'model');
    return [
      {
        kind: ZIGBEE2MQTT_KIND,
        section: base === 'zigbee2mqtt' ? {} : { base },
        device: { device: name, ...(endpoint === undefined ? {} : { endpoint }) },
        name: endpoint === undefined ? name : `${name} ${endpoint}`,
        values: own.map((value) => ({
          key: readingKey({
            code: value.code,
            ...(value.phase === undefined ? {} : { phase: value.phase }),
          }),
          value: value.read(member(state, value.property)),
        })),
        topics: [topic],
        ...(model === undefined ? {} : { note: model }),
      },
    ];
  });
}
