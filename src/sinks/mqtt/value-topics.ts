import type { DeviceSettings } from '../../config/types.ts';
import { type Device, freshnessMs } from '../../domain/device.ts';
import { readingKey } from '../../domain/reading.ts';
import type { MqttPublishOptions } from '../../transports/mqtt-session.ts';
import { aggregateKeys } from './aggregator.ts';
import { ChangeFilter, ruleOf } from './change-filter.ts';
import { formatMeta } from './payload.ts';
import { type DeviceTopics, deviceTopics } from './topics.ts';

/** Where one key goes, and when. */
export interface ValueTopic {
  readonly topic: string;
  readonly options: MqttPublishOptions;
  readonly filter: ChangeFilter;
}

/** No retained value is forgotten earlier, however short its interval. */
const MIN_EXPIRY_S = 30;
const FRESH_INTERVALS = 3;

/** The topics of a device as it is known now; made anew when more is known of it. */
export class ValueTopics {
  readonly topics: DeviceTopics;
  readonly stateOptions: MqttPublishOptions;
  readonly meta: string;
  readonly #values = new Map<string, ValueTopic>();
  readonly #aggregates = new Map<string, ValueTopic>();

  constructor(
    root: string,
    private readonly device: Device,
    private readonly settings: DeviceSettings | undefined,
    private readonly retain: boolean,
  ) {
    this.topics = deviceTopics(root, device.id);
    this.stateOptions = {
      qos: 1,
      retain,
      expiryS: expiryS(freshnessMs(device)),
      contentType: 'application/json',
    };
    for (const quantity of device.quantities) this.#add(readingKey(quantity), quantity.intervalMs);
    const rule = settings?.aggregate;
    const aggregates = aggregateKeys(device, rule);
    const intervalMs = rule?.intervalMs ?? 0;
    for (const { key } of aggregates)
      this.#aggregates.set(key, this.#valueTopic(key, intervalMs + freshnessMs(device), undefined));
    this.meta = formatMeta(
      device,
      aggregates.map((each) => ({ ...each, intervalMs })),
    );
  }

  /** Of a key that the device measures; one that it did not announce counts as any other. */
  value(key: string): ValueTopic {
    return this.#values.get(key) ?? this.#add(key, this.device.intervalMs);
  }

  /** Of an aggregate; undefined for one that was not asked for. */
  aggregate(key: string): ValueTopic | undefined {
    return this.#aggregates.get(key);
  }

  /** Every topic with a value, `state` too. */
  all(): string[] {
    const values = [...this.#values.values(), ...this.#aggregates.values()];
    return [this.topics.state, ...values.map(({ topic }) => topic)];
  }

  /** What was published last does not count any more: the next sample goes out whole. */
  forgetPublished(): void {
    for (const { filter } of this.#values.values()) filter.forget();
  }

  #add(key: string, intervalMs: number): ValueTopic {
    const rule = this.settings === undefined ? undefined : ruleOf(this.settings.publish, key);
    // What is asked for less often than the rest stays fresh for longer.
    const isRare = intervalMs > this.device.intervalMs;
    const fresh = Math.max(freshnessMs(this.device), isRare ? FRESH_INTERVALS * intervalMs : 0);
    const filter = new ChangeFilter(rule, intervalMs / 2);
    const value = this.#valueTopic(key, fresh + (rule?.heartbeatMs ?? 0), filter);
    this.#values.set(key, value);
    return value;
  }

  #valueTopic(key: string, keptMs: number, filter = new ChangeFilter(undefined, 0)): ValueTopic {
    const options = { qos: 0, retain: this.retain, expiryS: expiryS(keptMs) } as const;
    return { topic: this.topics.value(key), options, filter };
  }
}

function expiryS(keptMs: number): number {
  return Math.max(MIN_EXPIRY_S, Math.ceil(keptMs / 1000));
}
