import { connect, type Socket } from 'node:net';
import mqttPacket, { type IConnectPacket, type Packet } from 'mqtt-packet';

/** Whom to attack; the same seed sends the same bytes. */
export interface AttackTarget {
  readonly host: string;
  readonly port: number;
  readonly seed: number;
}

/** What was sent and what became of it, to be printed. */
export type AttackCounts = { readonly [name: string]: number };

export type ProtocolVersion = 4 | 5;
export const VERSIONS: readonly ProtocolVersion[] = [4, 5];

/** A connection of a stranger: raw bytes out, raw bytes in. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything that came, or the last 64 KiB of it. */
  received(): Buffer;
  /** Resolves at the end of the connection, whoever ended it. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** Resolves true when so many bytes have come, false when the connection ends or the time is up. */
  waitFor(bytes: number, withinMs?: number): Promise<boolean>;
}

export function openRaw(target: Pick<AttackTarget, 'host' | 'port'>): Promise<RawConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, noDelay: true });
    let bytes = Buffer.alloc(0);
    let isClosed = false;
    const closed = new Promise<void>((done) =>
      socket.once('close', () => {
        isClosed = true;
        done();
      }),
    );
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]).subarray(-65_536);
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      socket.on('error', () => {});
      resolve({
        socket,
        received: () => bytes,
        closed,
        get isClosed() {
          return isClosed;
        },
        async waitFor(count, withinMs = 3000) {
          const until = performance.now() + withinMs;
          while (bytes.length < count && !isClosed && performance.now() < until) await pause(2);
          return bytes.length >= count;
        },
      });
    });
  });
}

/** Opens, says CONNECT and waits for CONNACK; `undefined` where the broker did not let it in. */
export async function openSession(
  target: Pick<AttackTarget, 'host' | 'port'>,
  connectPacket: Buffer,
): Promise<RawConnection | undefined> {
  const connection = await openRaw(target).catch(() => undefined);
  if (connection === undefined) return undefined;
  connection.socket.write(connectPacket);
  const isAnswered = await connection.waitFor(4);
  const answer = connection.received();
  if (isAnswered && answer[0] === 0x20 && answer[3] === 0) return connection;
  connection.socket.destroy();
  return undefined;
}

export function connectBytes(
  clientId: string,
  version: ProtocolVersion,
  more: Partial<IConnectPacket> = {},
): Buffer {
  const packet = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion: version,
    clean: true,
    clientId,
    keepalive: 60,
    ...more,
  } as IConnectPacket;
  return mqttPacket.generate(packet, { protocolVersion: version });
}

export function packetBytes(packet: Packet, version: ProtocolVersion): Buffer {
  return mqttPacket.generate(packet, { protocolVersion: version });
}

export function publishBytes(
  topic: string,
  payload: string | Buffer,
  version: ProtocolVersion,
  more: { readonly qos?: 0 | 1 | 2; readonly retain?: boolean; readonly messageId?: number } = {},
): Buffer {
  const base = { cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false } as const;
  return packetBytes({ ...base, ...more }, version);
}

export function subscribeBytes(
  filters: readonly string[],
  version: ProtocolVersion,
  qos: 0 | 1 | 2 = 0,
): Buffer {
  const subscriptions = filters.map((topic) => ({ topic, qos, nl: false, rap: false, rh: 0 }));
  return packetBytes({ cmd: 'subscribe', messageId: 1, subscriptions }, version);
}

/** Writes and, where the other side does not take more, waits: until it does, or closes. */
export async function writeAll(connection: RawConnection, bytes: Buffer): Promise<void> {
  if (connection.isClosed || connection.socket.destroyed) return;
  if (connection.socket.write(bytes)) return;
  await Promise.race([
    connection.closed,
    new Promise<void>((resolve) => connection.socket.once('drain', resolve)),
  ]);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mulberry32: numbers from 0 to 1 that depend on the seed alone. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
