import { Readable } from 'node:stream';
import type { RetainedStore } from './retained-store.ts';
import type { PacketRef, SessionStore, StoredSubscription } from './session-store.ts';
import { keepPacket, type StoredPacket } from './stored-packet.ts';

interface ClientRef {
  readonly id: string;
}

export interface PersistenceParts {
  readonly retained: RetainedStore;
  readonly sessions: SessionStore;
  /** Whether a subscription was granted: aedes asks to store the refused ones, too. */
  isGranted(client: ClientRef, filter: string): boolean;
}

/**
 * The store behind aedes (its option `persistence`), with an end to everything in it. Wills are not kept
 * here: each is held by its client, and the stored copy would only serve other brokers of a cluster.
 */
export class BoundedPersistence {
  readonly #retained: RetainedStore;
  readonly #sessions: SessionStore;
  readonly #isGranted: PersistenceParts['isGranted'];
  readonly #incoming = new Map<string, Map<number | undefined, StoredPacket>>();

  constructor(parts: PersistenceParts) {
    this.#retained = parts.retained;
    this.#sessions = parts.sessions;
    this.#isGranted = parts.isGranted;
  }

  async setup(): Promise<void> {}
  async destroy(): Promise<void> {}

  async storeRetained(packet: StoredPacket): Promise<void> {
    this.#retained.store(packet);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return Readable.from(this.#retained.matching(filters), { highWaterMark: 1 });
  }

  async addSubscriptions(client: ClientRef, subscriptions: readonly StoredSubscription[]): Promise<void> {
    for (const subscription of subscriptions) {
      if (this.#isGranted(client, subscription.topic)) this.#sessions.subscribe(client.id, subscription);
    }
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    for (const filter of filters) this.#sessions.unsubscribe(client.id, filter);
  }

  async subscriptionsByClient(client: ClientRef): Promise<StoredSubscription[]> {
    return this.#sessions.subscriptions(client.id).map((subscription) => ({ ...subscription }));
  }

  async subscriptionsByTopic(topic: string) {
    return this.#sessions.wanting(topic);
  }

  /** The session is over: a clean start, or its time is up. */
  async cleanSubscriptions(client: ClientRef): Promise<void> {
    this.forget(client.id);
  }

  async outgoingEnqueue(subscription: { readonly clientId: string }, packet: StoredPacket): Promise<void> {
    this.#sessions.enqueue([subscription], packet);
  }

  async outgoingEnqueueCombi(
    subscriptions: readonly { readonly clientId: string; readonly qos?: number }[],
    packet: StoredPacket,
  ): Promise<void> {
    this.#sessions.enqueue(subscriptions, packet);
  }

  async outgoingUpdate(client: ClientRef, packet: StoredPacket): Promise<void> {
    this.#sessions.update(client.id, packet);
  }

  async outgoingClearMessageId(client: ClientRef, packet: PacketRef): Promise<StoredPacket | undefined> {
    return this.#sessions.acknowledge(client.id, packet);
  }

  outgoingStream(client: ClientRef): Readable {
    return Readable.from(this.#sessions.queued(client.id));
  }

  async incomingStorePacket(client: ClientRef, packet: StoredPacket): Promise<void> {
    const stored = this.#incoming.get(client.id) ?? new Map<number | undefined, StoredPacket>();
    this.#incoming.set(client.id, stored);
    // Only the packet id is asked for again; the message itself went on its way.
    stored.set(packet.messageId, keepPacket({ topic: '', payload: '', messageId: packet.messageId }));
  }

  async incomingGetPacket(client: ClientRef, packet: { readonly messageId?: number }): Promise<StoredPacket> {
    const found = this.#incoming.get(client.id)?.get(packet.messageId);
    if (found === undefined) throw new Error('no such packet');
    return found;
  }

  async incomingDelPacket(client: ClientRef, packet: { readonly messageId?: number }): Promise<void> {
    const stored = this.#incoming.get(client.id);
    if (stored?.delete(packet.messageId) !== true) throw new Error('no such packet');
    if (stored.size === 0) this.#incoming.delete(client.id);
  }

  async putWill(): Promise<void> {}
  async getWill(): Promise<undefined> {}
  async delWill(): Promise<undefined> {}

  streamWill(): Readable {
    return Readable.from([]);
  }

  /** Drops all that is kept for a client id. */
  forget(clientId: string): void {
    this.#incoming.delete(clientId);
    this.#sessions.remove(clientId);
  }

  /** The client went away: without a stored session its unreleased messages go, too. */
  closed(clientId: string, now: number): void {
    if (this.#sessions.has(clientId)) this.#sessions.offline(clientId, now);
    else this.#incoming.delete(clientId);
  }
}
