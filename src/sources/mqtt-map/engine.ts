import type { SourceBrokerConfig } from '../../config/types.ts';
import type { Device } from '../../domain/device.ts';
import type { Emit } from '../../domain/event.ts';
import type { Source } from '../../domain/source.ts';
import type { Logger } from '../../lib/logger.ts';
import { createMqttLink } from '../../transports/mqtt.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttMessage } from '../../transports/mqtt-session.ts';
import type { SourceParts } from '../kind.ts';
import { type BrokerPresence, brokerOptions, createBrokerPresence, keysOf } from './broker-link.ts';
import type { CreateMapper, MqttMapper } from './mapper.ts';

/** What the engine itself must know of the section of an MQTT source. */
export interface MqttSourceConfig {
  readonly id: string;
  /** undefined: the gateway's own broker. */
  readonly broker: SourceBrokerConfig | undefined;
}

/** What the engine needs of the parts. */
export type MqttSourceParts = Pick<SourceParts, 'clock' | 'logger' | 'ownBroker'>;

interface Counters {
  messages: number;
  retained: number;
  published: number;
  unpublished: number;
  /** Messages at which the mapper threw: a mistake of this program. */
  faults: number;
  connects: number;
}

interface Run {
  readonly mapper: MqttMapper;
  readonly filters: Set<string>;
  link: MqttLink | undefined;
}

/** A source that reads from one broker; what its messages mean is the mapper's business. */
export function createMqttSource(
  config: MqttSourceConfig,
  devices: readonly Device[],
  createMapper: CreateMapper,
  parts: MqttSourceParts,
): Source {
  const counters: Counters = {
    messages: 0,
    retained: 0,
    published: 0,
    unpublished: 0,
    faults: 0,
    connects: 0,
  };
  let current: Run | undefined;

  async function run(emit: Emit, signal: AbortSignal): Promise<void> {
    const begun = beginRun(config.id, createMapper, parts, counters, emit);
    current = begun;
    const presence = createBrokerPresence(config, parts.clock, emit);
    // Where one of the two fails for good, the other must not go on alone.
    const ending = new AbortController();
    const stop = () => ending.abort();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await Promise.all([
        runLink(config, parts, begun, counters, presence, ending.signal),
        begun.mapper.run(ending.signal),
      ]);
    } finally {
      stop();
      signal.removeEventListener('abort', stop);
    }
  }

  return {
    id: config.id,
    devices,
    run,
    statistics: () => ({
      connected: current?.link?.isConnected ? 1 : 0,
      ...counters,
      ...current?.mapper.statistics(),
    }),
  };
}

function beginRun(
  sourceId: string,
  createMapper: CreateMapper,
  { clock, logger }: MqttSourceParts,
  counters: Counters,
  emit: Emit,
): Run {
  const filters = new Set<string>();
  let link: () => MqttLink | undefined = () => undefined;
  const mapper = createMapper({
    sourceId,
    clock,
    logger,
    emit,
    isConnected: () => link()?.isConnected ?? false,
    publish(topic, payload) {
      const opened = link();
      if (opened === undefined || !opened.isConnected) {
        counters.unpublished++;
        return;
      }
      opened.publish(topic, payload, { qos: 0, retain: false }).then(
        () => {
          counters.published++;
        },
        () => {
          counters.unpublished++;
        },
      );
    },
    subscribe(filter) {
      if (filters.has(filter)) return;
      filters.add(filter);
      link()?.subscribe(filter, 0);
    },
  });
  for (const filter of mapper.filters) filters.add(filter);
  const begun: Run = { mapper, filters, link: undefined };
  link = () => begun.link;
  return begun;
}

async function runLink(
  config: MqttSourceConfig,
  parts: MqttSourceParts,
  run: Run,
  counters: Counters,
  presence: BrokerPresence,
  signal: AbortSignal,
): Promise<void> {
  const options = await brokerOptions(config, parts, presence, signal);
  if (options === undefined) return;
  const { mapper } = run;
  const guarded = guard(config.id, parts, counters);
  const link = createMqttLink(
    options,
    {
      onConnect() {
        counters.connects++;
        presence.back();
        guarded(() => mapper.onConnect?.());
      },
      onDisconnect(cause) {
        presence.away(cause.message);
        guarded(() => mapper.onDisconnect?.());
      },
      onMessage: ({ topic, payload, isRetained }: MqttMessage) => {
        counters.messages++;
        if (isRetained) counters.retained++;
        guarded(() => mapper.onMessage({ topic, payload, isRetained, at: parts.clock.now() }));
      },
    },
    parts.clock,
    linkLogger(config, parts.logger),
  );
  run.link = link;
  for (const filter of run.filters) link.subscribe(filter, 0);
  await link.run(signal);
}

/** The lines of the link say whose it is: a gateway has several, often to one broker. */
function linkLogger(config: MqttSourceConfig, logger: Logger): Logger {
  const source = config.id;
  const words = (text: unknown) => `${source}: ${keysOf(config, String(text))}`;
  const named = (level: 'info' | 'warn') => (first: unknown, text?: string) =>
    typeof first === 'string'
      ? logger[level]({ source }, words(first))
      : logger[level]({ source, ...(first as object) }, words(text));
  return { ...logger, info: named('info'), warn: named('warn') } as Logger;
}

/** Whatever a message does to a mapper, the link and the other messages go on; told once. */
function guard(sourceId: string, { logger }: MqttSourceParts, counters: Counters) {
  return (work: () => void): void => {
    try {
      work();
    } catch (error) {
      counters.faults++;
      if (counters.faults === 1) logger.error({ err: error }, `${sourceId}: a message was not understood`);
    }
  };
}
