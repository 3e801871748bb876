import { describe, expect, test } from 'vitest';
import { BoundedPersistence } from '../../../src/broker/bounded-persistence.ts';
import { RetainedStore } from '../../../src/broker/retained-store.ts';
import { SessionStore } from '../../../src/broker/session-store.ts';
import { packetCost, type StoredPacket } from '../../../src/broker/stored-packet.ts';

let counter = 0;
function message(
  topic: string,
  payload: string | Buffer = 'x',
  more: Partial<StoredPacket> = {},
): StoredPacket {
  return { topic, payload, qos: 1, brokerId: 'b', brokerCounter: ++counter, ...more };
}
async function topicsOf(store: RetainedStore, ...filters: string[]): Promise<string[]> {
  const topics: string[] = [];
  for await (const packet of store.matching(filters)) topics.push(packet.topic);
  return topics;
}

describe('retained messages', () => {
  const limits = { maxTopics: 3, maxBytes: 5000 };

  test('are found by topic and wildcard, $ topics not by a leading wildcard', async () => {
    const store = new RetainedStore({ ...limits, maxTopics: 10 });
    for (const topic of ['a/b', 'a/c', '$SYS/x', '__proto__']) store.store(message(topic));
    expect(await topicsOf(store, 'a/+')).toEqual(['a/b', 'a/c']);
    expect(await topicsOf(store, '#')).toEqual(['a/b', 'a/c', '__proto__']);
    expect(await topicsOf(store, 'a/b', 'none', '$SYS/#')).toEqual(['a/b', '$SYS/x']);
  });

  test('are cleared by an empty one, and all bytes are given back', () => {
    const store = new RetainedStore(limits);
    store.store(message('a', 'x'.repeat(100)));
    store.store(message('a', 'y'));
    store.store(message('b'));
    store.store(message('a', ''));
    store.store(message('b', Buffer.alloc(0)));
    expect([store.topics, store.bytes]).toEqual([0, 0]);
  });

  test('have room for a limited number of topics, and to replace and clear', () => {
    const store = new RetainedStore(limits);
    for (const topic of ['a', 'b', 'c']) store.store(message(topic));
    expect(store.hasRoom(message('d'))).toBe(false);
    expect(store.hasRoom(message('a', 'other'))).toBe(true);
    expect(store.hasRoom(message('d', ''))).toBe(true);
  });

  test('have room for a limited number of bytes, properties counted', () => {
    const store = new RetainedStore(limits);
    expect(store.hasRoom(message('a', 'x'.repeat(4000)))).toBe(true);
    expect(store.hasRoom(message('a', 'x'.repeat(5000)))).toBe(false);
    const properties = { userProperties: { key: 'x'.repeat(5000) } };
    expect(store.hasRoom(message('a', 'x', { properties }))).toBe(false);
    store.store(message('a', 'x'.repeat(4000)));
    expect(store.hasRoom(message('b', 'x'.repeat(1000)))).toBe(false);
    expect(store.hasRoom(message('a', 'x'.repeat(3999)))).toBe(true);
  });

  test('have memory of their own', async () => {
    const store = new RetainedStore(limits);
    const arrived = Buffer.alloc(64_000, 'a');
    const correlationData = arrived.subarray(10, 20);
    store.store(message('a', arrived.subarray(0, 5), { properties: { correlationData } }));
    arrived.fill('z');
    for await (const { payload, properties } of store.matching(['a'])) {
      expect(payload.toString()).toBe('aaaaa');
      expect((payload as Buffer).buffer.byteLength).toBe(5);
      expect(String(properties?.correlationData)).toBe('aaaaaaaaaa');
    }
  });

  test('that expired are swept away', () => {
    const store = new RetainedStore(limits);
    store.store(message('a', 'x', { messageExpiry: 1000 }));
    store.store(message('b', 'x', { messageExpiry: 3000 }));
    store.store(message('c'));
    store.sweep(2000);
    expect(store.topics).toBe(2);
  });
});

describe('sessions', () => {
  const limits = { maxSessions: 2, maxQueued: 3, maxQueuedBytes: 100_000, maxOfflineMs: 1000 };
  const payloads = (store: SessionStore, id: string) =>
    store.queued(id).map(({ payload }) => String(payload));
  const publish = (store: SessionStore, packet: StoredPacket) =>
    store.enqueue(store.wanting(packet.topic), packet);

  test('keep a message once, with the highest QoS asked for', () => {
    const store = new SessionStore(limits);
    store.subscribe('a', { topic: 'x/#', qos: 1 });
    store.subscribe('a', { topic: 'x/+', qos: 2 });
    store.subscribe('b', { topic: 'x/y', qos: 0 });
    publish(store, message('x/y', '1', { qos: 2 }));
    publish(store, message('x/y/z', '2', { qos: 2 }));
    expect(store.queued('a').map(({ payload, qos }) => `${payload} q${qos}`)).toEqual(['1 q2', '2 q1']);
    expect(store.queued('b')).toEqual([]);
  });

  test('drop the oldest message of a full queue, and count it', () => {
    const store = new SessionStore(limits);
    store.subscribe('a', { topic: '#', qos: 1 });
    for (const payload of ['1', '2', '3', '4', '5']) publish(store, message('x', payload));
    expect(payloads(store, 'a')).toEqual(['3', '4', '5']);
    expect(store.counts()).toMatchObject({ queuedMessages: 3, droppedMessages: 2 });
  });

  test('share a limited number of bytes', () => {
    const store = new SessionStore({
      ...limits,
      maxQueuedBytes: 3 * packetCost(message('x', 'x'.repeat(1000))),
    });
    for (const id of ['a', 'b']) store.subscribe(id, { topic: '#', qos: 1 });
    for (const digit of ['1', '2', '3', '4']) publish(store, message('x', digit.repeat(1000)));
    const counts = store.counts();
    expect(counts.queuedMessages).toBe(3);
    expect(counts.droppedMessages).toBe(5);
    for (const id of ['a', 'b']) store.remove(id);
    expect(store.counts()).toMatchObject({ sessions: 0, queuedBytes: 0 });
  });

  test('are limited in number: the one that stayed away longest goes', () => {
    const store = new SessionStore(limits);
    for (const [id, at] of [
      ['a', 20],
      ['b', 10],
    ] as const) {
      store.subscribe(id, { topic: '#', qos: 1 });
      store.offline(id, at);
    }
    store.subscribe('c', { topic: '#', qos: 1 });
    expect(['a', 'b', 'c'].map((id) => store.has(id))).toEqual([true, false, true]);
    expect(store.wanting('x').map(({ clientId }) => clientId)).toEqual(['a', 'c']);
  });

  test('end when their client stays away too long, not while it is here', () => {
    const store = new SessionStore(limits);
    for (const id of ['a', 'b']) store.subscribe(id, { topic: '#', qos: 1 });
    store.offline('a', 0);
    store.offline('b', 0);
    store.online('b');
    store.sweep(999);
    expect(store.has('a')).toBe(true);
    store.sweep(1000);
    expect(['a', 'b'].map((id) => store.has(id))).toEqual([false, true]);
  });

  test('forget a message when it is acknowledged, by its packet id or as itself', () => {
    const store = new SessionStore(limits);
    store.subscribe('a', { topic: '#', qos: 2 });
    const [first, second, third] = ['1', '2', '3'].map((payload) => message('x', payload, { qos: 2 }));
    for (const packet of [first, second, third]) if (packet !== undefined) publish(store, packet);
    store.update('a', { ...first, messageId: 7 } as StoredPacket);
    expect(store.acknowledge('a', { messageId: 7 })?.payload?.toString()).toBe('1');
    expect(store.acknowledge('a', { messageId: 7 })).toBeUndefined();
    expect(store.acknowledge('a', { brokerId: 'b', brokerCounter: third?.brokerCounter })).toBeDefined();
    expect(payloads(store, 'a')).toEqual(['2']);
    expect(store.acknowledge('a', {})).toBeUndefined();
  });

  test('keep a PUBREL in place of its message', () => {
    const store = new SessionStore(limits);
    store.subscribe('a', { topic: '#', qos: 2 });
    const packet = message('x', 'large'.repeat(100), { qos: 2 });
    publish(store, packet);
    store.update('a', { ...packet, messageId: 7 });
    const release = { cmd: 'pubrel', messageId: 7 } as unknown as StoredPacket;
    store.update('a', release);
    expect(store.queued('a')).toMatchObject([{ cmd: 'pubrel', messageId: 7, payload: '' }]);
    store.acknowledge('a', { messageId: 7 });
    expect(store.counts().queuedBytes).toBe(0);
  });

  test('take no harm from names every object inherits', () => {
    const store = new SessionStore(limits);
    for (const id of ['__proto__', 'constructor']) store.subscribe(id, { topic: '__proto__', qos: 1 });
    publish(store, message('__proto__', '1'));
    expect(payloads(store, '__proto__')).toEqual(['1']);
    expect(store.subscriptions('toString')).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'qos')).toBe(false);
  });
});

describe('the store behind aedes', () => {
  const create = () => {
    const retained = new RetainedStore({ maxTopics: 10, maxBytes: 10_000 });
    const sessions = new SessionStore({
      maxSessions: 9,
      maxQueued: 9,
      maxQueuedBytes: 9999,
      maxOfflineMs: 9,
    });
    const isGranted = (_client: unknown, filter: string) => filter !== 'refused';
    return { sessions, persistence: new BoundedPersistence({ retained, sessions, isGranted }) };
  };
  const client = { id: 'c' };

  test('keeps granted subscriptions only', async () => {
    const { persistence } = create();
    await persistence.addSubscriptions(client, [
      { topic: 'refused', qos: 1 },
      { topic: 'a', qos: 1 },
    ]);
    expect(await persistence.subscriptionsByClient(client)).toEqual([{ topic: 'a', qos: 1 }]);
  });

  test('knows an unreleased message until it is released, or its client without a session goes', async () => {
    const { persistence } = create();
    const packet = message('a', 'x'.repeat(1000), { messageId: 5 });
    await persistence.incomingStorePacket(client, packet);
    expect((await persistence.incomingGetPacket(client, { messageId: 5 })).payload).toHaveLength(0);
    await persistence.incomingDelPacket(client, { messageId: 5 });
    await expect(persistence.incomingGetPacket(client, { messageId: 5 })).rejects.toThrow();
    await persistence.incomingStorePacket(client, packet);
    persistence.closed('c', 0);
    await expect(persistence.incomingGetPacket(client, { messageId: 5 })).rejects.toThrow();
  });

  test('drops everything of a session at a clean start', async () => {
    const { persistence, sessions } = create();
    await persistence.addSubscriptions(client, [{ topic: 'a', qos: 1 }]);
    await persistence.outgoingEnqueueCombi([{ clientId: 'c', qos: 1 }], message('a'));
    await persistence.cleanSubscriptions(client);
    expect(sessions.counts()).toMatchObject({ sessions: 0, queuedMessages: 0, queuedBytes: 0 });
  });
});
