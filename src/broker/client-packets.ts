import { malformed, PacketError, protocolError, REASON } from './packet-error.ts';
import { checkProperties } from './properties.ts';
import { filterProblem, topicProblem } from './topic-rules.ts';
import { WireReader } from './wire-reader.ts';

/**
 * The packets a connected client may send (MQTT section 3): type in the upper four bits of the first byte,
 * flags in the lower four.
 *
 *     3 PUBLISH      flags DUP QoS QoS RETAIN | topic | [id] | [5: properties] | payload
 *     4 - 7 acks     id | [5: reason | [properties]]             PUBREL has flags 0010, the others 0000
 *     8 SUBSCRIBE    flags 0010 | id | [5: properties] | (filter, options) ...
 *     10 UNSUBSCRIBE flags 0010 | id | [5: properties] | filter ...
 *     12 PINGREQ     nothing
 *     14 DISCONNECT  [5: reason | [properties]]
 */
export type ClientPacket =
  | { readonly type: 'publish'; readonly qos: number; readonly packetId: number | undefined }
  | { readonly type: 'release'; readonly packetId: number }
  | { readonly type: 'disconnect' }
  | { readonly type: 'other' };

const MAX_FILTERS_PER_PACKET = 100;
const OTHER = { type: 'other' } as const;

/** Checks one whole packet after CONNECT; aedes sees only what passes. Throws a PacketError. */
export function checkClientPacket(firstByte: number, body: Buffer, version: number): ClientPacket {
  const type = firstByte >> 4;
  if (type === 3) return checkPublish(firstByte & 15, body, version);
  const flags = type === 6 || type === 8 || type === 10 ? 2 : 0;
  if ((firstByte & 15) !== flags) throw malformed('the flags of a packet are wrong');
  const reader = new WireReader(body);
  switch (type) {
    case 4:
    case 5:
    case 6:
    case 7:
      return checkAck(type, reader, version);
    case 8:
    case 10:
      return checkSubscription(reader, version, type === 8);
    case 12:
      if (!reader.isAtEnd) throw malformed('PINGREQ has a body');
      return OTHER;
    case 14:
      checkDisconnect(reader, version);
      return { type: 'disconnect' };
    default:
      throw protocolError(`a client does not send packets of type ${type} now`);
  }
}

function checkPublish(flags: number, body: Buffer, version: number): ClientPacket {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw malformed('PUBLISH has QoS 3');
  if (qos === 0 && flags >= 8) throw malformed('PUBLISH with QoS 0 is marked as repeated');
  const reader = new WireReader(body);
  const topic = reader.text();
  const packetId = qos > 0 ? readPacketId(reader) : undefined;
  const properties = version === 5 ? checkProperties(reader, 'publish') : undefined;
  if (topic === '' && properties?.hasTopicAlias === true) return { type: 'publish', qos, packetId };
  const problem = topicProblem(topic);
  if (problem !== undefined) throw new PacketError('topic', REASON.topicName, problem);
  return { type: 'publish', qos, packetId };
}

function checkAck(type: number, reader: WireReader, version: number): ClientPacket {
  const packetId = readPacketId(reader);
  if (version === 5 && !reader.isAtEnd) {
    reader.byte();
    if (!reader.isAtEnd) checkProperties(reader, 'ack');
  }
  if (!reader.isAtEnd) throw malformed('an acknowledgement is too long');
  return type === 6 ? { type: 'release', packetId } : OTHER;
}

function checkSubscription(reader: WireReader, version: number, hasOptions: boolean): ClientPacket {
  readPacketId(reader);
  if (version === 5) checkProperties(reader, hasOptions ? 'subscribe' : 'unsubscribe');
  if (reader.isAtEnd) throw protocolError('SUBSCRIBE or UNSUBSCRIBE names no topic filter');
  let count = 0;
  while (!reader.isAtEnd) {
    const filter = reader.text();
    if (hasOptions) checkOptions(reader.byte(), version);
    const problem = filterProblem(filter);
    if (problem !== undefined) throw new PacketError('topic', REASON.topicFilter, problem);
    if (++count > MAX_FILTERS_PER_PACKET)
      throw new PacketError(
        'subscription-limit',
        REASON.quotaExceeded,
        `one packet names more than ${MAX_FILTERS_PER_PACKET} topic filters`,
      );
  }
  return OTHER;
}

function checkOptions(options: number, version: number): void {
  const reserved = version === 5 ? 0xc0 : 0xfc;
  if ((options & reserved) !== 0 || (options & 3) === 3 || (options & 0x30) === 0x30)
    throw malformed('the options of a subscription are wrong');
}

function checkDisconnect(reader: WireReader, version: number): void {
  if (version === 5 && !reader.isAtEnd) {
    reader.byte();
    if (!reader.isAtEnd) checkProperties(reader, 'disconnect');
  }
  if (!reader.isAtEnd) throw malformed('DISCONNECT is too long');
}

function readPacketId(reader: WireReader): number {
  const packetId = reader.uint16();
  if (packetId === 0) throw protocolError('a packet id is 0');
  return packetId;
}
