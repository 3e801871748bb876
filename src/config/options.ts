import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import {
  bindHost,
  brokerUrl,
  clientId,
  filePath,
  flag,
  interval,
  password,
  port,
  seconds,
  shortText,
  topicRoot,
  wholeNumber,
} from './scalars.ts';
import type { LogLevel, MqttConfig } from './types.ts';

/** One single value of the configuration: its rule, its default, what it is for. */
export interface Option<T, D extends T | undefined = T | undefined> {
  readonly schema: z.ZodType<T>;
  /** How text from the environment or the command line is read. */
  readonly kind: 'text' | 'number' | 'boolean';
  readonly fallback: D;
  /** The default in words, where it depends on something else. */
  readonly fallbackText?: string;
  readonly doc: string;
  /** Never shown; and not to be given as an argument, which every user of the computer can read. */
  readonly isSecret?: true;
  /** A path: a relative one begins at the folder of the file that holds it. */
  readonly isPath?: true;
}

function option<T, D extends T | undefined>(
  kind: Option<T>['kind'],
  schema: z.ZodType<T>,
  fallback: D,
  doc: string,
  more: Pick<Option<T>, 'fallbackText' | 'isSecret' | 'isPath'> = {},
): Option<T, D> {
  return { schema, kind, fallback, doc, ...more };
}

const logLevel: z.ZodType<LogLevel> = z.enum(['trace', 'debug', 'info', 'warn', 'error']);
const protocol: z.ZodType<MqttConfig['protocol']> = allowing('5, 4', z.literal([5, 4]));
const bytes = (max: number) => wholeNumber(1024, max);

const mqtt = {
  url: option('text', brokerUrl, undefined, 'Broker to publish to', {
    fallbackText: 'the embedded broker',
  }),
  username: option('text', shortText, undefined, 'User name at the broker'),
  password: option(
    'text',
    password,
    undefined,
    'Password at the broker; `passwordFile` is the better place',
    {
      isSecret: true,
    },
  ),
  passwordFile: option('text', filePath, undefined, 'File that holds the password and nothing else', {
    isPath: true,
  }),
  clientId: option('text', clientId, undefined, 'Client id at the broker', {
    fallbackText: 'made once, kept in the state folder',
  }),
  caFile: option('text', filePath, undefined, 'Certificates that sign the broker’s, PEM', {
    isPath: true,
    fallbackText: 'those of Node.js',
  }),
  certFile: option('text', filePath, undefined, 'Certificate to show to the broker, PEM', { isPath: true }),
  keyFile: option('text', filePath, undefined, 'Private key of that certificate, PEM', { isPath: true }),
  verifyCertificate: option('boolean', flag, true, 'Refuse a broker whose certificate does not fit its name'),
  protocol: option(
    'number',
    protocol,
    5,
    '5: MQTT 5, or 3.1.1 where the broker has no 5; 4: only MQTT 3.1.1',
  ),
  keepalive: option('number', wholeNumber(5, 3600), 30, 'Seconds after which a silent connection is tested'),
  retain: option('boolean', flag, true, 'Whether the broker keeps the last value of each topic'),
};

const broker = {
  enabled: option('boolean', flag, undefined, 'Whether the embedded broker runs', {
    fallbackText: 'true without `mqtt.url`, else false',
  }),
  host: option('text', bindHost, '127.0.0.1', 'Address it listens on; others than loopback need users'),
  port: option('number', port, 1883, 'TCP port it listens on'),
  websocketPort: option('number', port, undefined, 'TCP port for MQTT over WebSocket', {
    fallbackText: 'none',
  }),
  allowAnonymous: option('boolean', flag, false, 'Let everyone in who reaches it, without a password'),
  maxConnections: option('number', wholeNumber(1, 10_000), 100, 'Most clients at one time'),
  maxConnectionsPerAddress: option('number', wholeNumber(1, 10_000), 20, 'Most clients from one address'),
  maxPacketBytes: option('number', bytes(16_777_216), 524_288, 'Longest packet taken from a client'),
  maxRetainedTopics: option('number', wholeNumber(1, 1_000_000), 10_000, 'Most topics whose value is kept'),
  maxRetainedBytes: option('number', bytes(1_073_741_824), 16_777_216, 'Most bytes of kept values together'),
  maxQueuedMessages: option(
    'number',
    wholeNumber(1, 1_000_000),
    1000,
    'Most messages kept for an absent client',
  ),
  connectTimeout: option('number', seconds(1, 300), 10, 'Seconds a client has to log in'),
};

/** Every single value that can stand in the file, the environment (`BUSBAR_...`) and on the command line. */
export const OPTIONS = {
  root: option('text', topicRoot, 'house', 'First level or levels of every topic'),
  interval: option('number', interval, 5, 'Seconds between two polls of a device that has no `interval`'),
  stateDirectory: option('text', filePath, undefined, 'Folder for what must survive a restart', {
    isPath: true,
    fallbackText: '`$STATE_DIRECTORY`, `$XDG_STATE_HOME/busbar` or `~/.local/state/busbar`',
  }),
  statsInterval: option('number', seconds(1, 86_400), 60, 'Seconds between two messages of statistics'),
  log: { level: option('text', logLevel, 'info', 'Least important message that is logged') },
  mqtt,
  broker,
} as const;

type ValuesOf<T> = {
  readonly [K in keyof T]: T[K] extends Option<infer V, infer D> ? V | D : ValuesOf<T[K]>;
};

/** All single values after defaults, file, environment and arguments were merged. */
export type OptionValues = ValuesOf<typeof OPTIONS>;

export interface OptionRow {
  /** `broker.port` */
  readonly path: string;
  readonly steps: readonly string[];
  readonly option: Option<unknown>;
  /** `BUSBAR_BROKER_PORT` */
  readonly variable: string;
  /** `--broker-port`; a secret has none. */
  readonly argument: string | undefined;
}

/** The options as a list, with the names that the environment and the command line have for them. */
export const OPTION_ROWS: readonly OptionRow[] = rowsOf(OPTIONS, []);

function isOption(node: object): node is Option<unknown> {
  return Object.hasOwn(node, 'schema');
}

function rowsOf(node: object, steps: readonly string[]): OptionRow[] {
  if (!isOption(node))
    return Object.entries(node).flatMap(([key, child]) => rowsOf(child as object, [...steps, key]));
  const words = steps.flatMap((step) => step.split(/(?=[A-Z])/)).map((word) => word.toLowerCase());
  const path = steps.join('.');
  const variable = `BUSBAR_${words.join('_').toUpperCase()}`;
  return [
    { path, steps, option: node, variable, argument: node.isSecret ? undefined : `--${words.join('-')}` },
  ];
}
