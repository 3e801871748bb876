import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { Admission, type AdmissionLimits, type Slot } from './admission.ts';
import type { Authenticator } from './authenticator.ts';
import { gateReads, onFirstPacket } from './gated-stream.ts';
import { PacketError, REASON, type Refusal } from './packet-error.ts';
import { createByteBudget, type FirstPacket, type GateLimits, PacketGate } from './packet-gate.ts';
import { dismiss, type Peer } from './peer.ts';
import { clientIdProblem, topicProblem } from './topic-rules.ts';

export interface DoormanOptions {
  readonly limits: AdmissionLimits & GateLimits & { readonly maxPartialBytes: number };
  readonly connectTimeoutMs: number;
  readonly authenticator: Authenticator;
  readonly clock: Clock;
  onRefused(refusal: Refusal): void;
  /** The client's CONNECT is sound: from here on it is the broker's. */
  onWelcome(peer: Peer): void;
  onGone(peer: Peer): void;
}

const PROBATION_MS = 2000;
const LINGER_MS = 500;

/** Stands between the listeners and the broker: every connection has to get past here. */
export class Doorman {
  readonly #options: DoormanOptions;
  readonly #admission: Admission;
  readonly #budget;
  readonly #peers = new Map<Slot, Peer>();
  readonly #byStream = new WeakMap<object, Peer>();

  constructor(options: DoormanOptions) {
    this.#options = options;
    this.#admission = new Admission(options.limits);
    this.#budget = createByteBudget(options.limits.maxPartialBytes);
  }

  get connections(): number {
    return this.#peers.size;
  }

  get partialBytes(): number {
    return this.#budget.used;
  }

  peerOf(stream: object): Peer | undefined {
    return this.#byStream.get(stream);
  }

  /** Takes a stream that was opened to a listener. */
  arrive(stream: Duplex, address: string): void {
    const { slot, evicted } = this.#admission.arrive(address);
    const peer: Peer = {
      stream,
      slot,
      gate: new PacketGate(this.#options.limits, this.#budget),
      filters: new Map(),
      lowestQos: 2,
      version: undefined,
      clientId: undefined,
      principal: undefined,
      isClosed: false,
      stopWaiting: () => {},
    };
    this.#peers.set(slot, peer);
    this.#byStream.set(stream, peer);
    stream.on('error', ignore);
    stream.once('close', () => this.#leave(peer));
    const patienceMs =
      slot.standing === 'probation'
        ? Math.min(PROBATION_MS, this.#options.connectTimeoutMs)
        : this.#options.connectTimeoutMs;
    peer.stopWaiting = this.#options.clock.timer(patienceMs, () => {
      this.#options.onRefused(slot.over ?? 'connect-timeout');
      stream.destroy();
    });
    const stranger = evicted === undefined ? undefined : this.#peers.get(evicted);
    if (stranger !== undefined) {
      this.#options.onRefused(stranger.slot.over ?? 'too-many-connections');
      stranger.stream.destroy();
    }
    onFirstPacket(
      stream,
      peer.gate,
      (first) => this.#receive(peer, first),
      (error) => this.refuse(peer, error),
    );
    // A client that closes its side says goodbye; without this an idle socket would wait for its timer.
    stream.once('end', () => stream.destroy());
  }

  /** Ends a connection that broke a rule, and counts it. */
  refuse(peer: Peer, error: PacketError): void {
    this.#options.onRefused(error.refusal);
    dismiss(peer, error.reasonCode, (close) => {
      this.#options.clock.timer(LINGER_MS, close);
    });
  }

  closeAll(): void {
    for (const peer of this.#peers.values()) peer.stream.destroy();
  }

  #receive(peer: Peer, { connect, bytes }: FirstPacket): void {
    peer.version = connect.version;
    try {
      const idProblem = clientIdProblem(connect.clientId, connect);
      if (idProblem !== undefined) throw new PacketError('client-id', REASON.clientId, idProblem);
      const will = connect.willTopic === undefined ? undefined : topicProblem(connect.willTopic);
      if (will !== undefined) throw new PacketError('topic', REASON.topicName, `will: ${will}`);
      if (this.#options.authenticator.isOwner(connect.username, connect.password))
        this.#admission.makeOwner(peer.slot);
      const { standing, over } = peer.slot;
      if (standing !== 'guest' && standing !== 'owner')
        throw new PacketError(over ?? 'too-many-connections', REASON.serverBusy, 'all places are taken');
    } catch (error) {
      if (!(error instanceof PacketError)) throw error;
      this.refuse(peer, error);
      return;
    }
    gateReads(peer.stream, peer.gate, bytes, (error) => this.refuse(peer, error));
    this.#options.onWelcome(peer);
    peer.stream.emit('readable');
  }

  #leave(peer: Peer): void {
    peer.isClosed = true;
    peer.stopWaiting();
    peer.gate.close();
    this.#admission.leave(peer.slot);
    this.#peers.delete(peer.slot);
    this.#options.onGone(peer);
  }
}

function ignore(): void {}
