import { malformed, PacketError, protocolError, REASON } from './packet-error.ts';
import { topicProblem } from './topic-rules.ts';
import type { WireReader } from './wire-reader.ts';

/**
 * The properties of an MQTT 5 packet (5.0 section 2.2.2):
 *
 *     variable integer: length of all | id | value | id | value ...
 *
 * They are checked strictly because the broker hands them on: one that cannot be written again would cost
 * every subscriber its connection, and one that stands twice arrives in aedes as a list it does not expect.
 */

type Kind = 'flag' | 'uint16' | 'uint32' | 'variable' | 'text' | 'binary' | 'pair';
type Place = 'connect' | 'will' | 'publish' | 'subscribe' | 'unsubscribe' | 'ack' | 'disconnect';

interface PropertyRule {
  readonly name: string;
  readonly kind: Kind;
  readonly places: readonly Place[];
  readonly isNonZero?: boolean;
}

const RULES: ReadonlyMap<number, PropertyRule> = new Map<number, PropertyRule>([
  [0x01, { name: 'payload format', kind: 'flag', places: ['publish', 'will'] }],
  [0x02, { name: 'message expiry', kind: 'uint32', places: ['publish', 'will'] }],
  [0x03, { name: 'content type', kind: 'text', places: ['publish', 'will'] }],
  [0x08, { name: 'response topic', kind: 'text', places: ['publish', 'will'] }],
  [0x09, { name: 'correlation data', kind: 'binary', places: ['publish', 'will'] }],
  [0x0b, { name: 'subscription identifier', kind: 'variable', places: ['subscribe'], isNonZero: true }],
  [0x11, { name: 'session expiry', kind: 'uint32', places: ['connect', 'disconnect'] }],
  [0x15, { name: 'authentication method', kind: 'text', places: ['connect'] }],
  [0x16, { name: 'authentication data', kind: 'binary', places: ['connect'] }],
  [0x17, { name: 'request problem information', kind: 'flag', places: ['connect'] }],
  [0x18, { name: 'will delay', kind: 'uint32', places: ['will'] }],
  [0x19, { name: 'request response information', kind: 'flag', places: ['connect'] }],
  [0x1f, { name: 'reason string', kind: 'text', places: ['ack', 'disconnect'] }],
  [0x21, { name: 'receive maximum', kind: 'uint16', places: ['connect'], isNonZero: true }],
  [0x22, { name: 'topic alias maximum', kind: 'uint16', places: ['connect'] }],
  [0x23, { name: 'topic alias', kind: 'uint16', places: ['publish'], isNonZero: true }],
  [
    0x26,
    {
      name: 'user property',
      kind: 'pair',
      places: ['connect', 'will', 'publish', 'subscribe', 'unsubscribe', 'ack', 'disconnect'],
    },
  ],
  [0x27, { name: 'maximum packet size', kind: 'uint32', places: ['connect'], isNonZero: true }],
]);
const USER_PROPERTY = 0x26;
const RESPONSE_TOPIC = 0x08;
const TOPIC_ALIAS = 0x23;
const MAX_PROPERTIES = 64;
const MAX_BYTES = 8192;

export interface PropertiesSeen {
  readonly hasTopicAlias: boolean;
}

/** Reads past the properties of one packet. Throws a PacketError for anything the specification forbids. */
export function checkProperties(reader: WireReader, place: Place): PropertiesSeen {
  const length = reader.variableInteger();
  if (length > MAX_BYTES)
    throw new PacketError(
      'packet-too-large',
      REASON.packetTooLarge,
      `${length} bytes of properties, where ${MAX_BYTES} are allowed`,
    );
  const part = reader.part(length);
  const seen = new Set<number>();
  let count = 0;
  while (!part.isAtEnd) {
    const id = part.byte();
    const rule = RULES.get(id);
    if (rule === undefined) throw malformed(`there is no property ${id}`);
    if (!rule.places.includes(place)) throw protocolError(`${rule.name} does not belong here`);
    if (seen.has(id) && id !== USER_PROPERTY) throw protocolError(`${rule.name} stands twice`);
    if (++count > MAX_PROPERTIES) throw protocolError(`more than ${MAX_PROPERTIES} properties`);
    seen.add(id);
    checkValue(part, id, rule);
  }
  return { hasTopicAlias: seen.has(TOPIC_ALIAS) };
}

function checkValue(part: WireReader, id: number, rule: PropertyRule): void {
  const value = readValue(part, rule.kind);
  if (rule.kind === 'flag' && typeof value === 'number' && value > 1)
    throw protocolError(`${rule.name} is neither 0 nor 1`);
  if (rule.isNonZero === true && value === 0) throw protocolError(`${rule.name} is 0`);
  if (id === RESPONSE_TOPIC && typeof value === 'string') {
    const problem = topicProblem(value);
    if (problem !== undefined) throw protocolError(`response topic: ${problem}`);
  }
}

function readValue(part: WireReader, kind: Kind): number | string | Buffer {
  switch (kind) {
    case 'flag':
      return part.byte();
    case 'uint16':
      return part.uint16();
    case 'uint32':
      return part.uint32();
    case 'variable':
      return part.variableInteger();
    case 'text':
      return part.text();
    case 'binary':
      return part.binary();
    case 'pair':
      part.text();
      return part.text();
  }
}
