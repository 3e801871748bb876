import { isDeepStrictEqual } from 'node:util';
import {
  type AttackCounts,
  type AttackTarget,
  connectBytes,
  openRaw,
  openSession,
  type ProtocolVersion,
  packetBytes,
  publishBytes,
  subscribeBytes,
  VERSIONS,
} from './mqtt-attack-socket.ts';

/** Names that every JavaScript object inherits. */
const INHERITED_NAMES = Object.getOwnPropertyNames(Object.prototype);

const HOSTILE_IDS = [...INHERITED_NAMES, 'x'.repeat(129), 'a\u0001b', 'line\nfeed', 'x'.repeat(4000)];
const DEEP = Array.from({ length: 300 }, () => 'a').join('/');
const HOSTILE_TOPICS = [
  ...INHERITED_NAMES,
  ...INHERITED_NAMES.map((name) => `house/${name}/p`),
  DEEP,
  '/'.repeat(250),
  'x'.repeat(5000),
  'a\u0007b',
];

/** Client ids that are keys of every object, too long, or not printable: all have to be refused. */
export async function attackClientIds(target: AttackTarget): Promise<AttackCounts> {
  const counts = { sent: 0, refused: 0, accepted: 0 };
  for (const version of VERSIONS) {
    const bytes = HOSTILE_IDS.map((clientId) => connectBytes(clientId, version));
    for (const connect of bytes) {
      counts.sent += 1;
      const session = await openSession(target, connect);
      session?.socket.destroy();
      if (session === undefined) counts.refused += 1;
      else counts.accepted += 1;
    }
  }
  counts.sent += 1;
  const session = await openSession(target, Buffer.from(connectBytes('', 4).map(clearCleanFlag)));
  session?.socket.destroy();
  if (session === undefined) counts.refused += 1;
  else counts.accepted += 1;
  return counts;
}

// Byte 9 of CONNECT holds the flags: an empty client id with a session to keep (MQTT-3.1.3-8).
function clearCleanFlag(byte: number, index: number): number {
  return index === 9 ? byte & 0xfd : byte;
}

/** The same property twice: aedes takes it for a list and counts with it. */
export async function attackDoubledProperties(target: AttackTarget): Promise<AttackCounts> {
  const counts = { sent: 0, refused: 0, accepted: 0 };
  const twice = [5, 6] as unknown as number; // mqtt-packet writes a list as one property after the other
  const will = { topic: 'flood/will', payload: Buffer.from('x'), qos: 0 as const, retain: false };
  const connects = [
    connectBytes('double-1', 5, { properties: { sessionExpiryInterval: twice } }),
    connectBytes('double-2', 5, { properties: { receiveMaximum: twice } }),
    connectBytes('double-3', 5, { properties: { maximumPacketSize: twice } }),
    connectBytes('double-4', 5, {
      properties: { sessionExpiryInterval: 60 },
      will: { ...will, properties: { willDelayInterval: twice } },
    }),
  ];
  for (const connect of connects) {
    counts.sent += 1;
    const session = await openSession(target, connect);
    session?.socket.destroy();
    if (session === undefined) counts.refused += 1;
    else counts.accepted += 1;
  }
  return counts;
}

/** Topics 300 levels deep, inherited names, control characters: published, subscribed, unsubscribed, as will. */
export async function attackTopics(target: AttackTarget): Promise<AttackCounts> {
  const counts = { sent: 0, closed: 0, tolerated: 0 };
  for (const version of VERSIONS) {
    for (const topic of HOSTILE_TOPICS) {
      for (const bytes of usesOf(topic, version)) {
        counts.sent += 1;
        if (await isClosedAfter(target, version, bytes)) counts.closed += 1;
        else counts.tolerated += 1;
      }
      counts.sent += 1;
      const will = { topic, payload: Buffer.from('x'), qos: 0 as const, retain: true };
      const session = await openSession(target, connectBytes(`w${counts.sent}`, version, { will }));
      // Without DISCONNECT: where the will was accepted it is published now.
      session?.socket.destroy();
      if (session === undefined) counts.closed += 1;
      else counts.tolerated += 1;
    }
  }
  return counts;
}

function usesOf(topic: string, version: ProtocolVersion): Buffer[] {
  return [
    publishBytes(topic, 'x', version, { retain: true }),
    publishBytes(topic, 'x', version, { qos: 1, messageId: 1 }),
    subscribeBytes([topic], version),
    subscribeBytes([`${topic}/#`, topic, '__proto__', 'fine'], version, 1),
    packetBytes({ cmd: 'unsubscribe', messageId: 2, unsubscriptions: [topic, 'constructor'] }, version),
  ];
}

async function isClosedAfter(
  target: AttackTarget,
  version: ProtocolVersion,
  bytes: Buffer,
): Promise<boolean> {
  const session = await openSession(target, connectBytes(`t${target.seed}`, version));
  if (session === undefined) return true;
  const before = session.received().length;
  session.socket.write(Buffer.concat([bytes, packetBytes({ cmd: 'pingreq' }, version)]));
  await session.waitFor(before + 2);
  const answer = session.received();
  const isAlive = isDeepStrictEqual([...answer.subarray(-2)], [0xd0, 0]);
  session.socket.destroy();
  return !isAlive;
}

/** Declares 100 MiB (and 256 MB) and streams them for as long as they are taken. */
export async function attackHugePackets(target: AttackTarget): Promise<AttackCounts> {
  const counts = { sent: 0, bytesTaken: 0, closed: 0 };
  const chunk = Buffer.alloc(65_536, 0x41);
  for (const version of VERSIONS) {
    for (const size of [100 * 1024 * 1024, 268_435_455]) {
      for (const isLoggedIn of [true, false]) {
        counts.sent += 1;
        const connection = isLoggedIn
          ? await openSession(target, connectBytes(`huge${counts.sent}`, version))
          : await openRaw(target);
        if (connection === undefined) continue;
        const topic = Buffer.from('\u0000\u0004huge', 'latin1');
        connection.socket.write(
          Buffer.concat([isLoggedIn ? Buffer.from([0x31]) : Buffer.from([0x10]), lengthBytes(size), topic]),
        );
        for (let sent = 0; sent < size && !connection.isClosed; sent += chunk.length) {
          if (!connection.socket.write(chunk))
            await Promise.race([
              connection.closed,
              new Promise<void>((resolve) => connection.socket.once('drain', resolve)),
            ]);
          await new Promise((resolve) => setImmediate(resolve));
          counts.bytesTaken += connection.isClosed ? 0 : chunk.length;
        }
        if (connection.isClosed) counts.closed += 1;
        connection.socket.destroy();
      }
    }
  }
  return counts;
}

function lengthBytes(length: number): Buffer {
  const bytes: number[] = [];
  let rest = length;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}
