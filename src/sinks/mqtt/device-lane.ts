import type { Availability, Device } from '../../domain/device.ts';
import { readingKey, type Sample } from '../../domain/reading.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttPublishOptions } from '../../transports/mqtt-session.ts';
import type { HistoryEntry } from './outbox.ts';
import { formatMeta, formatReadings, formatState, formatTime } from './payload.ts';
import { type DeviceTopics, deviceTopics } from './topics.ts';

/** Retained values outlive a silence of two polls, and are gone after the third or 30 s. */
const EXPIRY_INTERVALS = 3;
const MIN_EXPIRY_S = 30;

const RETAINED = { qos: 1, retain: true } as const;
const RETAINED_JSON = { qos: 1, retain: true, contentType: 'application/json' } as const;

/** What a lane needs of the sink it belongs to. */
export interface LaneSurroundings {
  readonly root: string;
  readonly link: MqttLink;
  /** Whether value topics and `state` are retained. */
  readonly retain: boolean;
  /** Takes a sample that could not be delivered. */
  keep(entry: HistoryEntry): void;
  /** Counts a live sample that the broker has. */
  onAcknowledged(): void;
  /** Does something when what was just published is on its way to the socket. */
  afterwards(task: () => void): void;
  /** Counts a message that was lost on the way. */
  onLost(): void;
}

interface ValueTopic {
  readonly topic: string;
  readonly options: MqttPublishOptions;
}

/** Everything that is published about one device. */
export class DeviceLane {
  readonly topics: DeviceTopics;
  readonly #values = new Map<string, ValueTopic>();
  readonly #stateOptions: MqttPublishOptions;
  readonly #meta: string;
  #availability: Availability = 'offline';
  #seq = 0;
  /** Topics whose last value the broker may still keep. */
  readonly #retainedTopics = new Set<string>();
  #isClearingDue = false;
  #lastProtocol: 5 | 4 | undefined;
  #hasLeft = false;

  constructor(
    private readonly device: Device,
    private readonly around: LaneSurroundings,
  ) {
    this.topics = deviceTopics(around.root, device.id);
    for (const quantity of device.quantities) this.#addValueTopic(readingKey(quantity), quantity.intervalMs);
    this.#stateOptions = {
      qos: 1,
      retain: around.retain,
      expiryS: expiryS(device.intervalMs),
      contentType: 'application/json',
    };
    this.#meta = formatMeta(device);
  }

  get availability(): Availability {
    return this.#availability;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Every topic that this device may leave on the broker. */
  retainedTopics(): string[] {
    const fixed = [this.topics.meta, this.topics.availability];
    return this.around.retain ? [...fixed, ...this.valueTopics()] : fixed;
  }

  valueTopics(): string[] {
    return [this.topics.state, ...[...this.#values.values()].map(({ topic }) => topic)];
  }

  /** Values that an earlier run has left; they go at the first connect, because nobody measures them. */
  inherit(topics: Iterable<string>): void {
    for (const topic of topics) this.#retainedTopics.add(topic);
    this.#isClearingDue = this.#retainedTopics.size > 0;
  }

  /** On each connect: who it is and whether it is there; never old values. */
  announce(): void {
    this.#lastProtocol = this.around.link.protocolInUse;
    this.#publish(this.topics.meta, this.#meta, RETAINED_JSON);
    this.#publishAvailability();
    if (this.#isClearingDue) this.#clearValues();
  }

  /** False where the sample holds nothing that can be published. */
  accept(sample: Sample): boolean {
    const texts = formatReadings(sample.readings);
    const ts = formatTime(sample.takenAt);
    if (ts === undefined || texts.size === 0) return false;
    this.#seq += 1;
    const json = formatState(ts, this.#seq, texts);
    const { link } = this.around;
    if (this.#availability === 'offline' && !this.#hasLeft) {
      this.#availability = 'online';
      this.#publishAvailability();
    }
    if (!link.isConnected || this.#hasLeft) {
      this.around.keep({ topic: this.topics.history, payload: json });
      return true;
    }
    if (this.#stateOptions.retain) this.#retainedTopics.add(this.topics.state);
    link.publish(this.topics.state, json, this.#stateOptions).then(this.around.onAcknowledged, () => {
      this.around.keep({ topic: this.topics.history, payload: json });
    });
    // The whole record goes out first and at once; the packets of its sixty values are made while the broker
    // already has it.
    this.around.afterwards(() => this.#publishValues(texts));
    return true;
  }

  #publishValues(texts: ReadonlyMap<string, string>): void {
    if (this.#availability === 'offline' || !this.around.link.isConnected) return;
    for (const [key, text] of texts) {
      const value = this.#values.get(key) ?? this.#addValueTopic(key, this.device.intervalMs);
      this.#publish(value.topic, text, value.options);
      if (value.options.retain) this.#retainedTopics.add(value.topic);
    }
  }

  goOffline(): void {
    if (this.#availability === 'offline') return;
    this.#availability = 'offline';
    this.#publishAvailability();
    const protocol = this.around.link.protocolInUse ?? this.#lastProtocol;
    if (protocol !== 4 || this.#retainedTopics.size === 0) return;
    this.#isClearingDue = true;
    if (this.around.link.isConnected) this.#clearValues();
  }

  /** The orderly end: nothing is left that looks live. */
  takeLeave(): Promise<void>[] {
    this.#hasLeft = true;
    this.#availability = 'offline';
    const offline = this.around.link.publish(this.topics.availability, 'offline', RETAINED);
    return [offline, ...this.#clearValues()];
  }

  #clearValues(): Promise<void>[] {
    this.#isClearingDue = false;
    const done = [...this.#retainedTopics].map((topic) => this.#publish(topic, '', RETAINED));
    this.#retainedTopics.clear();
    return done;
  }

  #addValueTopic(key: string, intervalMs: number): ValueTopic {
    const value = {
      topic: this.topics.value(key),
      options: { qos: 0, retain: this.around.retain, expiryS: expiryS(intervalMs) },
    } as const;
    this.#values.set(key, value);
    return value;
  }

  #publishAvailability(): void {
    if (this.around.link.isConnected) this.#publish(this.topics.availability, this.#availability, RETAINED);
  }

  #publish(topic: string, payload: string, options: MqttPublishOptions): Promise<void> {
    return this.around.link.publish(topic, payload, options).catch(() => this.around.onLost());
  }
}

function expiryS(intervalMs: number): number {
  return Math.max(MIN_EXPIRY_S, Math.ceil((EXPIRY_INTERVALS * intervalMs) / 1000));
}
