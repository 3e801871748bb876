import { Aedes, type Client } from 'aedes';
import type { Clock } from '../lib/clock.ts';
import { createAuthenticator } from './authenticator.ts';
import { Backlog } from './backlog.ts';
import { BoundedPersistence } from './bounded-persistence.ts';
import { createHooks } from './broker-hooks.ts';
import { ClientIds } from './client-ids.ts';
import { Doorman } from './doorman.ts';
import type { Figures, WorkerSettings } from './messages.ts';
import { REFUSALS, type Refusal } from './packet-error.ts';
import { keepNoNumberTable } from './packet-writer.ts';
import type { Peer } from './peer.ts';
import { RetainedStore } from './retained-store.ts';
import { SessionStore } from './session-store.ts';
import { createTopicFanout } from './topic-fanout.ts';
import { MAX_TOPIC_LEVELS } from './topic-rules.ts';

const MAX_SESSIONS = 100;
const MAX_OFFLINE_S = 24 * 3600;
const MAX_IN_FLIGHT = 100;
const MiB = 1024 * 1024;
const BACKLOG = { maxBytes: 256 * 1024, maxMessages: 2000, maxMessagesInAll: 20_000 };
const SWEEP_MS = 30_000;
const CLOSE_MS = 1000;

export interface BrokerServer {
  readonly doorman: Doorman;
  figures(): Figures;
  /** Says goodbye to the clients (MQTT 5: server shutting down) and closes everything. */
  close(): Promise<void>;
}

/** The broker without its listeners: aedes, and all that stands between it and strangers. */
export async function createBrokerServer(
  settings: WorkerSettings,
  clock: Clock,
  onFault: (error: unknown) => void,
): Promise<BrokerServer> {
  keepNoNumberTable();
  const tally = createTally();
  const stores = createStores(settings);
  const backlog = new Backlog(BACKLOG);
  const clientIds = new ClientIds<Peer>((clientId) => stores.sessions.has(clientId));
  const authenticator = createAuthenticator({ ...settings, clock });
  const peerOf = (stream: object) => doorman.peerOf(stream);
  const persistence = new BoundedPersistence({
    ...stores,
    isGranted: (client, filter) => peerOf((client as Client).conn)?.filters.has(filter) === true,
  });
  const hooks = createHooks({ authenticator, clientIds, backlog, peerOf, ...stores, ...tally });
  const broker = new Aedes({
    ...aedesOptions(settings),
    ...hooks,
    persistence,
    mq: createTopicFanout(onFault),
  });
  const doorman = new Doorman({
    limits: doorLimits(settings),
    connectTimeoutMs: settings.connectTimeoutMs,
    authenticator,
    clock,
    onRefused: tally.onRefused,
    onWelcome: (peer) => broker.handle(peer.stream),
    onGone(peer) {
      backlog.forget(peer.stream);
      if (peer.clientId !== undefined && clientIds.release(peer.clientId, peer))
        persistence.closed(peer.clientId, clock.now());
    },
  });
  followClients(broker, peerOf, stores.sessions, onFault);
  await broker.listen();
  const stopSweeping = repeat(clock, SWEEP_MS, () => {
    stores.retained.sweep(clock.now());
    stores.sessions.sweep(clock.now());
    clientIds.sweep();
  });
  return {
    doorman,
    figures: () => collectFigures(doorman, stores, backlog, tally),
    async close() {
      stopSweeping();
      await closeBroker(broker, clock);
      doorman.closeAll();
    },
  };
}

function createTally() {
  const refused = new Map<Refusal, number>(REFUSALS.map((refusal) => [refusal, 0]));
  let dropped = 0;
  return {
    refused,
    dropped: () => dropped,
    onRefused(refusal: Refusal): void {
      refused.set(refusal, (refused.get(refusal) ?? 0) + 1);
    },
    onDropped(): void {
      dropped += 1;
    },
  };
}

function collectFigures(
  doorman: Doorman,
  { retained, sessions }: ReturnType<typeof createStores>,
  backlog: Backlog,
  tally: ReturnType<typeof createTally>,
): Figures {
  return {
    connections: doorman.connections,
    refused: Object.fromEntries(tally.refused),
    retained: { topics: retained.topics, bytes: retained.bytes },
    sessions: { ...sessions.counts() },
    backlog: { waiting: backlog.waiting, dropped: tally.dropped(), partialBytes: doorman.partialBytes },
  };
}

async function closeBroker(broker: Aedes, clock: Clock): Promise<void> {
  await Promise.race([
    new Promise<void>((resolve) => broker.close(resolve)),
    new Promise<void>((resolve) => clock.timer(CLOSE_MS, resolve)),
  ]);
}

function createStores(settings: WorkerSettings) {
  return {
    retained: new RetainedStore({
      maxTopics: settings.maxRetainedTopics,
      maxBytes: settings.maxRetainedBytes,
    }),
    sessions: new SessionStore({
      maxSessions: MAX_SESSIONS,
      maxQueued: settings.maxQueuedMessages,
      maxQueuedBytes: 16 * MiB,
      maxOfflineMs: MAX_OFFLINE_S * 1000,
    }),
  };
}

function doorLimits(settings: WorkerSettings) {
  return {
    maxConnections: settings.maxConnections,
    maxPerAddress: settings.maxConnectionsPerAddress,
    maxProbation: 32,
    firstPacketBytes: 4096,
    maxPacketBytes: settings.maxPacketBytes,
    maxInFlight: MAX_IN_FLIGHT,
    maxPartialBytes: 8 * MiB,
  };
}

function aedesOptions(settings: WorkerSettings) {
  return {
    id: 'busbar',
    connectTimeout: settings.connectTimeoutMs,
    drainTimeout: 15_000,
    maxTopicLevels: MAX_TOPIC_LEVELS,
    topicAliasMaximum: 10,
    maximumPacketSize: settings.maxPacketBytes,
    receiveMaximum: MAX_IN_FLIGHT,
    sessionExpiryIntervalLimit: MAX_OFFLINE_S,
    pendingSessionsLimit: MAX_SESSIONS,
  };
}

function followClients(
  broker: Aedes,
  peerOf: (stream: object) => Peer | undefined,
  sessions: SessionStore,
  onFault: (error: unknown) => void,
): void {
  broker.on('client', (client) => {
    sessions.online(client.id);
    // aedes registers a client that was closed during a take-over, and would keep it for ever.
    if (client.closed) setImmediate(() => forgetClient(broker, client));
  });
  broker.on('unsubscribe', (filters, client) => {
    for (const filter of filters) peerOf(client.conn)?.filters.delete(filter);
  });
  // aedes tells of failures of its store here; without a listener they would end the thread.
  (broker as NodeJS.EventEmitter).on('error', onFault);
}

function forgetClient(broker: Aedes, client: Client): void {
  const inner = broker as unknown as {
    clients: Record<string, Client>;
    unregisterClient(client: Client): void;
  };
  if (inner.clients[client.id] === client) inner.unregisterClient(client);
}

function repeat(clock: Clock, everyMs: number, act: () => void): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = clock.timer(everyMs, () => {
      act();
      next();
    });
  };
  next();
  return () => cancel();
}
