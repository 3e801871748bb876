import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { createFifo } from '../lib/fifo.ts';
import type { Logger } from '../lib/logger.ts';
import { explainLinkEnd, MqttLinkError, type MqttLinkErrorCode } from './mqtt-error.ts';
import type {
  MqttConnectOptions,
  MqttMessage,
  MqttPublishOptions,
  MqttSession,
  OpenMqttSession,
} from './mqtt-session.ts';
import { type BrokerAddress, parseBrokerUrl } from './mqtt-stream.ts';

export interface MqttLinkHooks {
  /** Each time the broker has accepted this client. */
  onConnect(): void;
  /**
   * The link was lost, or could not be made. Told once until it stands again, and once more for each reason
   * that a person has to mend.
   */
  onDisconnect(cause: MqttLinkError): void;
  onMessage?(message: MqttMessage): void;
}

/** The way to one broker, over as many connections, one after the other, as it takes. */
export interface MqttLink {
  /** Connects and reconnects until the signal aborts, then says DISCONNECT; never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * QoS 1: resolves at the PUBACK. QoS 0: resolves when written. Rejects with a MqttLinkError at once when
   * not connected, when the link drops before the PUBACK, when the broker refuses, or is too far behind.
   */
  publish(topic: string, payload: string | Buffer, options: MqttPublishOptions): Promise<void>;
  /** Kept and repeated at each connect; a refusal is logged. */
  subscribe(filter: string, qos: 0 | 1): void;
  readonly isConnected: boolean;
  readonly protocolInUse: 5 | 4 | undefined;
  /** QoS 1 messages that may be unacknowledged at once on this connection; the rest waits in order. */
  readonly maxInFlight: number;
}

interface Delivery {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly options: MqttPublishOptions;
  readonly resolve: () => void;
  readonly reject: (error: MqttLinkError) => void;
  sentAtMs: number;
}

// An embedded broker is up within the first of these; a broker that restarts, within the others.
const FIRST_DELAYS_MS = [100, 250, 500] as const;
const BACKOFF = { firstMs: 1000, maxMs: 60_000, jitter: 0.3 } as const;
// What a person has to mend is asked for less often: brokers lock out clients that hammer on a login.
const SLOW_BACKOFF = { firstMs: 5000, maxMs: 60_000, jitter: 0.3 } as const;
const FOR_PEOPLE: ReadonlySet<MqttLinkErrorCode> = new Set([
  'bad-credentials',
  'not-authorised',
  'client-id-rejected',
  'taken-over',
  'certificate-expired',
  'certificate-untrusted',
  'certificate-name',
  'certificate-file',
]);
/** These follow one another while a broker restarts, and end by themselves. */
const PASSING: ReadonlySet<MqttLinkErrorCode> = new Set([
  'lost',
  'refused',
  'timeout',
  'unreachable',
  'broker-unavailable',
  'no-acknowledgement',
]);
/** A link that stood this long was a good one: the next tries are quick again. */
const STEADY_MS = 10_000;
const ACK_TIMEOUT_MS = 30_000;
const FAREWELL_MS = 1000;
const MAX_IN_FLIGHT = 64;
const MAX_WAITING_DELIVERIES = 10_000;
const MAX_UNSENT_BYTES = 1024 * 1024;

const WRITTEN = Promise.resolve();

/** A link over any kind of session; `createMqttLink` is this over MQTT.js. */
export function createLinkOver(
  open: OpenMqttSession,
  options: MqttConnectOptions,
  hooks: MqttLinkHooks,
  clock: Clock,
  logger: Logger,
): MqttLink {
  return new ReconnectingLink(open, parseBrokerUrl(options.url), options, hooks, clock, logger);
}

interface SessionEnd {
  readonly cause: MqttLinkError;
  /** How long the link stood; undefined where it never did. */
  readonly stoodMs: number | undefined;
}

class ReconnectingLink implements MqttLink {
  protocolInUse: 5 | 4 | undefined;
  #session: MqttSession | undefined;
  #deliveryCount = 0;
  readonly #unacknowledged = new Map<number, Delivery>();
  readonly #waiting = createFifo<Delivery>();
  #isSending = false;
  /** Made once: stack traces are dear, and it is wanted when there is no time. */
  readonly #congested: MqttLinkError;
  readonly #subscriptions = new Map<string, 0 | 1>();
  readonly #told = new Set<MqttLinkErrorCode | 'passing'>();

  constructor(
    private readonly open: OpenMqttSession,
    private readonly address: BrokerAddress,
    private readonly options: MqttConnectOptions,
    private readonly hooks: MqttLinkHooks,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.#congested = new MqttLinkError('congested', `the MQTT broker ${address.label} does not keep up`);
  }

  get isConnected(): boolean {
    return this.#session !== undefined;
  }

  get maxInFlight(): number {
    return Math.max(1, Math.min(MAX_IN_FLIGHT, this.#session?.receiveMaximum ?? MAX_IN_FLIGHT));
  }

  async run(signal: AbortSignal): Promise<void> {
    let protocol = this.options.protocol;
    let attempt = 0;
    while (!signal.aborted) {
      const end = await this.#connectOnce(protocol, signal);
      if (signal.aborted) return;
      if (shouldTryOlder(protocol, end)) {
        protocol = 4;
        continue;
      }
      protocol = this.options.protocol;
      this.#tell(end);
      if ((end.stoodMs ?? 0) > STEADY_MS) attempt = 0;
      await this.clock.sleep(delayMs(attempt, end.cause.code), signal);
      attempt += 1;
    }
  }

  #connectOnce(protocol: 5 | 4, signal: AbortSignal): Promise<SessionEnd> {
    return new Promise((resolve) => {
      const stops: Array<() => void> = [];
      let connectedAtMs: number | undefined;
      const onClose = (cause: MqttLinkError) => {
        for (const stop of stops) stop();
        this.#drop(cause);
        resolve({
          cause,
          stoodMs: connectedAtMs === undefined ? undefined : this.clock.monotonicMs() - connectedAtMs,
        });
      };
      let session: MqttSession;
      try {
        session = this.open(this.address, this.options, protocol, {
          onConnect: () => {
            connectedAtMs = this.clock.monotonicMs();
            stops.push(this.#watchAcknowledgements(session));
            this.#connected(session, protocol);
          },
          onMessage: (message) => this.hooks.onMessage?.(message),
          onClose,
        });
      } catch (error) {
        onClose(explainLinkEnd(this.address.label, 'opening', error));
        return;
      }
      const onAbort = () => {
        session.end();
        stops.push(
          this.clock.timer(FAREWELL_MS, () =>
            session.destroy(new MqttLinkError('lost', 'the broker did not take leave')),
          ),
        );
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stops.push(() => signal.removeEventListener('abort', onAbort));
    });
  }

  #connected(session: MqttSession, protocol: 5 | 4): void {
    this.#session = session;
    this.protocolInUse = protocol;
    this.#told.clear();
    this.logger.info(`connected to ${this.address.label} (MQTT ${protocol === 5 ? '5' : '3.1.1'})`);
    for (const [filter, qos] of this.#subscriptions) this.#subscribe(session, filter, qos);
    this.hooks.onConnect();
  }

  /** Drops a link that answers pings but acknowledges nothing; the result ends the watch. */
  #watchAcknowledgements(session: MqttSession): () => void {
    let cancel = () => {};
    const check = () => {
      const oldest = this.#unacknowledged.values().next().value;
      if (oldest !== undefined && this.clock.monotonicMs() - oldest.sentAtMs > ACK_TIMEOUT_MS) {
        const waited = `${ACK_TIMEOUT_MS / 1000} s`;
        const message = `the MQTT broker ${this.address.label} acknowledged nothing for ${waited}; reconnecting`;
        session.destroy(new MqttLinkError('no-acknowledgement', message));
        return;
      }
      cancel = this.clock.timer(ACK_TIMEOUT_MS / 2, check);
    };
    cancel = this.clock.timer(ACK_TIMEOUT_MS / 2, check);
    return () => cancel();
  }

  #drop(cause: MqttLinkError): void {
    this.#session = undefined;
    this.protocolInUse = undefined;
    const undelivered = [...this.#unacknowledged.values(), ...this.#waiting.takeAll()];
    this.#unacknowledged.clear();
    for (const delivery of undelivered) delivery.reject(cause);
  }

  #tell({ cause, stoodMs }: SessionEnd): void {
    const reason = PASSING.has(cause.code) ? 'passing' : cause.code;
    if (stoodMs === undefined && this.#told.has(reason)) return;
    this.#told.add(reason);
    this.logger.warn({ code: cause.code }, cause.message);
    this.hooks.onDisconnect(cause);
  }

  publish(topic: string, payload: string | Buffer, options: MqttPublishOptions): Promise<void> {
    const session = this.#session;
    if (session === undefined)
      return Promise.reject(new MqttLinkError('not-connected', 'there is no link to the MQTT broker'));
    const isBehind =
      options.qos === 0
        ? session.waitingBytes > MAX_UNSENT_BYTES
        : this.#waiting.size >= MAX_WAITING_DELIVERIES;
    if (isBehind) return Promise.reject(this.#congested);
    if (options.qos === 0) {
      session.publish(topic, payload, options, () => {});
      return WRITTEN;
    }
    return new Promise((resolve, reject) => {
      const delivery: Delivery = { topic, payload, options, resolve, reject, sentAtMs: 0 };
      this.#waiting.push(delivery);
      this.#sendWaiting(session);
    });
  }

  // A session that is closing refuses at once, inside the call: a loop, because calls would pile up.
  #sendWaiting(session: MqttSession): void {
    if (this.#isSending) return;
    this.#isSending = true;
    while (this.#session === session && this.#unacknowledged.size < this.maxInFlight) {
      const next = this.#waiting.take();
      if (next === undefined) break;
      this.#send(session, next);
    }
    this.#isSending = false;
  }

  #send(session: MqttSession, delivery: Delivery): void {
    this.#deliveryCount += 1;
    const key = this.#deliveryCount;
    delivery.sentAtMs = this.clock.monotonicMs();
    this.#unacknowledged.set(key, delivery);
    session.publish(delivery.topic, delivery.payload, delivery.options, (error) => {
      if (!this.#unacknowledged.delete(key)) return;
      if (error === undefined) delivery.resolve();
      else delivery.reject(error);
      this.#sendWaiting(session);
    });
  }

  subscribe(filter: string, qos: 0 | 1): void {
    this.#subscriptions.set(filter, qos);
    if (this.#session !== undefined) this.#subscribe(this.#session, filter, qos);
  }

  #subscribe(session: MqttSession, filter: string, qos: 0 | 1): void {
    session.subscribe(filter, qos, (error) => {
      if (error !== undefined) this.logger.warn(`cannot subscribe: ${error.message}`);
    });
  }
}

/** Brokers of MQTT 3.1.1 answer MQTT 5 with a refusal, with nonsense, or by hanging up. */
function shouldTryOlder(protocol: 5 | 4, end: SessionEnd): boolean {
  if (protocol === 4 || end.stoodMs !== undefined) return false;
  return end.cause.code === 'protocol-version' || end.cause.code === 'not-mqtt';
}

function delayMs(attempt: number, code: MqttLinkErrorCode): number {
  if (FOR_PEOPLE.has(code)) return backoffMs(attempt, SLOW_BACKOFF);
  return FIRST_DELAYS_MS[attempt] ?? backoffMs(attempt - FIRST_DELAYS_MS.length, BACKOFF);
}
