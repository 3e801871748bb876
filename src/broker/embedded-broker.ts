import type { BrokerConfig } from '../config/types.ts';
import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isOpenBroker } from './broker-open.ts';
import { type Ports, type SpawnThread, spawnBrokerThread, watchThread } from './broker-thread.ts';
import type { Figures, WorkerSettings } from './messages.ts';

export interface EmbeddedBroker {
  /**
   * Listens until the signal aborts, then resolves when everything is closed, within two seconds. Never
   * rejects: a thread that dies is started again on the same port, a port in use is tried again.
   */
  run(signal: AbortSignal): Promise<void>;
  /** Where the broker listens, as soon as it does for the first time. */
  readonly listening: Promise<BrokerPlace>;
  /** Counters since the start, and measures as of the last two seconds. */
  statistics(): BrokerStatistics;
}

export interface BrokerPlace {
  readonly host: string;
  readonly port: number;
  readonly websocketPort: number | undefined;
}

export type BrokerStatistics = { readonly [name: string]: number | string | BrokerStatistics };

/** Something a person should know about the broker. */
export interface BrokerNotice {
  readonly level: 'info' | 'warn' | 'error';
  readonly code: 'broker-listening' | 'broker-port' | 'broker-restarted' | 'broker-fault' | 'broker-locked';
  readonly message: string;
}

export interface EmbeddedBrokerOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The gateway's own login: may do everything, and always finds a place. */
  readonly owner: { readonly username: string; readonly password: string };
  readonly onNotice?: (notice: BrokerNotice) => void;
  /** Starts the thread; the real one unless a test says otherwise. */
  readonly spawn?: SpawnThread;
}

// The first restart comes at once: the gateway and every client are waiting for it.
const RESTART_BACKOFF = { firstMs: 100, maxMs: 10_000 } as const;
const STEADY_MS = 60_000;

/** The MQTT broker inside the gateway, in a thread of its own that is loaded by `run`. */
export function createEmbeddedBroker(options: EmbeddedBrokerOptions): EmbeddedBroker {
  const { config, clock } = options;
  const settings = workerSettings(options);
  const tally = createTally();
  const tell = (notice: BrokerNotice) => {
    options.logger[notice.level]({ code: notice.code }, notice.message);
    options.onNotice?.(notice);
  };
  const place = createPlace(config, tell);
  const runOnce = (signal: AbortSignal) =>
    watchThread(
      {
        clock,
        spawn: options.spawn ?? spawnBrokerThread,
        settings,
        ports: place.ports(),
        onListening: place.opened,
        onListenFailed: place.failed,
        onFigures: tally.update,
        onFault(message) {
          if (tally.fault() === 1)
            tell({ level: 'warn', code: 'broker-fault', message: faultMessage(message) });
        },
      },
      signal,
    );
  return {
    listening: place.listening,
    statistics: tally.statistics,
    async run(signal) {
      if (!settings.isOpen && config.users.length === 0)
        tell({ level: 'warn', code: 'broker-locked', message: LOCKED });
      let attempt = 0;
      while (!signal.aborted) {
        const startedAt = clock.monotonicMs();
        const death = await runOnce(signal);
        if (signal.aborted) return;
        tally.restart();
        tell({ level: 'error', code: 'broker-restarted', message: restartMessage(death) });
        if (clock.monotonicMs() - startedAt > STEADY_MS) attempt = 0;
        await clock.sleep(backoffMs(attempt++, RESTART_BACKOFF), signal);
      }
    },
  };
}

/** Where the broker listens: a free port that was found once is kept through restarts. */
function createPlace(config: BrokerConfig, tell: (notice: BrokerNotice) => void) {
  let ports: Ports = { port: config.port, websocketPort: config.websocketPort };
  let lastFailure: string | undefined;
  let announce: (place: BrokerPlace) => void = () => {};
  const listening = new Promise<BrokerPlace>((resolve) => {
    announce = resolve;
  });
  return {
    listening,
    ports: () => ports,
    opened(found: Ports) {
      ports = found;
      lastFailure = undefined;
      tell(listeningNotice(config.host, found));
      announce({ host: config.host, ...found });
    },
    failed(code: string, message: string) {
      if (lastFailure !== code) tell({ level: 'error', code: 'broker-port', message: portMessage(message) });
      lastFailure = code;
    },
  };
}

function workerSettings({ config, owner }: EmbeddedBrokerOptions): WorkerSettings {
  return {
    host: config.host,
    users: config.users.map(({ name, role, passwordHash }) => ({
      name,
      role,
      passwordHash: passwordHash.reveal(),
    })),
    isOpen: isOpenBroker(config),
    owner: { username: owner.username, password: owner.password },
    maxConnections: config.maxConnections,
    maxConnectionsPerAddress: config.maxConnectionsPerAddress,
    maxPacketBytes: config.maxPacketBytes,
    maxRetainedTopics: config.maxRetainedTopics,
    maxRetainedBytes: config.maxRetainedBytes,
    maxQueuedMessages: config.maxQueuedMessages,
    connectTimeoutMs: config.connectTimeoutMs,
  };
}

const LOCKED =
  'the embedded broker lets nobody in: it has no users and is reachable from other computers; add users, or write allowAnonymous: true';

function listeningNotice(host: string, ports: Ports): BrokerNotice {
  const websocket = ports.websocketPort === undefined ? '' : `, WebSocket on port ${ports.websocketPort}`;
  return {
    level: 'info',
    code: 'broker-listening',
    message: `the embedded broker listens on ${host}:${ports.port}${websocket}`,
  };
}

function portMessage(message: string): string {
  return `the embedded broker cannot listen: ${message}; it is tried again`;
}

function restartMessage(death: string): string {
  return `the embedded broker stopped (${death}) and is started again; retained messages of other clients are lost, the gateway sends its own again`;
}

function faultMessage(message: string): string {
  return `the embedded broker could not hand a message to a client and went on: ${message}`;
}

/** Adds up what all threads counted: a thread that dies takes its figures along. */
function createTally() {
  let current: Figures = {};
  let refusedBefore: Record<string, number> = {};
  let restarts = 0;
  let faults = 0;
  const refused = () => {
    const now = typeof current.refused === 'object' ? current.refused : {};
    const names = new Set([...Object.keys(refusedBefore), ...Object.keys(now)]);
    return Object.fromEntries(
      [...names].map((name) => [name, (refusedBefore[name] ?? 0) + (now[name] ?? 0)]),
    );
  };
  return {
    update(figures: Figures) {
      current = figures;
    },
    fault(): number {
      faults += 1;
      return faults;
    },
    restart() {
      refusedBefore = refused();
      current = {};
      restarts += 1;
    },
    statistics: (): BrokerStatistics => ({ ...current, refused: refused(), restarts, faults }),
  };
}
