import type { Packet } from 'mqtt-packet';
import {
  type AttackCounts,
  type AttackTarget,
  connectBytes,
  openRaw,
  openSession,
  type ProtocolVersion,
  packetBytes,
  pause,
  seededRandom,
} from './mqtt-attack-socket.ts';

const PER_CONNECTION = 3;
const AT_ONCE = 12;

/**
 * Sends valid packets of both protocol versions after seeded damage: flipped bits, cut ends, false lengths,
 * bytes put in, parts of others. Every third connection damages its CONNECT.
 */
export async function attackMutations(
  target: AttackTarget & { readonly packets?: number },
): Promise<AttackCounts> {
  const random = seededRandom(target.seed);
  const wanted = target.packets ?? 20_000;
  const counts = { packets: 0, connections: 0, refusedAtConnect: 0, closedByBroker: 0, survived: 0 };
  const corpus = { 4: corpusOf(4), 5: corpusOf(5) };
  const lane = async () => {
    while (counts.packets < wanted) {
      const version: ProtocolVersion = random() < 0.5 ? 4 : 5;
      const clientId = `fuzz-${Math.floor(random() * 50)}`;
      const connect = connectBytes(clientId, version, fullConnect(version));
      counts.connections += 1;
      if (random() < 0.33) {
        counts.packets += 1;
        await throwAt(target, mutate(connect, corpus[version], random));
        counts.refusedAtConnect += 1;
        continue;
      }
      const packets = Array.from({ length: PER_CONNECTION }, () =>
        mutate(pick(corpus[version], random), corpus[version], random),
      );
      const ping = packetBytes({ cmd: 'pingreq' }, version);
      const session = await openSession(target, connectBytes(clientId, version));
      counts.packets += PER_CONNECTION;
      if (session === undefined) continue;
      session.socket.write(Buffer.concat([...packets, ping]));
      await session.waitFor(session.received().length + 2, 25);
      if (session.isClosed) counts.closedByBroker += 1;
      else counts.survived += 1;
      session.socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return counts;
}

/** Nothing but random bytes, from the first one on and after a proper CONNECT. */
export async function attackRandomBytes(
  target: AttackTarget & { readonly rounds?: number },
): Promise<AttackCounts> {
  const random = seededRandom(target.seed);
  const counts = { connections: 0, bytes: 0 };
  for (let round = 0; round < (target.rounds ?? 500); round++) {
    const bytes = Buffer.from(Array.from({ length: 1 + Math.floor(random() * 400) }, () => random() * 256));
    const isFirst = round % 2 === 0;
    const greeting = isFirst ? Buffer.alloc(0) : connectBytes(`random-${round}`, round % 4 === 1 ? 4 : 5);
    await throwAt(target, Buffer.concat([greeting, bytes]));
    counts.connections += 1;
    counts.bytes += bytes.length;
  }
  return counts;
}

async function throwAt(target: AttackTarget, bytes: Buffer): Promise<void> {
  const connection = await openRaw(target).catch(() => undefined);
  if (connection === undefined) return;
  connection.socket.write(bytes);
  await Promise.race([connection.closed, pause(5)]);
  connection.socket.destroy();
}

function fullConnect(version: ProtocolVersion) {
  const will = { topic: 'fuzz/will', payload: Buffer.from('gone'), qos: 1 as const, retain: true };
  if (version === 4) return { will, clean: false };
  return {
    will: { ...will, properties: { willDelayInterval: 1, messageExpiryInterval: 9, contentType: 'x' } },
    properties: { sessionExpiryInterval: 60, receiveMaximum: 10, userProperties: { a: 'b' } },
  };
}

function corpusOf(version: ProtocolVersion): Buffer[] {
  const isNew = version === 5;
  const properties = isNew
    ? {
        properties: {
          payloadFormatIndicator: true,
          messageExpiryInterval: 5,
          topicAlias: 3,
          responseTopic: 'fuzz/answer',
          correlationData: Buffer.from('1234'),
          userProperties: { key: 'value', more: ['1', '2'] },
          contentType: 'text/plain',
        },
      }
    : {};
  const publish = { cmd: 'publish', topic: 'fuzz/a/b', payload: 'hello', dup: false, retain: true } as const;
  const subscription = { topic: 'fuzz/+/#', qos: 1, nl: false, rap: true, rh: 1 } as const;
  const reason = isNew ? { reasonCode: 0, properties: { reasonString: 'so' } } : {};
  const packets: Packet[] = [
    { ...publish, qos: 0, ...properties },
    { ...publish, qos: 1, messageId: 7, ...properties },
    { ...publish, qos: 2, messageId: 8 },
    { ...publish, qos: 0, retain: false, payload: Buffer.alloc(300, 1) },
    { cmd: 'puback', messageId: 7, ...reason },
    { cmd: 'pubrec', messageId: 7, ...reason },
    { cmd: 'pubrel', messageId: 8, ...reason },
    { cmd: 'pubcomp', messageId: 8, ...reason },
    {
      cmd: 'subscribe',
      messageId: 9,
      subscriptions: [subscription, { ...subscription, topic: 'fuzz/b' }],
      ...(isNew ? { properties: { subscriptionIdentifier: 5, userProperties: { a: 'b' } } } : {}),
    },
    { cmd: 'unsubscribe', messageId: 10, unsubscriptions: ['fuzz/+/#', 'fuzz/none'] },
    { cmd: 'pingreq' },
    { cmd: 'disconnect', ...(isNew ? { reasonCode: 4, properties: { sessionExpiryInterval: 30 } } : {}) },
  ];
  const bytes = packets.map((packet) => packetBytes(packet, version));
  if (isNew) bytes.push(Buffer.from([0xf0, 2, 0x18, 0]));
  return [...bytes, connectBytes('again', version)];
}

function mutate(valid: Buffer, others: readonly Buffer[], random: () => number): Buffer {
  let bytes: Buffer = Buffer.from(valid);
  const times = 1 + Math.floor(random() * 3);
  for (let time = 0; time < times && bytes.length > 0; time++) {
    const at = Math.floor(random() * bytes.length);
    switch (Math.floor(random() * 7)) {
      case 0:
        bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8)), at);
        break;
      case 1:
        bytes.writeUInt8(Math.floor(random() * 256), at);
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        if (bytes.length > 1) bytes.writeUInt8(Math.floor(random() * 256), 1);
        break;
      case 4: {
        const inserted = Buffer.from(Array.from({ length: 1 + random() * 8 }, () => random() * 256));
        bytes = Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
        break;
      }
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), pick(others, random).subarray(at)]);
        break;
      default:
        bytes = withTrueLength(bytes);
    }
  }
  // A true length lets the damage get past the first check.
  return random() < 0.5 ? withTrueLength(bytes) : bytes;
}

function withTrueLength(bytes: Buffer): Buffer {
  if (bytes.length < 2 || bytes.length > 126) return bytes;
  return Buffer.concat([bytes.subarray(0, 1), Buffer.from([bytes.length - 2]), bytes.subarray(2)]);
}

function pick(buffers: readonly Buffer[], random: () => number): Buffer {
  return buffers[Math.floor(random() * buffers.length)] ?? Buffer.alloc(0);
}
