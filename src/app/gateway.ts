import { setMaxListeners } from 'node:events';
import type { GatewayConfig } from '../config/types.ts';
import type { GatewayEvent, Notice } from '../domain/event.ts';
import type { Source, Statistics, SwitchState } from '../domain/source.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { type CounterFile, openCounterFile } from '../pipeline/counter-file.ts';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.ts';
import { createMqttSink } from '../sinks/mqtt/mqtt-sink.ts';
import { createSources } from '../sources/index.ts';
import { createGatewayStatistics } from './gateway-statistics.ts';
import { Outlet } from './outlet.ts';
import { createOwnBroker, type OwnBroker } from './own-broker.ts';

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
  /** How the broker that is published to is reached; undefined where the signal aborts first. */
  brokerLogin(signal: AbortSignal): Promise<BrokerLogin | undefined>;
}

interface BrokerLogin {
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
}

/**
 * Puts sources, pipeline, sink and broker together. Opens nothing. Rejects with a RangeError for a source that
 * cannot be made as it is configured.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const outlet = new Outlet();
  const { profiles, clock, logger, config } = options;
  const ownBroker = createOwnBroker(options, (notice) => outlet.accept(notice));
  const sources = await createSources(config.sources, {
    ...{ profiles, clock, logger },
    stateDirectory: config.stateDirectory,
    ownBroker: async (sourceId, signal) => {
      const connection = await ownBroker.connection(signal);
      return connection && { ...connection, clientId: `${connection.clientId}-${sourceId}` };
    },
  });
  const onNotice = (notice: Notice) => {
    logNotice(logger, notice);
    outlet.accept(notice);
  };
  const counters = await openCounterFile({ directory: config.stateDirectory, clock, onNotice });
  return new ComposedGateway(options, { sources, ownBroker, outlet, counters });
}

interface GatewayParts {
  readonly sources: readonly Source[];
  readonly ownBroker: OwnBroker;
  readonly outlet: Outlet;
  readonly counters: CounterFile;
}

class ComposedGateway implements Gateway {
  readonly brokerPort: Promise<number | undefined>;
  readonly statistics: () => Statistics;
  readonly #pipeline: Pipeline;

  constructor(
    private readonly options: GatewayOptions,
    private readonly parts: GatewayParts,
  ) {
    const { clock, config } = options;
    const { sources, ownBroker, outlet, counters } = parts;
    this.#pipeline = createPipeline({
      devices: sources.flatMap((source) => source.devices),
      derived: config.derived,
      counters,
      integrate: (deviceId) => config.deviceSettings[deviceId]?.integrate ?? true,
      emit: (event) => this.#deliver(event),
    });
    const broker = ownBroker.embedded;
    this.brokerPort =
      broker === undefined ? Promise.resolve(undefined) : broker.listening.then(({ port }) => port);
    const startedAt = clock.monotonicMs();
    this.statistics = createGatewayStatistics(
      {
        sources,
        sink: () => outlet.statistics(),
        pipeline: this.#pipeline.statistics,
        broker: broker && (() => broker.statistics()),
      },
      () => clock.monotonicMs() - startedAt,
    );
  }

  async brokerLogin(signal: AbortSignal): Promise<BrokerLogin | undefined> {
    const connection = await this.parts.ownBroker.connection(signal);
    if (connection === undefined) return undefined;
    const { url, username, password } = connection;
    return {
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: password() }),
    };
  }

  async run(signal: AbortSignal): Promise<void> {
    const ends = {
      sources: new AbortController(),
      sink: new AbortController(),
      broker: new AbortController(),
      counters: new AbortController(),
    };
    // Each source waits for it at several places; that is no leak, whatever their number.
    setMaxListeners(0, ends.sources.signal);
    const stop = () => ends.sources.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const brokerRun = this.parts.ownBroker.embedded?.run(ends.broker.signal) ?? Promise.resolve();
    const countersRun = this.parts.counters.run(ends.counters.signal);
    const sinkRun = this.#runSink(ends.sink.signal);
    // A sink that cannot even begin (a certificate that is none) ends the program; its cause is thrown below.
    sinkRun.catch(stop);
    const begin = this.options.beforeSources ?? Promise.resolve();
    await Promise.race([begin, untilAborted(ends.sources.signal)]);
    await runSources(this.parts.sources, this.#pipeline, this.options.logger, ends.sources.signal);
    signal.removeEventListener('abort', stop);
    ends.counters.abort();
    ends.sink.abort();
    await countersRun;
    await sinkRun.finally(() => ends.broker.abort());
    await brokerRun;
  }

  // The sink waits for the port of the embedded broker, so that it never talks to a stranger on that port.
  async #runSink(signal: AbortSignal): Promise<void> {
    const { config, clock, logger, version } = this.options;
    const connection = await this.parts.ownBroker.connection(signal);
    if (connection === undefined) return;
    const { root, stateDirectory, statsIntervalMs, mqtt } = config;
    const sink = createMqttSink({
      ...{ root, clock, logger, stateDirectory, statsIntervalMs, version, statistics: this.statistics },
      connection,
      devices: this.#pipeline.devices,
      settings: config.deviceSettings,
      retain: mqtt.retain,
      ...this.#switching(),
    });
    this.parts.outlet.attach(sink);
    await sink.run(signal);
  }

  #switching() {
    const canSwitch = this.parts.sources.some((source) => source.switch !== undefined);
    return canSwitch ? { onSwitch: (id: string, state: SwitchState) => this.#switch(id, state) } : {};
  }

  #switch(deviceId: string, state: SwitchState): Promise<void> {
    const source = this.parts.sources.find(({ devices }) => devices.some(({ id }) => id === deviceId));
    if (source === undefined) return Promise.reject(new Error(`there is no device ${deviceId}`));
    if (source.switch === undefined)
      return Promise.reject(new Error(`${deviceId} belongs to ${source.id}, which switches nothing`));
    return source.switch(deviceId, state);
  }

  #deliver(event: GatewayEvent): void {
    if (event.type === 'notice') logNotice(this.options.logger, event);
    this.parts.outlet.accept(event);
  }
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
