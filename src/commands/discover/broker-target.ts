import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkBrokerUrl } from '../../config/broker-url.ts';
import { EXIT } from '../../lib/exit-codes.ts';
import { readTlsFiles } from '../../transports/mqtt-files.ts';
import type { MqttConnectOptions } from '../../transports/mqtt-session.ts';
import { CommandError } from '../failure.ts';
import { configFileOf, loadHouse } from '../load-house.ts';

export interface TargetOptions {
  readonly config?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly insecure?: boolean;
}

/** A broker to look at: how it is reached, and how a configuration names it. */
export interface BrokerTarget {
  readonly label: string;
  readonly connection: Omit<MqttConnectOptions, 'clientId'>;
  /** Section `broker` of the sources; undefined for the gateway's own. */
  readonly section: Readonly<Record<string, unknown>> | undefined;
}

const KEEPALIVE_S = 30;

/** The broker of the URL, or of the configuration. Throws a CommandError where that cannot be. */
export async function brokerTarget(url: string | undefined, options: TargetOptions): Promise<BrokerTarget> {
  return url === undefined ? ofConfiguration(options) : ofUrl(url, options);
}

function ofUrl(url: string, options: TargetOptions): BrokerTarget {
  const problem = checkBrokerUrl(url);
  if (problem !== undefined) {
    const advice = url.includes('@') ? 'give the login with --username and --password-file' : problem.allowed;
    throw new CommandError(EXIT.usage, `<url>: found ${problem.shown}: ${problem.problem}; ${advice}`);
  }
  const { username, passwordFile, caFile, insecure } = options;
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile);
  const tls = {
    caFile: caFile === undefined ? undefined : resolve(caFile),
    certFile: undefined,
    keyFile: undefined,
  };
  return {
    label: url,
    connection: {
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password: () => password }),
      ...readTlsFiles(tls, 'option'),
      verifyCertificate: insecure !== true,
      protocol: 5,
      keepaliveS: KEEPALIVE_S,
    },
    section: {
      url,
      ...(username === undefined ? {} : { username }),
      ...(passwordFile === undefined ? {} : { passwordFile: resolve(passwordFile) }),
      ...(tls.caFile === undefined ? {} : { caFile: tls.caFile }),
      ...(insecure === true ? { verifyCertificate: false } : {}),
    },
  };
}

async function ofConfiguration(options: TargetOptions): Promise<BrokerTarget> {
  const { config } = await loadHouse(configFileOf(options.config));
  const { mqtt, broker } = config;
  const loopback = broker.host === '0.0.0.0' || broker.host === '::' ? '127.0.0.1' : broker.host;
  const host = loopback.includes(':') ? `[${loopback}]` : loopback;
  const url = mqtt.url ?? `mqtt://${host}:${broker.port}`;
  const username = options.username ?? mqtt.username;
  const given = options.passwordFile === undefined ? undefined : readPassword(options.passwordFile);
  const secret = mqtt.password;
  const password = given === undefined ? secret && (() => secret.reveal()) : () => given;
  return {
    label: url,
    connection: {
      url,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...readTlsFiles(mqtt, 'mqtt'),
      verifyCertificate: mqtt.verifyCertificate,
      protocol: mqtt.protocol,
      keepaliveS: KEEPALIVE_S,
    },
    section: undefined,
  };
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    throw new CommandError(EXIT.usage, `--password-file: ${file} cannot be read (${code})`, { cause: error });
  }
}
