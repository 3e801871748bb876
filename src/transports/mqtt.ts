import type { Duplex } from 'node:stream';
import { type IConnackPacket, type IPublishPacket, MqttClient } from 'mqtt';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { explainLinkEnd, explainReason, type LinkStage, MqttLinkError } from './mqtt-error.ts';
import { createLinkOver, type MqttLink, type MqttLinkHooks } from './mqtt-link.ts';
import { PublishBatch } from './mqtt-publish-batch.ts';
import type {
  Done,
  MqttConnectOptions,
  MqttPublishOptions,
  MqttSession,
  MqttSessionEvents,
} from './mqtt-session.ts';
import { type BrokerAddress, openBrokerStream } from './mqtt-stream.ts';

// MQTT.js 5 is used as a pipe: no reconnecting, no queue, no store of its own (offline it overwrites QoS 1
// messages past 65,535 without telling, and after an error in the CONNACK it never comes back).
const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_INCOMING_BYTES = 1024 * 1024;
const DEFAULT_RECEIVE_MAXIMUM = 65_535;

/**
 * The link to one broker: connects, reconnects by itself, says when. Throws a MqttLinkError `bad-url` where
 * the URL is none.
 */
export function createMqttLink(
  options: MqttConnectOptions,
  hooks: MqttLinkHooks,
  clock: Clock,
  logger: Logger,
): MqttLink {
  return createLinkOver(openMqttSession, options, hooks, clock, logger);
}

/** Opens one connection with MQTT.js. */
function openMqttSession(
  address: BrokerAddress,
  options: MqttConnectOptions,
  protocol: 5 | 4,
  events: MqttSessionEvents,
): MqttSession {
  return new MqttJsSession(address, options, protocol, events);
}

class MqttJsSession implements MqttSession {
  receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;
  #stage: LinkStage = 'opening';
  #cause: unknown;
  #isClosed = false;
  #canRetain = true;
  readonly #batch: PublishBatch;
  readonly #client: MqttClient;
  readonly #maxIncomingBytes: number;

  constructor(
    private readonly address: BrokerAddress,
    options: MqttConnectOptions,
    private readonly protocol: 5 | 4,
    private readonly events: MqttSessionEvents,
  ) {
    this.#batch = new PublishBatch(protocol);
    this.#maxIncomingBytes = options.maxIncomingBytes ?? DEFAULT_MAX_INCOMING_BYTES;
    const client = new MqttClient(() => this.#openStream(options), clientOptions(address, options, protocol));
    this.#client = client;
    client.on('connect', (packet) => this.#onConnect(packet));
    client.on('message', (_topic, payload, packet) => this.#onMessage(payload, packet));
    // The broker of MQTT 5 says why it drops us; MQTT.js only tells, and waits for the end of the stream.
    client.on('disconnect', (packet) => {
      if (packet.reasonCode !== undefined && packet.reasonCode !== 0)
        this.#cause ??= explainReason(address.label, packet.reasonCode);
      client.stream.destroy();
    });
    client.on('error', (error) => {
      this.#cause ??= error;
      client.stream.destroy();
    });
    client.on('close', () => this.#onClose());
  }

  get waitingBytes(): number {
    return this.#client.stream.writableLength + this.#batch.byteLength;
  }

  #openStream(options: MqttConnectOptions): Duplex {
    const stream = openBrokerStream(this.address, options);
    // MQTT.js passes on only errors that have a code, and those of TLS twice.
    stream.on('error', (error) => {
      this.#cause ??= error;
    });
    stream.on(this.address.scheme === 'mqtts' ? 'secureConnect' : 'connect', () => {
      if (this.#stage === 'opening') this.#stage = 'open';
    });
    return stream;
  }

  #onConnect(packet: IConnackPacket): void {
    if (this.#isClosed) return;
    this.#stage = 'connected';
    this.receiveMaximum = packet.properties?.receiveMaximum ?? DEFAULT_RECEIVE_MAXIMUM;
    this.#canRetain = packet.properties?.retainAvailable !== false;
    this.events.onConnect();
  }

  #onMessage(payload: Buffer, packet: IPublishPacket): void {
    if (this.#isClosed || payload.length > this.#maxIncomingBytes) return;
    const responseTopic = packet.properties?.responseTopic;
    const correlationData = packet.properties?.correlationData;
    this.events.onMessage({
      topic: packet.topic,
      payload,
      isRetained: packet.retain,
      ...(responseTopic === undefined ? {} : { responseTopic }),
      ...(correlationData === undefined ? {} : { correlationData }),
    });
  }

  #onClose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.end(true);
    this.events.onClose(explainLinkEnd(this.address.label, this.#stage, this.#cause));
  }

  publish(topic: string, payload: string | Buffer, options: MqttPublishOptions, done: Done): void {
    if (this.#isClosed) return;
    const retain = options.retain && this.#canRetain;
    if (isPlainValue(payload, options)) {
      if (this.#batch.byteLength === 0) setImmediate(() => this.#flush());
      this.#batch.add(topic, payload, retain, options.expiryS);
      done();
      return;
    }
    // What was published before is sent before.
    this.#flush();
    const properties = this.protocol === 5 ? publishProperties(options) : undefined;
    if (options.qos === 0) {
      // MQTT.js would call back at the stream's next drain, which never comes when the link breaks first.
      this.#client.publish(topic, payload, { qos: 0, retain, properties });
      done();
      return;
    }
    this.#client.publish(topic, payload, { qos: 1, retain, properties }, (error) => {
      if (!this.#isClosed) done(error ? this.#refusal(topic, error) : undefined);
    });
  }

  // MQTT.js writes whole packets in one go, so that these never land inside one of its own.
  #flush(): void {
    const bytes = this.#batch.take();
    const { stream } = this.#client;
    if (bytes !== undefined && !this.#isClosed && stream.writable) stream.write(bytes);
  }

  subscribe(filter: string, qos: 0 | 1, done: Done): void {
    if (this.#isClosed) return;
    this.#client.subscribe(filter, { qos }, (error) => {
      if (!this.#isClosed) done(error ? this.#refusal(filter, error) : undefined);
    });
  }

  #refusal(topic: string, error: Error): MqttLinkError {
    const code = (error as { code?: unknown }).code;
    const reason =
      typeof code === 'number' ? explainReason(this.address.label, code).message : 'the link was lost';
    return new MqttLinkError('publish-refused', `${topic} was not taken: ${reason}`, { cause: error });
  }

  end(): void {
    if (this.#isClosed || this.#stage !== 'connected') {
      this.destroy(new MqttLinkError('lost', 'the link was closed by this program'));
      return;
    }
    this.#cause ??= new MqttLinkError('lost', 'the link was closed by this program');
    this.#flush();
    this.#client.end(false);
  }

  destroy(cause: MqttLinkError): void {
    this.#cause ??= cause;
    this.#client.stream.destroy();
  }
}

function isPlainValue(payload: string | Buffer, options: MqttPublishOptions): payload is string {
  return (
    options.qos === 0 &&
    typeof payload === 'string' &&
    options.contentType === undefined &&
    options.correlationData === undefined
  );
}

function publishProperties({ expiryS, contentType, correlationData }: MqttPublishOptions) {
  if (expiryS === undefined && contentType === undefined && correlationData === undefined) return undefined;
  return {
    messageExpiryInterval: expiryS,
    contentType,
    ...(correlationData === undefined ? {} : { correlationData }),
  };
}

function clientOptions(address: BrokerAddress, options: MqttConnectOptions, protocol: 5 | 4) {
  const password = options.password?.() ?? address.password;
  const maxIncoming = options.maxIncomingBytes ?? DEFAULT_MAX_INCOMING_BYTES;
  return {
    protocolVersion: protocol,
    clientId: options.clientId,
    username: options.username ?? address.username,
    ...(password === undefined ? {} : { password }),
    clean: true,
    keepalive: options.keepaliveS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    timerVariant: 'native' as const,
    // A table of 65,536 buffers for numbers; 5 MB for nothing at this pace.
    writeCache: false,
    // The library's own trace, switched on by an environment variable, prints the password.
    log: () => {},
    ...(options.will === undefined
      ? {}
      : { will: { ...options.will, payload: Buffer.from(options.will.payload) } }),
    ...(protocol === 5 ? { properties: { maximumPacketSize: maxIncoming, receiveMaximum: 64 } } : {}),
  };
}
