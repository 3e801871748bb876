import { randomBytes } from 'node:crypto';
import type { SourceBrokerConfig } from '../../config/types.ts';
import type { Emit } from '../../domain/event.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { readTlsFiles } from '../../transports/mqtt-files.ts';
import type { MqttConnectOptions } from '../../transports/mqtt-session.ts';
import type { SourceParts } from '../kind.ts';

/** zigbee2mqtt describes all its devices in one message, which may be megabytes long. */
const MAX_INCOMING_BYTES = 8 * 1024 * 1024;
const KEEPALIVE_S = 30;
const FILE_BACKOFF = { firstMs: 1000, maxMs: 60_000 } as const;

/** A source, and the broker of its own where it has one. */
export interface BrokerUser {
  readonly id: string;
  readonly broker: SourceBrokerConfig | undefined;
}

/** Whether the broker is there, told to people once at each change. */
export interface BrokerPresence {
  away(reason: string): void;
  back(): void;
}

export function createBrokerPresence(source: BrokerUser, clock: Clock, emit: Emit): BrokerPresence {
  let isAway = false;
  const tell = (level: 'info' | 'warn', code: string, message: string) =>
    emit({
      type: 'notice',
      level,
      code,
      message: `${source.id}: ${message}`,
      at: clock.now(),
      bus: source.id,
    });
  return {
    away(reason) {
      if (isAway) return;
      isAway = true;
      tell('warn', 'broker-away', `${keysOf(source, reason)}; trying again until it is there`);
    },
    back() {
      if (isAway) tell('info', 'broker-back', 'the MQTT broker is there again');
      isAway = false;
    },
  };
}

const MQTT_KEYS = /\bmqtt\.(url|username|password|caFile|certFile|keyFile|protocol)\b/g;

// The sentences of the link name the keys of the section `mqtt`; a source with a broker of its own has the same.
export function keysOf({ broker }: BrokerUser, reason: string): string {
  return broker === undefined ? reason : reason.replace(MQTT_KEYS, 'broker.$1');
}

/**
 * How the broker is reached: its own section, or the gateway's own broker. Waits for certificate files that
 * cannot be read. Undefined when the signal aborts first.
 */
export async function brokerOptions(
  source: BrokerUser,
  parts: Pick<SourceParts, 'clock' | 'ownBroker'>,
  presence: BrokerPresence,
  signal: AbortSignal,
): Promise<MqttConnectOptions | undefined> {
  const { broker } = source;
  if (broker === undefined) {
    const own = await parts.ownBroker(source.id, signal);
    return own === undefined ? undefined : { ...own, maxIncomingBytes: MAX_INCOMING_BYTES };
  }
  // Brokers of MQTT 3.1.1 may refuse ids over 23 characters; nothing is kept under it, so it may be a new one.
  const clientId = `busbar-${randomBytes(6).toString('hex')}`;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      return { ...foreignOptions(broker), clientId };
    } catch (error) {
      presence.away(error instanceof Error ? error.message : String(error));
      await parts.clock.sleep(backoffMs(attempt, FILE_BACKOFF), signal);
    }
  }
  return undefined;
}

function foreignOptions(broker: SourceBrokerConfig): Omit<MqttConnectOptions, 'clientId'> {
  const { username, password } = broker;
  return {
    url: broker.url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: () => password.reveal() }),
    ...readTlsFiles(broker, 'broker'),
    verifyCertificate: broker.verifyCertificate,
    protocol: broker.protocol,
    keepaliveS: KEEPALIVE_S,
    maxIncomingBytes: MAX_INCOMING_BYTES,
  };
}
