import type { MqttLinkError } from './mqtt-error.ts';
import type { BrokerAddress, TlsFiles } from './mqtt-stream.ts';

/** What the broker does with the retained last will when this client vanishes. */
interface MqttWill {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly retain: boolean;
}

export interface MqttConnectOptions extends TlsFiles {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly username?: string;
  /** Asked for at each try, so that the secret is nowhere kept. */
  readonly password?: () => string;
  readonly clientId: string;
  /** 5: MQTT 5, and 3.1.1 where the broker does not speak it; 4: only MQTT 3.1.1. */
  readonly protocol: 5 | 4;
  readonly keepaliveS: number;
  readonly will?: MqttWill;
  /** Longest message taken from the broker, bytes; 1 MiB where nothing is said. */
  readonly maxIncomingBytes?: number;
}

export interface MqttPublishOptions {
  readonly qos: 0 | 1;
  readonly retain: boolean;
  /** Seconds after which the broker forgets it (MQTT 5; of no effect on 3.1.1). */
  readonly expiryS?: number;
  readonly contentType?: string;
  /** What a requester gave to know its answer by (MQTT 5). */
  readonly correlationData?: Buffer;
}

export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  /** Came from the broker's memory, not from a sender that is there now. */
  readonly isRetained: boolean;
  readonly responseTopic?: string;
  readonly correlationData?: Buffer;
}

/** One connection from its first byte to its last; a link opens one after the other. */
export interface MqttSession {
  /** Most QoS 1 messages that may be unacknowledged at once; the broker says so in MQTT 5. */
  readonly receiveMaximum: number;
  /** Bytes handed over that the system has not taken yet. */
  readonly waitingBytes: number;
  /** QoS 1: `done` at the PUBACK, with an error where the broker refuses; never called after `onClose`. */
  publish(topic: string, payload: string | Buffer, options: MqttPublishOptions, done: Done): void;
  subscribe(filter: string, qos: 0 | 1, done: Done): void;
  /** Says DISCONNECT and closes; the broker then does not send the last will. */
  end(): void;
  /** Tears the connection down; the broker sends the last will. */
  destroy(cause: MqttLinkError): void;
}

export type Done = (error?: MqttLinkError) => void;

export interface MqttSessionEvents {
  onConnect(): void;
  onMessage(message: MqttMessage): void;
  /** Exactly once, however it ended. */
  onClose(cause: MqttLinkError): void;
}

export type OpenMqttSession = (
  address: BrokerAddress,
  options: MqttConnectOptions,
  protocol: 5 | 4,
  events: MqttSessionEvents,
) => MqttSession;
