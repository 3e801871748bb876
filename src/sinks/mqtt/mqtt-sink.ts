import type { Device } from '../../domain/device.ts';
import type { GatewayEvent, Notice } from '../../domain/event.ts';
import type { Sink } from '../../domain/sink.ts';
import type { Statistics } from '../../domain/source.ts';
import { untilAborted } from '../../lib/until-aborted.ts';
import { createMqttLink } from '../../transports/mqtt.ts';
import type { MqttLinkError } from '../../transports/mqtt-error.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttMessage } from '../../transports/mqtt-session.ts';
import { DeviceLane } from './device-lane.ts';
import { HistorySender } from './history-sender.ts';
import type { MqttSinkOptions } from './mqtt-sink-options.ts';
import { NoticeQueue } from './notice-queue.ts';
import { createMemoryOutbox, type HistoryEntry, type HistoryLimit, type Outbox } from './outbox.ts';
import { formatInfo, formatStatistics } from './payload.ts';
import { PublishedTopics } from './published-topics.ts';
import { SwitchRequests } from './switch-requests.ts';
import { gatewayTopics } from './topics.ts';

const DEFAULT_HISTORY_LIMIT: HistoryLimit = { maxSamples: 200_000, maxBytes: 32 * 1024 * 1024 };

const FAREWELL_MS = 2000;
/** How often is looked for intervals that have ended without a further sample. */
const INTERVAL_CHECK_MS = 1000;
const RETAINED = { qos: 1, retain: true } as const;
const RETAINED_JSON = { qos: 1, retain: true, contentType: 'application/json' } as const;
const STATS_OPTIONS = { qos: 0, retain: false, contentType: 'application/json' } as const;

/**
 * Publishes everything on the topic tree of docs/topics.md. Throws a MqttLinkError `bad-url` where the
 * broker's URL is none.
 */
export function createMqttSink(options: MqttSinkOptions): Sink {
  return new MqttSink(options);
}

class MqttSink implements Sink {
  readonly #topics;
  readonly #link: MqttLink;
  readonly #outbox: Outbox;
  readonly #history: HistorySender;
  readonly #notices: NoticeQueue;
  readonly #published: PublishedTopics;
  readonly #switching: SwitchRequests | undefined;
  readonly #lanes: ReadonlyMap<string, DeviceLane>;
  readonly #startedAt: number;
  /** Retained topics of an earlier configuration that are still to be cleared. */
  readonly #leftovers = new Set<string>();
  #awaySinceMs: number | undefined;
  /** Whether the list of an earlier run has been read; it must not be overwritten before. */
  #hasInherited = false;
  readonly #count = { samples: 0, acknowledged: 0, kept: 0, lost: 0, ignored: 0, connects: 0 };

  constructor(private readonly options: MqttSinkOptions) {
    const { root, clock, logger } = options;
    this.#topics = gatewayTopics(root);
    this.#startedAt = clock.now();
    const will = { topic: this.#topics.availability, payload: 'offline', qos: 1, retain: true } as const;
    const hooks = {
      onConnect: () => this.#onConnect(),
      onDisconnect: (cause: MqttLinkError) => this.#onDisconnect(cause),
      onMessage: (message: MqttMessage) => this.#switching?.accept(message),
    };
    const createLink = options.createLink ?? createMqttLink;
    this.#link = createLink({ ...options.connection, will }, hooks, clock, logger);
    this.#outbox = options.outbox ?? createMemoryOutbox(options.historyLimit ?? DEFAULT_HISTORY_LIMIT);
    this.#history = new HistorySender(this.#outbox, this.#link, clock, logger);
    this.#notices = new NoticeQueue(this.#topics.events, this.#link);
    this.#published = new PublishedTopics(options.stateDirectory, logger);
    this.#switching = this.#createSwitching();
    this.#lanes = this.#createLanes();
  }

  #createSwitching(): SwitchRequests | undefined {
    const { root, clock, onSwitch } = this.options;
    if (onSwitch === undefined) return undefined;
    const topic = this.#topics.switch;
    this.#link.subscribe(topic, 1);
    const tell = (level: Notice['level'], code: string, message: string, deviceId?: string) =>
      this.#tell(level, code, message, deviceId);
    return new SwitchRequests({ root, topic, link: this.#link, clock, onSwitch, tell });
  }

  #createLanes(): ReadonlyMap<string, DeviceLane> {
    const { options } = this;
    const surroundings = {
      root: options.root,
      link: this.#link,
      retain: options.retain,
      // MQTT.js hands a stream's packets over at the next tick, before what is asked for behind them.
      afterwards: options.afterwards ?? ((task: () => void) => process.nextTick(task)),
      keep: (entry: HistoryEntry) => this.#keep(entry),
      onAcknowledged: () => {
        this.#count.acknowledged += 1;
      },
      onLost: () => {
        this.#count.lost += 1;
      },
    };
    const { settings = {} } = options;
    const settingsOf = (id: string) => (Object.hasOwn(settings, id) ? settings[id] : undefined);
    const lanes = options.devices.map((device): [string, DeviceLane] => [
      device.id,
      new DeviceLane(device, settingsOf(device.id), surroundings),
    ]);
    return new Map(lanes);
  }

  accept(event: GatewayEvent): void {
    switch (event.type) {
      case 'sample': {
        const isTaken = this.#lanes.get(event.sample.deviceId)?.accept(event.sample) ?? false;
        if (isTaken) this.#count.samples += 1;
        else this.#count.ignored += 1;
        return;
      }
      case 'availability':
        // Online is never said before a good sample: the lane says it itself with the first one.
        if (event.state === 'offline') this.#lanes.get(event.deviceId)?.goOffline();
        return;
      case 'device':
        this.#describe(event.device);
        return;
      case 'notice':
        this.#notices.add(event);
        return;
      default:
        event satisfies never;
    }
  }

  /** More is known of a device: what it has no more is cleared like what an earlier run has left. */
  #describe(device: Device): void {
    const lane = this.#lanes.get(device.id);
    if (lane === undefined) {
      this.#count.ignored += 1;
      return;
    }
    for (const topic of lane.describe(device)) this.#leftovers.add(topic);
    for (const topic of lane.retainedTopics()) this.#leftovers.delete(topic);
    if (!this.#hasInherited) return;
    void this.#save();
    if (this.#link.isConnected && this.#leftovers.size > 0) void this.#clearLeftovers();
  }

  async run(signal: AbortSignal): Promise<void> {
    await this.#inherit();
    const linkEnd = new AbortController();
    const link = this.#link.run(linkEnd.signal);
    await Promise.all([
      this.#history.run(signal),
      this.#publishStatistics(signal),
      this.#endIntervals(signal),
      untilAborted(signal),
    ]);
    await this.#takeLeave();
    linkEnd.abort();
    await link;
    if (this.#outbox.size > 0)
      this.options.logger.warn(`${this.#outbox.size} samples were not delivered before the end`);
  }

  /** Finds out what earlier runs have left, and writes down what this one may leave. */
  async #inherit(): Promise<void> {
    const earlier = await this.#published.load();
    const current = this.#retainedTopics();
    for (const topic of earlier) if (!current.has(topic)) this.#leftovers.add(topic);
    if (this.options.retain)
      for (const lane of this.#lanes.values())
        lane.inherit(lane.valueTopics().filter((topic) => earlier.has(topic)));
    this.#hasInherited = true;
    await this.#save();
  }

  #save(): Promise<void> {
    return this.#published.save(new Set([...this.#retainedTopics(), ...this.#leftovers]));
  }

  #retainedTopics(): Set<string> {
    const topics = new Set([this.#topics.availability, this.#topics.info]);
    for (const lane of this.#lanes.values()) for (const topic of lane.retainedTopics()) topics.add(topic);
    return topics;
  }

  #onConnect(): void {
    this.#count.connects += 1;
    this.#publish(this.#topics.availability, 'online', RETAINED);
    this.#publish(this.#topics.info, this.#info(), RETAINED_JSON);
    for (const lane of this.#lanes.values()) lane.announce();
    if (this.#leftovers.size > 0) void this.#clearLeftovers();
    if (this.#awaySinceMs !== undefined) this.#onReturn(this.#awaySinceMs);
    this.#awaySinceMs = undefined;
    this.#notices.flush();
    this.#history.wake();
  }

  #info(): string {
    return formatInfo({
      version: this.options.version,
      startedAt: this.#startedAt,
      protocol: this.#link.protocolInUse,
      devices: [...this.#lanes.keys()],
    });
  }

  #onReturn(awaySinceMs: number): void {
    const seconds = Math.round((this.options.clock.monotonicMs() - awaySinceMs) / 1000);
    const message = `the MQTT broker is back after ${seconds} s; ${this.#outbox.size} samples go to history`;
    this.#tell('info', 'broker-back', message);
  }

  #onDisconnect(cause: MqttLinkError): void {
    this.#awaySinceMs ??= this.options.clock.monotonicMs();
    this.#tell('warn', 'broker-away', cause.message);
  }

  #tell(level: Notice['level'], code: string, message: string, deviceId?: string): void {
    const about = deviceId === undefined ? {} : { deviceId };
    this.#notices.add({ type: 'notice', level, code, message, at: this.options.clock.now(), ...about });
  }

  async #clearLeftovers(): Promise<void> {
    const cleared = [...this.#leftovers].map(async (topic) => {
      await this.#link.publish(topic, '', RETAINED);
      this.#leftovers.delete(topic);
    });
    await Promise.allSettled(cleared);
    await this.#save();
  }

  #keep(entry: HistoryEntry): void {
    this.#count.kept += 1;
    this.#outbox.add(entry);
    this.#history.wake();
  }

  #publish(topic: string, payload: string, publishOptions: typeof RETAINED | typeof STATS_OPTIONS): void {
    this.#link.publish(topic, payload, publishOptions).catch(() => {
      this.#count.lost += 1;
    });
  }

  async #publishStatistics(signal: AbortSignal): Promise<void> {
    const { clock, statsIntervalMs, statistics } = this.options;
    while (!signal.aborted) {
      await clock.sleep(statsIntervalMs, signal);
      if (signal.aborted || !this.#link.isConnected) continue;
      this.#publish(this.#topics.stats, formatStatistics(clock.now(), statistics()), STATS_OPTIONS);
    }
  }

  async #endIntervals(signal: AbortSignal): Promise<void> {
    const lanes = [...this.#lanes.values()].filter((lane) => lane.hasAggregates);
    while (lanes.length > 0 && !signal.aborted) {
      await this.options.clock.sleep(INTERVAL_CHECK_MS, signal);
      for (const lane of lanes) lane.endInterval(this.options.clock.now());
    }
  }

  async #takeLeave(): Promise<void> {
    if (!this.#link.isConnected) return;
    const last = [...this.#lanes.values()].flatMap((lane) => lane.takeLeave());
    last.push(this.#link.publish(this.#topics.availability, 'offline', RETAINED));
    const acknowledged = Promise.all(last).then(
      () => true,
      () => false,
    );
    let cancel = () => {};
    const tooLate = new Promise<false>((resolve) => {
      cancel = this.options.clock.timer(FAREWELL_MS, () => resolve(false));
    });
    const isClean = await Promise.race([acknowledged, tooLate]);
    cancel();
    if (!isClean) return;
    const values = new Set([...this.#lanes.values()].flatMap((lane) => lane.valueTopics()));
    const left = [...this.#retainedTopics()].filter((topic) => !values.has(topic));
    await this.#published.save(new Set([...left, ...this.#leftovers]));
  }

  statistics(): Statistics {
    const lanes = [...this.#lanes.values()];
    return {
      connected: this.#link.isConnected ? 1 : 0,
      protocol: this.#link.protocolInUse ?? 0,
      ...this.#count,
      devices_online: lanes.filter((lane) => lane.availability === 'online').length,
      history: this.#history.statistics(),
      events_waiting: this.#notices.waitingCount,
      events_dropped: this.#notices.droppedCount,
      ...(this.#switching === undefined ? {} : { switch: this.#switching.statistics() }),
    };
  }
}
