import { jsonObject, objectMember, textMember } from '../../sources/mqtt-map/payload.ts';
import { packetOfEvent } from '../../sources/mqtt-map/rtl433/packet.ts';

/** Stands in no topic, so that a place made with it is never one that was heard. */
const MARK = '\u0001';

/** Topics on which rtl_433, or a gateway that speaks like it, tells the packets of all transmitters. */
const PACKET_TOPIC = /\/events$|\/RTL_433toMQTT(\/[^/]+){0,3}$/;
const NOTIFICATIONS = /\/events\/rpc$/;

/**
 * Where a message is kept: at its topic, or, where several devices or parts share one topic, at a place of its
 * own below it.
 */
export function placeOf(topic: string, payload: Buffer): string {
  if (PACKET_TOPIC.test(topic)) {
    const packet = packetOfEvent(payload);
    return packet?.transmitter === undefined ? topic : placeBelow(topic, packet.model, packet.transmitter);
  }
  if (!NOTIFICATIONS.test(topic)) return topic;
  // Notifications tell changed members only: those of different components must not replace each other.
  const notification = jsonObject(payload);
  const components = Object.keys(objectMember(notification, 'params') ?? {}).filter((key) =>
    key.includes(':'),
  );
  return placeBelow(topic, textMember(notification, 'method') ?? '', components.sort().join(','));
}

const MAX_PART = 100;

export function placeBelow(topic: string, ...parts: readonly string[]): string {
  return [topic, ...parts.map((part) => part.replaceAll(MARK, '').slice(0, MAX_PART))].join(MARK);
}

/** The topic at which the message came. */
export function topicOfPlace(place: string): string {
  const end = place.indexOf(MARK);
  return end < 0 ? place : place.slice(0, end);
}
