import { formatState } from '../../sinks/mqtt/payload.ts';
import { deviceTopics } from '../../sinks/mqtt/topics.ts';

/** What the gateway sends to its broker. */
export interface MessageLoad {
  readonly messagesPerSecond: number;
  readonly megabytesPerDay: number;
}

/** What is sent of one device: which keys together, and how often. */
export interface DeviceLoad {
  readonly id: string;
  readonly slots: readonly { readonly keys: readonly string[]; readonly perSecond: number }[];
}

/** How the numbers come about, for the page of the plan. */
export const MESSAGE_LOAD_WORDS =
  'one message for each value and one "state" for each sample; bytes of whole MQTT packets with values of six ' +
  'characters, without the acknowledgements of the broker and without TCP/IP';

// A value such as 1234.5; longer counters and shorter factors even each other out.
const USUAL_VALUE = '1234.5';
const USUAL_TIME = '2026-01-01T00:00:00.000Z';
const USUAL_SEQ = 1_000_000;

/*
 * PUBLISH of MQTT 5:  | type | remaining length | topic length 2 | topic | packet id 2 (QoS 1) |
 *                     | property length 1 | message expiry 5 | content type 3 + 16 (JSON) | payload |
 */
const EXPIRY_PROPERTIES = 1 + 5;
/** What `state` has beside the values: packet id and content type. */
const STATE_EXTRAS = 2 + 3 + 'application/json'.length;

/** Messages and bytes of all samples of these devices. */
export function messageLoad(root: string, devices: readonly DeviceLoad[]): MessageLoad {
  let messagesPerSecond = 0;
  let bytesPerSecond = 0;
  for (const { id, slots } of devices) {
    const topics = deviceTopics(root, id);
    for (const { keys, perSecond } of slots) {
      const state = formatState(USUAL_TIME, USUAL_SEQ, new Map(keys.map((key) => [key, USUAL_VALUE])));
      const values = keys.map((key) => packetLength(topics.value(key), USUAL_VALUE.length, 0));
      const all = [...values, packetLength(topics.state, state.length, STATE_EXTRAS)];
      messagesPerSecond += perSecond * all.length;
      bytesPerSecond += perSecond * all.reduce((sum, length) => sum + length, 0);
    }
  }
  return { messagesPerSecond, megabytesPerDay: (bytesPerSecond * 86_400) / 1e6 };
}

function packetLength(topic: string, payload: number, extras: number): number {
  const rest = 2 + Buffer.byteLength(topic) + extras + EXPIRY_PROPERTIES + payload;
  return 1 + (rest < 128 ? 1 : 2) + rest;
}
