import { randomBytes } from 'node:crypto';
import { type BrokerNotice, createEmbeddedBroker, type EmbeddedBroker } from '../broker/embedded-broker.ts';
import type { GatewayConfig } from '../config/types.ts';
import type { Notice } from '../domain/event.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import { connectOptionsFrom, type EmbeddedBrokerLogin } from '../sinks/mqtt/connect-options.ts';
import type { MqttConnectOptions } from '../transports/mqtt-session.ts';

/** The broker that is published to: the embedded one, which is run here, or another. */
export interface OwnBroker {
  readonly embedded: EmbeddedBroker | undefined;
  /** How it is reached; undefined where the signal aborts before the embedded one listens. */
  connection(signal: AbortSignal): Promise<Omit<MqttConnectOptions, 'will'> | undefined>;
}

/** `tell` hears what becomes of the embedded broker; subscribers get it like events of any other part. */
export function createOwnBroker(
  {
    config,
    clock,
    logger,
  }: { readonly config: GatewayConfig; readonly clock: Clock; readonly logger: Logger },
  tell: (notice: Notice) => void,
): OwnBroker {
  // The gateway's own login at its broker, drawn anew at each start.
  const owner = { username: 'busbar', password: randomBytes(24).toString('base64url') };
  const onNotice = (told: BrokerNotice) => tell({ type: 'notice', ...told, at: clock.now() });
  const embedded = config.broker.enabled
    ? createEmbeddedBroker({ config: config.broker, clock, logger, owner, onNotice })
    : undefined;
  // Made once, whoever asks first: what is wrong with it is told once.
  let known: Omit<MqttConnectOptions, 'will'> | undefined;
  return {
    embedded,
    async connection(signal) {
      const login = embedded && (await embeddedLogin(embedded, owner, signal));
      if (signal.aborted) return undefined;
      known ??= connectOptionsFrom(config.mqtt, login, config.stateDirectory, logger);
      return known;
    },
  };
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
