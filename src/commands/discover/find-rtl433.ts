import { type Reading, readingKey } from '../../domain/reading.ts';
import { readValue } from '../../sources/mqtt-map/pushed/value-rule.ts';
import { RTL433_KIND } from '../../sources/mqtt-map/rtl433/kind.ts';
import { valuesOfModel } from '../../sources/mqtt-map/rtl433/models.ts';
import { type Packet, packetOfEvent, packetOfField } from '../../sources/mqtt-map/rtl433/packet.ts';
import type { Finding, Recogniser } from './finding.ts';
import { topicOfPlace } from './places.ts';

/** How a topic of rtl_433, or of a gateway that speaks like it, is configured. */
function sectionOf(
  topic: string,
): { readonly form: 'events' | 'devices'; readonly topic: string } | undefined {
  if (/^rtl_433\/[^/]+\/events$/.test(topic)) return { form: 'events', topic: 'rtl_433/+/events' };
  if (/\/events$/.test(topic)) return { form: 'events', topic };
  const [, gateway, rest = ''] = /^(.*\/RTL_433toMQTT)((?:\/[^/]+){0,3})$/.exec(topic) ?? [];
  if (gateway !== undefined) return { form: 'events', topic: gateway + rest.replaceAll(/\/[^/]+/g, '/+') };
  return /^rtl_433\/[^/]+\/devices\//.test(topic)
    ? { form: 'devices', topic: 'rtl_433/+/devices' }
    : undefined;
}

/** Transmitters of known electricity meters. */
export const findRtl433: Recogniser = (heard) => {
  const found = new Map<string, Finding>();
  for (const { topic: heardAt, payload } of heard.all()) {
    const topic = topicOfPlace(heardAt);
    const place = sectionOf(topic);
    if (place === undefined) continue;
    const packet = place.form === 'events' ? packetOfEvent(payload) : packetOfField(topic, 3, payload);
    const readings = packet === undefined ? [] : readingsOf(packet);
    if (packet?.transmitter === undefined || readings.length === 0) continue;
    const key = `${packet.model} ${packet.transmitter}`;
    const before = found.get(key);
    // With both forms on one broker the events tell a whole packet at once.
    if (before !== undefined && before.section.form !== place.form && place.form === 'devices') continue;
    const isSame = before !== undefined && before.section.form === place.form;
    found.set(key, {
      kind: RTL433_KIND,
      section: place,
      device: { model: packet.model, transmitter: packet.transmitter },
      name: `${packet.model} ${packet.transmitter}`,
      values: [
        ...(isSame
          ? before.values.filter(({ key: old }) => readings.every((r) => readingKey(r) !== old))
          : []),
        ...readings.map((reading) => ({ key: readingKey(reading), value: reading.value })),
      ],
      topics: isSame ? [...before.topics, heardAt] : [heardAt],
      note: 'make sure that it is yours: neighbours have meters too',
    });
  }
  return [...found.values()];
};

function readingsOf({ model, fields }: Packet): readonly Reading[] {
  return (valuesOfModel(model, undefined) ?? []).flatMap((value): Reading[] => {
    const field = value.fields.find((name) => fields.has(name));
    const reading = field === undefined ? 'no_number' : readValue(value, fields.get(field));
    return typeof reading === 'string' ? [] : [reading];
  });
}
