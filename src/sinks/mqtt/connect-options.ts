import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { MqttConfig } from '../../config/types.ts';
import type { Logger } from '../../lib/logger.ts';
import { MqttLinkError } from '../../transports/mqtt-error.ts';
import { readTlsFiles } from '../../transports/mqtt-files.ts';
import type { MqttConnectOptions } from '../../transports/mqtt-session.ts';

/** The embedded broker, as its own client reaches it. */
export interface EmbeddedBrokerLogin {
  readonly url: string;
  readonly username: string;
  readonly password: () => string;
}

/**
 * Connection options from the configuration; where it names no broker, those of the embedded one. Reads the
 * certificate files. Throws a MqttLinkError `certificate-file` or `bad-url` that says what to mend.
 */
export function connectOptionsFrom(
  config: MqttConfig,
  embedded: EmbeddedBrokerLogin | undefined,
  stateDirectory: string,
  logger: Logger,
): Omit<MqttConnectOptions, 'will'> {
  const common = {
    clientId: config.clientId ?? storedClientId(stateDirectory, logger),
    verifyCertificate: config.verifyCertificate,
    protocol: config.protocol,
    keepaliveS: config.keepaliveS,
  };
  if (config.url === undefined) {
    if (embedded === undefined)
      throw new MqttLinkError(
        'bad-url',
        'there is no broker: give mqtt.url, or switch the embedded one on with broker.enabled',
      );
    return { ...common, ...embedded };
  }
  const { password } = config;
  return {
    ...common,
    url: config.url,
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(password === undefined ? {} : { password: () => password.reveal() }),
    ...readTlsFiles(config, 'mqtt'),
  };
}

/**
 * Brokers know a client by its id, and two with one id throw each other out; so each installation draws one
 * and keeps it.
 */
function storedClientId(stateDirectory: string, logger: Logger): string {
  const path = `${stateDirectory}/client-id`;
  try {
    const stored = readFileSync(path, 'utf8').trim();
    if (/^busbar-[0-9a-f]{12}$/.test(stored)) return stored;
  } catch {
    // The first start has none; whatever else is wrong shows when it is written.
  }
  const drawn = `busbar-${randomBytes(6).toString('hex')}`;
  try {
    mkdirSync(stateDirectory, { recursive: true });
    writeFileSync(path, `${drawn}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(`the MQTT client id is another one at each start, because it cannot be kept: ${reason}`);
  }
  return drawn;
}
