import type { createMqttLink } from '../../../../src/transports/mqtt.ts';
import { MqttLinkError } from '../../../../src/transports/mqtt-error.ts';
import type { MqttLinkHooks } from '../../../../src/transports/mqtt-link.ts';
import type {
  MqttConnectOptions,
  MqttMessage,
  MqttPublishOptions,
} from '../../../../src/transports/mqtt-session.ts';

export interface Published {
  readonly topic: string;
  readonly payload: string;
  readonly options: MqttPublishOptions;
}

interface Unacknowledged extends Published {
  readonly resolve: () => void;
  readonly reject: (error: MqttLinkError) => void;
}

/** A link whose broker the test plays: it connects, acknowledges, refuses and drops by hand. */
export class FakeBrokerLink {
  readonly published: Published[] = [];
  readonly subscriptions: [filter: string, qos: number][] = [];
  options: MqttConnectOptions | undefined;
  /** Acknowledge at once, or keep until `acknowledgeAll`. */
  isPrompt = true;
  maxInFlight = 64;
  refuses: (topic: string) => boolean = () => false;
  isRunning = false;
  hasEnded = false;
  #hooks: MqttLinkHooks | undefined;
  #protocol: 5 | 4 | undefined;
  #unacknowledged: Unacknowledged[] = [];

  readonly create: typeof createMqttLink = (options, hooks) => {
    this.options = options;
    this.#hooks = hooks;
    const self = this;
    return {
      get isConnected() {
        return self.#protocol !== undefined;
      },
      get protocolInUse() {
        return self.#protocol;
      },
      get maxInFlight() {
        return self.maxInFlight;
      },
      publish: (topic, payload, publishOptions) => this.#publish(topic, String(payload), publishOptions),
      subscribe: (filter, qos) => {
        this.subscriptions.push([filter, qos]);
      },
      run: (signal) =>
        new Promise((resolve) => {
          this.isRunning = true;
          signal.addEventListener('abort', () => {
            this.hasEnded = true;
            resolve();
          });
        }),
    };
  };

  #publish(topic: string, payload: string, options: MqttPublishOptions): Promise<void> {
    if (this.#protocol === undefined) return Promise.reject(new MqttLinkError('not-connected', 'no link'));
    const message = { topic, payload, options };
    this.published.push(message);
    if (this.refuses(topic)) return Promise.reject(new MqttLinkError('publish-refused', 'quota'));
    if (options.qos === 0 || this.isPrompt) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#unacknowledged.push({ ...message, resolve, reject });
    });
  }

  connect(protocol: 5 | 4 = 5): void {
    this.#protocol = protocol;
    this.#hooks?.onConnect();
  }

  /** A message from another client. */
  send(message: Partial<MqttMessage> & { readonly topic: string; readonly payload: Buffer }): void {
    this.#hooks?.onMessage?.({ isRetained: false, ...message });
  }

  drop(): void {
    this.#protocol = undefined;
    const undelivered = this.#unacknowledged.splice(0);
    const cause = new MqttLinkError('lost', 'the MQTT broker mqtt://fake:1883 closed the connection');
    for (const delivery of undelivered) delivery.reject(cause);
    this.#hooks?.onDisconnect(cause);
  }

  acknowledgeAll(): void {
    for (const delivery of this.#unacknowledged.splice(0)) delivery.resolve();
  }

  get unacknowledgedCount(): number {
    return this.#unacknowledged.length;
  }

  on(topic: string): Published[] {
    return this.published.filter((message) => message.topic === topic);
  }

  payloadsOn(topic: string): string[] {
    return this.on(topic).map((message) => message.payload);
  }

  /** The `seq` of every document on a topic. */
  seqsOn(topic: string): number[] {
    return this.payloadsOn(topic)
      .filter((payload) => payload !== '')
      .map((payload) => JSON.parse(payload).seq);
  }

  clear(): void {
    this.published.length = 0;
  }
}
