import { randomBytes } from 'node:crypto';
import { type BrokerNotice, createEmbeddedBroker, type EmbeddedBroker } from '../broker/embedded-broker.ts';
import type { GatewayConfig } from '../config/types.ts';
import type { Device } from '../domain/device.ts';
import type { GatewayEvent, Notice } from '../domain/event.ts';
import type { Sink } from '../domain/sink.ts';
import type { Source, Statistics } from '../domain/source.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { connectOptionsFrom, type EmbeddedBrokerLogin } from '../sinks/mqtt/connect-options.ts';
import { createMqttSink } from '../sinks/mqtt/mqtt-sink.ts';
import { createSource } from '../sources/index.ts';
import { createGatewayStatistics } from './gateway-statistics.ts';

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** Polling begins when it has resolved; broker and sink do not wait for it. */
  readonly beforeSources?: Promise<void>;
}

/** The whole program behind its configuration. */
export interface Gateway {
  /** Runs until the signal aborts, then closes: sources first, so that the last samples still go out. */
  run(signal: AbortSignal): Promise<void>;
  statistics(): Statistics;
  /** Port of the embedded broker once it listens; undefined without one. */
  readonly brokerPort: Promise<number | undefined>;
}

/** Events kept while the embedded broker has no port yet; the oldest go first. */
const MAX_EARLY = 10_000;

/** Puts sources, pipeline, sink and broker together. Opens nothing. */
export function createGateway(options: GatewayOptions): Gateway {
  return new ComposedGateway(options);
}

class ComposedGateway implements Gateway {
  readonly brokerPort: Promise<number | undefined>;
  readonly statistics: () => Statistics;
  readonly #options: GatewayOptions;
  readonly #sources: readonly Source[];
  readonly #pipeline: Pipeline;
  readonly #broker: EmbeddedBroker | undefined;
  /** The gateway's own login at its broker, drawn anew at each start. */
  readonly #owner = { username: 'busbar', password: randomBytes(24).toString('base64url') };
  #sink: Sink | undefined;

  constructor(options: GatewayOptions) {
    const { config, clock, logger } = options;
    this.#options = options;
    this.#sources = config.sources.map((source) => createSource(source, options));
    this.#pipeline = createPipeline({ devices: this.#devices(), emit: (event) => this.#deliver(event) });
    // The broker writes its own log; subscribers hear of it like of any other part.
    const onNotice = (told: BrokerNotice) => this.#sink?.accept({ type: 'notice', ...told, at: clock.now() });
    const broker = config.broker.enabled
      ? createEmbeddedBroker({ config: config.broker, clock, logger, owner: this.#owner, onNotice })
      : undefined;
    this.#broker = broker;
    this.brokerPort =
      broker === undefined ? Promise.resolve(undefined) : broker.listening.then(({ port }) => port);
    const startedAt = clock.monotonicMs();
    this.statistics = createGatewayStatistics(
      {
        sources: this.#sources,
        sink: () => this.#sink,
        pipeline: this.#pipeline.statistics,
        broker: broker && (() => broker.statistics()),
      },
      () => clock.monotonicMs() - startedAt,
    );
  }

  async run(signal: AbortSignal): Promise<void> {
    const ends = {
      sources: new AbortController(),
      sink: new AbortController(),
      broker: new AbortController(),
    };
    const stop = () => ends.sources.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const brokerRun = this.#broker?.run(ends.broker.signal) ?? Promise.resolve();
    const sinkRun = this.#runSink(ends.sink.signal);
    // A sink that cannot even begin (a certificate that is none) ends the program; its cause is thrown below.
    sinkRun.catch(stop);
    const begin = this.#options.beforeSources ?? Promise.resolve();
    await Promise.race([begin, untilAborted(ends.sources.signal)]);
    await runSources(this.#sources, this.#pipeline, this.#options.logger, ends.sources.signal);
    signal.removeEventListener('abort', stop);
    ends.sink.abort();
    await sinkRun.finally(() => ends.broker.abort());
    await brokerRun;
  }

  // The sink waits for the port of the embedded broker, so that it never talks to a stranger on that port.
  async #runSink(signal: AbortSignal): Promise<void> {
    const { config, clock, logger, version } = this.#options;
    const early: GatewayEvent[] = [];
    const accept = (event: GatewayEvent) => {
      if (early.push(event) > MAX_EARLY) early.shift();
    };
    this.#sink = { accept, run: async () => {}, statistics: () => ({ waiting_for_broker: early.length }) };
    const embedded = this.#broker && (await embeddedLogin(this.#broker, this.#owner, signal));
    if (signal.aborted) return;
    const { root, stateDirectory, statsIntervalMs, mqtt } = config;
    const sink = createMqttSink({
      ...{ root, clock, logger, stateDirectory, statsIntervalMs, version, statistics: this.statistics },
      connection: connectOptionsFrom(mqtt, embedded, stateDirectory, logger),
      devices: this.#devices(),
      retain: mqtt.retain,
    });
    this.#sink = sink;
    for (const event of early) sink.accept(event);
    await sink.run(signal);
  }

  #devices(): readonly Device[] {
    return this.#sources.flatMap((source) => source.devices);
  }

  #deliver(event: GatewayEvent): void {
    if (event.type === 'notice') logNotice(this.#options.logger, event);
    this.#sink?.accept(event);
  }
}

async function embeddedLogin(
  broker: EmbeddedBroker,
  login: { readonly username: string; readonly password: string },
  signal: AbortSignal,
): Promise<EmbeddedBrokerLogin | undefined> {
  const place = await Promise.race([broker.listening, untilAborted(signal).then(() => undefined)]);
  if (place === undefined) return undefined;
  return {
    url: `mqtt://${reachable(place.host)}:${place.port}`,
    username: login.username,
    password: () => login.password,
  };
}

// A broker that listens on every address is reached by ourselves over loopback.
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

// A source that fails for good is told of and the others go on; the program ends only by the signal.
async function runSources(
  sources: readonly Source[],
  pipeline: Pipeline,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const runs = sources.map((source) =>
    source.run(pipeline.accept, signal).catch((error: unknown) => {
      logger.error({ err: error, source: source.id }, `source ${source.id} has ended; the others go on`);
    }),
  );
  await Promise.all([...runs, untilAborted(signal)]);
}

function logNotice(logger: Logger, { level, code, message, deviceId, bus }: Notice): void {
  logger[level](
    { code, ...(deviceId === undefined ? {} : { device: deviceId }), ...(bus === undefined ? {} : { bus }) },
    message,
  );
}
