import type { DeviceSettings } from '../../config/types.ts';
import { type Availability, type Device, freshnessMs } from '../../domain/device.ts';
import type { Sample } from '../../domain/reading.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttPublishOptions } from '../../transports/mqtt-session.ts';
import { Aggregator } from './aggregator.ts';
import type { HistoryEntry } from './outbox.ts';
import { formatReadings, formatState, formatTime } from './payload.ts';
import type { DeviceTopics } from './topics.ts';
import { type ValueTopic, ValueTopics } from './value-topics.ts';

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

/** Everything that is published about one device. */
export class DeviceLane {
  readonly hasAggregates: boolean;
  #values: ValueTopics;
  readonly #aggregator: Aggregator | undefined;
  #availability: Availability = 'offline';
  #seq = 0;
  /** Topics whose last value the broker may still keep. */
  readonly #retainedTopics = new Set<string>();
  #isClearingDue = false;
  #lastProtocol: 5 | 4 | undefined;
  #hasLeft = false;

  constructor(
    private device: Device,
    private readonly settings: DeviceSettings | undefined,
    private readonly around: LaneSurroundings,
  ) {
    this.#values = new ValueTopics(around.root, device, settings, around.retain);
    this.#aggregator = settings?.aggregate && new Aggregator(settings.aggregate);
    this.hasAggregates = this.#aggregator !== undefined;
  }

  get availability(): Availability {
    return this.#availability;
  }

  get seq(): number {
    return this.#seq;
  }

  get #topics(): DeviceTopics {
    return this.#values.topics;
  }

  /** Every topic that this device may leave on the broker. */
  retainedTopics(): string[] {
    const fixed = [this.#topics.meta, this.#topics.availability];
    return this.around.retain ? [...fixed, ...this.valueTopics()] : fixed;
  }

  valueTopics(): string[] {
    return this.#values.all();
  }

  /** Values that an earlier run has left; they go at the first connect, because nobody measures them. */
  inherit(topics: Iterable<string>): void {
    for (const topic of topics) this.#retainedTopics.add(topic);
    this.#isClearingDue = this.#retainedTopics.size > 0;
  }

  /** More is known of the device, its id stays; gives the topics that it has no more. */
  describe(device: Device): readonly string[] {
    const before = this.retainedTopics();
    this.device = device;
    this.#values = new ValueTopics(this.around.root, device, this.settings, this.around.retain);
    const now = new Set(this.retainedTopics());
    const gone = before.filter((topic) => !now.has(topic));
    for (const topic of gone) this.#retainedTopics.delete(topic);
    if (this.around.link.isConnected && !this.#hasLeft) this.#publishMeta();
    return gone;
  }

  /** On each connect: who it is and whether it is there; never old values. */
  announce(): void {
    this.#lastProtocol = this.around.link.protocolInUse;
    this.#values.forgetPublished();
    this.#publishMeta();
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
      this.#values.forgetPublished();
      this.#publishAvailability();
    }
    const closed = this.#aggregator?.add(sample.readings, sample.takenAt);
    if (!link.isConnected || this.#hasLeft) {
      this.around.keep({ topic: this.#topics.history, payload: json });
      return true;
    }
    const { stateOptions } = this.#values;
    if (stateOptions.retain) this.#retainedTopics.add(this.#topics.state);
    link.publish(this.#topics.state, json, stateOptions).then(this.around.onAcknowledged, () => {
      this.around.keep({ topic: this.#topics.history, payload: json });
    });
    // The whole record goes out first and at once; the packets of its sixty values are made while the broker
    // already has it.
    this.around.afterwards(() => {
      if (closed !== undefined) this.#publishAggregates(closed);
      this.#publishValues(texts, sample.takenAt);
    });
    return true;
  }

  /** Ends an interval whose device fell silent; to be called now and then. */
  endInterval(now: number): void {
    const endsAt = this.#aggregator?.endsAt;
    // A sample that is still on its way may belong to the interval.
    if (endsAt === undefined || now < endsAt + freshnessMs(this.device)) return;
    this.#publishAggregates(this.#aggregator?.close() ?? new Map());
  }

  #publishValues(texts: ReadonlyMap<string, string>, takenAt: number): void {
    if (this.#availability === 'offline' || !this.around.link.isConnected) return;
    for (const [key, text] of texts) {
      const value = this.#values.value(key);
      if (value.filter.takes(Number(text), takenAt)) this.#publishValue(value, text);
    }
  }

  #publishAggregates(texts: ReadonlyMap<string, string>): void {
    if (!this.around.link.isConnected || this.#hasLeft) return;
    for (const [key, text] of texts) {
      const aggregate = this.#values.aggregate(key);
      if (aggregate === undefined) continue;
      // It is true of its interval, but must not stand there as if the device still measured.
      const isLive = this.#availability === 'online';
      const { options } = aggregate;
      this.#publishValue(isLive ? aggregate : { ...aggregate, options: { ...options, retain: false } }, text);
    }
  }

  #publishValue({ topic, options, filter }: ValueTopic, text: string): void {
    if (options.retain) this.#retainedTopics.add(topic);
    this.around.link.publish(topic, text, options).catch(() => {
      filter.forget();
      this.around.onLost();
    });
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
    const offline = this.around.link.publish(this.#topics.availability, 'offline', RETAINED);
    return [offline, ...this.#clearValues()];
  }

  #clearValues(): Promise<void>[] {
    this.#isClearingDue = false;
    const done = [...this.#retainedTopics].map((topic) => this.#publish(topic, '', RETAINED));
    this.#retainedTopics.clear();
    return done;
  }

  #publishMeta(): void {
    this.#publish(this.#topics.meta, this.#values.meta, RETAINED_JSON);
  }

  #publishAvailability(): void {
    if (this.around.link.isConnected) this.#publish(this.#topics.availability, this.#availability, RETAINED);
  }

  #publish(topic: string, payload: string, options: MqttPublishOptions): Promise<void> {
    return this.around.link.publish(topic, payload, options).catch(() => this.around.onLost());
  }
}
