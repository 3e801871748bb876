import type { AedesOptions, AuthenticateError, Client } from 'aedes';
import { mayPublish, mayReceive, maySubscribe } from './access-rules.ts';
import type { Authenticator } from './authenticator.ts';
import type { Backlog } from './backlog.ts';
import type { ClientIds } from './client-ids.ts';
import { filterMatches } from './filter-trie.ts';
import { REASON, type Refusal } from './packet-error.ts';
import { type Peer, returnCode } from './peer.ts';
import type { RetainedStore } from './retained-store.ts';
import type { StoredPacket } from './stored-packet.ts';

const MAX_FILTERS_PER_CLIENT = 100;

export interface HookParts {
  readonly authenticator: Authenticator;
  readonly clientIds: ClientIds<Peer>;
  readonly retained: RetainedStore;
  readonly backlog: Backlog;
  peerOf(stream: object): Peer | undefined;
  onRefused(refusal: Refusal): void;
  /** A message was not handed to a subscriber that does not read fast enough. */
  onDropped(): void;
}

type Hooks = Required<
  Pick<AedesOptions, 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>
>;

/** What aedes asks before it lets a client do something. */
export function createHooks(parts: HookParts): Hooks {
  const peerOf = (client: Client | null) => (client === null ? undefined : parts.peerOf(client.conn));
  return {
    authenticate(client, username, password, done) {
      void logIn(parts, client, username, password).then(
        (problem) => (problem === undefined ? done(null, true) : done(problem, null)),
        () => done(loginError(REASON.serverUnavailable), null),
      );
    },
    authorizePublish(client, packet, done) {
      const role = peerOf(client)?.principal?.role;
      if (role === undefined || !mayPublish(role, packet.topic)) {
        parts.onRefused('publish-denied');
        done(new Error('not authorised to publish there'));
        return;
      }
      if (packet.retain && role !== 'owner' && !parts.retained.hasRoom(asStored(packet))) {
        parts.onRefused('retained-limit');
        packet.retain = false;
      }
      done(null);
    },
    authorizeSubscribe(client, subscription, done) {
      const peer = peerOf(client);
      const role = peer?.principal?.role;
      if (peer === undefined || role === undefined || !maySubscribe(role, subscription.topic)) {
        parts.onRefused('subscribe-denied');
        done(null, null);
      } else if (!peer.filters.has(subscription.topic) && peer.filters.size >= MAX_FILTERS_PER_CLIENT) {
        parts.onRefused('subscription-limit');
        done(null, null);
      } else {
        peer.filters.set(subscription.topic, subscription.qos);
        peer.lowestQos = Math.min(peer.lowestQos, subscription.qos);
        done(null, subscription);
      }
    },
    authorizeForward: (client, packet) => forward(parts, client, peerOf(client), packet),
  };
}

type Forward = NonNullable<AedesOptions['authorizeForward']>;

function forward(
  parts: HookParts,
  client: Client,
  peer: Peer | undefined,
  packet: Parameters<Forward>[1] & { readonly clientId?: string },
) {
  const role = peer?.principal?.role;
  if (peer === undefined || role === undefined || !mayReceive(role, packet.topic)) return null;
  if (exceeds(client.maximumPacketSize, packet)) return null;
  // To say no takes a message out of its session, where it has to wait for the client that is gone.
  const isKept = packet.qos > 0 && !client.clean;
  if (peer.isClosed) return isKept ? packet : null;
  const isFromOwner = parts.clientIds.isOwner(packet.clientId);
  if (!parts.backlog.take(peer.stream, wireSize(packet), isFromOwner)) {
    parts.onDropped();
    if (!isKept) return null;
    // What its session holds is sent when it comes back; without the connection nothing is lost.
    peer.stream.destroy();
    return packet;
  }
  if (packet.qos <= peer.lowestQos) return packet;
  // aedes lowers the QoS only where the filter is the topic itself (MQTT-3.8.4-6).
  const qos = grantedQos(peer, packet.topic);
  return qos < packet.qos ? { ...packet, qos: qos as typeof packet.qos } : packet;
}

/** The highest QoS among the subscriptions that match a topic (MQTT-3.3.5-1); 0 where none does. */
function grantedQos(peer: Peer, topic: string): number {
  let highest = 0;
  for (const [filter, qos] of peer.filters) if (qos > highest && filterMatches(filter, topic)) highest = qos;
  return highest;
}

// A client may say what it can take (MQTT-3.1.2-24), which aedes leaves to us.
function exceeds(limit: number | undefined, packet: SizedPacket): boolean {
  return limit !== undefined && wireSize(packet) > limit;
}

interface SizedPacket {
  readonly topic: string;
  readonly payload: string | Buffer;
}

// About the size on the wire; properties are not counted.
function wireSize({ topic, payload }: SizedPacket): number {
  return topic.length + payload.length + 16;
}

/** Returns why the login failed; undefined where the client is in. */
async function logIn(
  parts: HookParts,
  client: Client,
  username: string | undefined,
  password: Buffer | undefined,
): Promise<AuthenticateError | undefined> {
  const peer = parts.peerOf(client.conn);
  if (peer === undefined || peer.isClosed) return loginError(REASON.serverUnavailable);
  const result = await parts.authenticator.check(peer.slot.address, username, password);
  if (peer.isClosed) return loginError(REASON.serverUnavailable);
  if (result === 'busy' || result === 'refused') {
    parts.onRefused(result === 'busy' ? 'login-busy' : 'login');
    return loginError(result === 'busy' ? REASON.serverBusy : REASON.notAuthorised);
  }
  if (!parts.clientIds.claim(client.id, peer, result)) {
    parts.onRefused('client-id');
    return loginError(REASON.clientId);
  }
  peer.stopWaiting();
  peer.clientId = client.id;
  peer.principal = result;
  return undefined;
}

function loginError(reasonCode: number): AuthenticateError {
  return Object.assign(new Error('login refused'), { returnCode: returnCode(reasonCode) });
}

// The types of mqtt-packet name more than there is; the fields looked at are the same.
function asStored(packet: object): StoredPacket {
  return packet as StoredPacket;
}
