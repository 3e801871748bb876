import { type ClientPacket, checkClientPacket } from './client-packets.ts';
import { type ConnectPacket, decodeConnect } from './connect-packet.ts';
import { malformed, PacketError, protocolError, REASON } from './packet-error.ts';

/**
 * Cuts the bytes of one connection into MQTT packets and lets through only whole ones that are sound
 * (MQTT section 2.1.1):
 *
 *     type, flags | remaining length, 1 to 4 bytes | body
 *
 * The remaining length is judged as soon as it has arrived, so a packet that is too large costs its first
 * five bytes and nothing more.
 */
export interface GateLimits {
  readonly firstPacketBytes: number;
  readonly maxPacketBytes: number;
  /** QoS 2 messages a client may leave unreleased. */
  readonly maxInFlight: number;
}

/** Memory that all connections share for packets that have arrived in part. */
export interface ByteBudget {
  /** Takes (or gives back, negative) bytes; false where they are not there. */
  take(bytes: number): boolean;
}

export interface FirstPacket {
  readonly connect: ConnectPacket;
  readonly bytes: Buffer;
  /** What came after it, not looked at yet. */
  readonly rest: Buffer;
}

const CONNECT = 0x10;
// Small pieces: a flood of tiny packets is handled a few hundred at a time, and others get their turn.
const PIECE_BYTES = 512;
const FREE_BYTES = 4096;
const NOTHING = Buffer.alloc(0);

export class PacketGate {
  readonly #limits: GateLimits;
  readonly #budget: ByteBudget;
  readonly #unreleased = new Set<number>();
  #held = NOTHING;
  #heldLength = 0;
  #version: number | undefined;
  #isOver = false;

  constructor(limits: GateLimits, budget: ByteBudget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** How many bytes to read next. */
  get want(): number {
    const header = this.#heldLength > 0 ? readHeader(this.#held.subarray(0, this.#heldLength), 0) : undefined;
    return header === undefined ? PIECE_BYTES : Math.max(PIECE_BYTES, header.end - this.#heldLength);
  }

  /** Takes bytes until CONNECT is whole. Throws a PacketError. */
  pushFirst(piece: Buffer): FirstPacket | undefined {
    const bytes = this.#join(piece);
    if (bytes.length > 0 && bytes[0] !== CONNECT) throw protocolError('the first packet is not CONNECT');
    const header = readHeader(bytes, 0);
    if (header !== undefined) this.#checkSize(header.end, this.#limits.firstPacketBytes);
    if (header === undefined || header.end > bytes.length) {
      this.#hold(bytes, 0);
      return undefined;
    }
    const connect = decodeConnect(bytes.subarray(header.start, header.end));
    this.#version = connect.version;
    this.#hold(NOTHING, 0);
    return { connect, bytes: bytes.subarray(0, header.end), rest: bytes.subarray(header.end) };
  }

  /** Takes bytes after CONNECT and gives back the whole packets among them. Throws a PacketError. */
  push(piece: Buffer): Buffer | undefined {
    if (this.#isOver) return undefined;
    const bytes = this.#join(piece);
    let done = 0;
    for (let header = readHeader(bytes, done); header !== undefined; header = readHeader(bytes, done)) {
      this.#checkSize(header.end - done, this.#limits.maxPacketBytes);
      if (header.end > bytes.length) break;
      this.#check(bytes[done] ?? 0, bytes.subarray(header.start, header.end));
      done = header.end;
      if (this.#isOver) break;
    }
    this.#hold(this.#isOver ? NOTHING : bytes, this.#isOver ? 0 : done);
    return done === 0 ? undefined : bytes.subarray(0, done);
  }

  /** Gives the memory back. */
  close(): void {
    this.#isOver = true;
    this.#hold(NOTHING, 0);
  }

  #check(firstByte: number, body: Buffer): void {
    const packet: ClientPacket = checkClientPacket(firstByte, body, this.#version ?? 4);
    if (packet.type === 'disconnect') this.#isOver = true;
    if (packet.type === 'release') this.#unreleased.delete(packet.packetId);
    if (packet.type !== 'publish' || packet.qos !== 2 || packet.packetId === undefined) return;
    this.#unreleased.add(packet.packetId);
    if (this.#unreleased.size > this.#limits.maxInFlight)
      throw new PacketError(
        'in-flight',
        REASON.receiveMaximum,
        `more than ${this.#limits.maxInFlight} messages with QoS 2 are not released`,
      );
  }

  #checkSize(size: number, limit: number): void {
    if (size > limit)
      throw new PacketError(
        'packet-too-large',
        REASON.packetTooLarge,
        `a packet of ${size} bytes, where ${limit} are allowed`,
      );
  }

  // Grows by doubling, so that a packet that drips in byte by byte is not copied each time.
  #join(piece: Buffer): Buffer {
    if (this.#heldLength === 0) return piece;
    const length = this.#heldLength + piece.length;
    if (length > this.#held.length) {
      const capacity = Math.max(length, this.#held.length * 2);
      this.#reserve(capacity);
      const larger = Buffer.allocUnsafe(capacity);
      this.#held.copy(larger, 0, 0, this.#heldLength);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#heldLength);
    return this.#held.subarray(0, length);
  }

  #hold(bytes: Buffer, from: number): void {
    const rest = bytes.subarray(from);
    if (from === 0 && bytes.buffer === this.#held.buffer && bytes.byteOffset === this.#held.byteOffset) {
      this.#heldLength = bytes.length;
      return;
    }
    this.#reserve(rest.length);
    this.#held = rest.length === 0 ? NOTHING : Buffer.from(rest);
    this.#heldLength = rest.length;
  }

  #reserve(capacity: number): void {
    const before = Math.max(0, this.#held.length - FREE_BYTES);
    const after = Math.max(0, capacity - FREE_BYTES);
    if (before !== after && !this.#budget.take(after - before))
      throw new PacketError('memory', REASON.quotaExceeded, 'too many large packets at once');
  }
}

/** Where the body of the packet at `at` starts and ends; undefined until its length has arrived. */
function readHeader(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + 1 + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return { start: at + 2 + index, end: at + 2 + index + length };
  }
  throw malformed('the remaining length has more than 4 bytes');
}

/** A budget of `limit` bytes. */
export function createByteBudget(limit: number): ByteBudget & { readonly used: number } {
  let used = 0;
  return {
    get used() {
      return used;
    },
    take(bytes) {
      if (bytes > 0 && used + bytes > limit) return false;
      used += bytes;
      return true;
    },
  };
}
