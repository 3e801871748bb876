import { filterMatches } from './filter-trie.ts';
import { keepPacket, packetCost, type StoredPacket } from './stored-packet.ts';

export interface RetainedLimits {
  readonly maxTopics: number;
  readonly maxBytes: number;
}

/** The retained messages. What strangers may add is bounded; asked before a message is taken (`hasRoom`). */
export class RetainedStore {
  readonly #limits: RetainedLimits;
  readonly #packets = new Map<string, StoredPacket>();
  #bytes = 0;

  constructor(limits: RetainedLimits) {
    this.#limits = limits;
  }

  get topics(): number {
    return this.#packets.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message may be retained: it clears or replaces a topic within the limits, or fits beside. */
  hasRoom(packet: StoredPacket): boolean {
    if (packet.payload.length === 0) return true;
    const old = this.#packets.get(packet.topic);
    if (old === undefined && this.#packets.size >= this.#limits.maxTopics) return false;
    const added = packetCost(packet) - (old === undefined ? 0 : packetCost(old));
    return added <= 0 || this.#bytes + added <= this.#limits.maxBytes;
  }

  store(packet: StoredPacket): void {
    const old = this.#packets.get(packet.topic);
    if (old !== undefined) this.#bytes -= packetCost(old);
    if (packet.payload.length === 0) {
      this.#packets.delete(packet.topic);
      return;
    }
    const kept = keepPacket(packet);
    this.#packets.set(packet.topic, kept);
    this.#bytes += packetCost(kept);
  }

  /** The messages under these filters, a slice of the table at a time so that others get their turn. */
  async *matching(filters: readonly string[]): AsyncGenerator<StoredPacket> {
    for (const filter of filters) {
      if (!/[+#]/.test(filter)) {
        const packet = this.#packets.get(filter);
        if (packet !== undefined) yield packet;
        continue;
      }
      let looked = 0;
      for (const packet of this.#packets.values()) {
        if (++looked % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
        if (filterMatches(filter, packet.topic)) yield packet;
      }
    }
  }

  /** Drops what has expired and nobody asked for since. */
  sweep(now: number): void {
    for (const packet of this.#packets.values()) {
      if (packet.messageExpiry === undefined || packet.messageExpiry > now) continue;
      this.#packets.delete(packet.topic);
      this.#bytes -= packetCost(packet);
    }
  }
}
