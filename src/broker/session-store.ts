import { FilterTrie } from './filter-trie.ts';
import { keepPacket, packetCost, type StoredPacket } from './stored-packet.ts';

/** A subscription of a session, as aedes stores and restores it. */
export interface StoredSubscription {
  readonly topic: string;
  readonly qos: number;
  readonly [option: string]: unknown;
}

export interface SessionLimits {
  readonly maxSessions: number;
  /** Messages that wait for one session. */
  readonly maxQueued: number;
  /** All that waits for all sessions. */
  readonly maxQueuedBytes: number;
  /** How long a session is kept without its client, milliseconds. */
  readonly maxOfflineMs: number;
}

interface Entry {
  readonly session: Session;
  readonly subscription: StoredSubscription;
}

interface Session {
  readonly clientId: string;
  readonly filters: Map<string, Entry>;
  queue: StoredPacket[];
  offlineSince: number | undefined;
}

/** How a queued message is named: by the packet id it was sent with, or by aedes' own count. */
export type PacketRef = Pick<StoredPacket, 'messageId' | 'brokerId' | 'brokerCounter'>;

/** A session that a message is for. */
interface Wanted {
  readonly clientId: string;
  readonly topic: string;
  readonly qos: number;
}

export interface SessionCounts {
  readonly sessions: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  readonly droppedMessages: number;
  readonly droppedSessions: number;
}

/**
 * Sessions that outlive their connection: their subscriptions and the messages that wait for them. What is
 * too much goes, the oldest first: messages of a session, and sessions whose client stays away.
 */
export class SessionStore {
  readonly #limits: SessionLimits;
  readonly #sessions = new Map<string, Session>();
  readonly #byFilter = new FilterTrie<Entry>();
  #bytes = 0;
  #droppedMessages = 0;
  #droppedSessions = 0;

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  counts(): SessionCounts {
    let queuedMessages = 0;
    for (const session of this.#sessions.values()) queuedMessages += session.queue.length;
    return {
      sessions: this.#sessions.size,
      queuedMessages,
      queuedBytes: this.#bytes,
      droppedMessages: this.#droppedMessages,
      droppedSessions: this.#droppedSessions,
    };
  }

  subscriptions(clientId: string): StoredSubscription[] {
    const entries = this.#sessions.get(clientId)?.filters.values() ?? [];
    return [...entries].map(({ subscription }) => subscription);
  }

  subscribe(clientId: string, subscription: StoredSubscription): void {
    const session = this.#sessions.get(clientId) ?? this.#create(clientId);
    const filter = subscription.topic;
    const old = session.filters.get(filter);
    if (old !== undefined) this.#byFilter.remove(filter, old);
    const entry = { session, subscription };
    session.filters.set(filter, entry);
    if (subscription.qos > 0) this.#byFilter.add(filter, entry);
  }

  unsubscribe(clientId: string, filter: string): void {
    const session = this.#sessions.get(clientId);
    const entry = session?.filters.get(filter);
    if (session === undefined || entry === undefined) return;
    session.filters.delete(filter);
    this.#byFilter.remove(filter, entry);
    if (session.filters.size === 0 && session.queue.length === 0) this.#sessions.delete(clientId);
  }

  /** Which sessions want a message with QoS above 0: each once, with the highest QoS it asked for. */
  wanting(topic: string): Wanted[] {
    const highest = new Map<Session, number>();
    for (const { session, subscription } of this.#byFilter.match(topic))
      highest.set(session, Math.max(subscription.qos, highest.get(session) ?? 0));
    return [...highest].map(([{ clientId }, qos]) => ({ clientId, topic, qos }));
  }

  enqueue(
    wanted: readonly { readonly clientId: string; readonly qos?: number }[],
    packet: StoredPacket,
  ): void {
    if (wanted.length === 0) return;
    const kept = keepPacket(packet);
    const cost = packetCost(kept);
    for (const { clientId, qos } of wanted) {
      const session = this.#sessions.get(clientId);
      if (session === undefined) continue;
      while (session.queue.length > 0 && !this.#hasRoom(session, cost)) this.#drop(session);
      if (this.#hasRoom(session, cost)) {
        session.queue.push({ ...kept, qos: Math.min(kept.qos ?? 0, qos ?? 2) });
        this.#bytes += cost;
      } else this.#droppedMessages += 1;
    }
  }

  queued(clientId: string): StoredPacket[] {
    return [...(this.#sessions.get(clientId)?.queue ?? [])];
  }

  /** Notes the packet id a message was sent with, or puts its PUBREL in its place; unknown ones are let be. */
  update(clientId: string, packet: StoredPacket): void {
    const queue = this.#sessions.get(clientId)?.queue ?? [];
    const isRelease = packet.brokerId === undefined;
    const index = queue.findIndex((queued) =>
      isRelease ? queued.messageId === packet.messageId : isSameMessage(queued, packet),
    );
    const queued = queue[index];
    if (queued === undefined) return;
    if (!isRelease) {
      queued.messageId = packet.messageId;
      return;
    }
    // A PUBREL has neither topic nor payload; the message itself is not needed any more.
    const release = { ...packet, topic: '', payload: '' };
    queue[index] = release;
    this.#bytes += packetCost(release) - packetCost(queued);
  }

  /** Takes a message out: the one with this packet id, or, before it has one, the message itself. */
  acknowledge(clientId: string, packet: PacketRef): StoredPacket | undefined {
    const queue = this.#sessions.get(clientId)?.queue ?? [];
    const index = queue.findIndex((queued) =>
      packet.messageId === undefined ? isSameMessage(queued, packet) : queued.messageId === packet.messageId,
    );
    if (index < 0) return undefined;
    const [done] = queue.splice(index, 1);
    if (done !== undefined) this.#bytes -= packetCost(done);
    return done;
  }

  online(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (session !== undefined) session.offlineSince = undefined;
  }

  offline(clientId: string, now: number): void {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return;
    session.offlineSince = now;
    this.#shrink();
  }

  remove(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (session === undefined) return;
    for (const [filter, entry] of session.filters) this.#byFilter.remove(filter, entry);
    for (const queued of session.queue) this.#bytes -= packetCost(queued);
    this.#sessions.delete(clientId);
  }

  has(clientId: string): boolean {
    return this.#sessions.has(clientId);
  }

  /** Drops the sessions whose clients stayed away too long. */
  sweep(now: number): void {
    for (const session of this.#sessions.values()) {
      if (session.offlineSince === undefined) continue;
      if (now - session.offlineSince < this.#limits.maxOfflineMs) continue;
      this.remove(session.clientId);
      this.#droppedSessions += 1;
    }
  }

  #create(clientId: string): Session {
    const session: Session = { clientId, filters: new Map(), queue: [], offlineSince: undefined };
    this.#sessions.set(clientId, session);
    this.#shrink();
    return session;
  }

  // Sessions whose client is here are bounded by the connections; of the others the longest absent goes.
  #shrink(): void {
    while (this.#sessions.size > this.#limits.maxSessions) {
      let oldest: Session | undefined;
      for (const session of this.#sessions.values()) {
        if (session.offlineSince === undefined) continue;
        if (oldest?.offlineSince === undefined || session.offlineSince < oldest.offlineSince)
          oldest = session;
      }
      if (oldest === undefined) return;
      this.remove(oldest.clientId);
      this.#droppedSessions += 1;
    }
  }

  #hasRoom(session: Session, cost: number): boolean {
    return session.queue.length < this.#limits.maxQueued && this.#bytes + cost <= this.#limits.maxQueuedBytes;
  }

  #drop(session: Session): void {
    const dropped = session.queue.shift();
    if (dropped === undefined) return;
    this.#bytes -= packetCost(dropped);
    this.#droppedMessages += 1;
  }
}

function isSameMessage(a: PacketRef, b: PacketRef): boolean {
  return a.brokerId !== undefined && a.brokerId === b.brokerId && a.brokerCounter === b.brokerCounter;
}
