import { connect, type MqttClient } from 'mqtt';
import type { BrokerLogin } from './broker-login.ts';
import type { PlugProgram } from './program.ts';

const RECONNECT_MS = 1000;
const CONNECT_TIMEOUT_MS = 5000;
const KEEPALIVE_S = 30;

/** A client of MQTT.js that connects, and again whenever the link is lost, until it is ended. */
export function connectTo(login: BrokerLogin, program: Pick<PlugProgram, 'clientId' | 'will'>): MqttClient {
  return connect(login.url, optionsOf(program, login));
}

// These programs speak 3.1.1, and take any certificate of the broker of their own house.
function optionsOf(
  { clientId, will }: Pick<PlugProgram, 'clientId' | 'will'>,
  { username, password }: BrokerLogin,
) {
  return {
    protocolVersion: 4 as const,
    clientId,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: CONNECT_TIMEOUT_MS,
    reconnectPeriod: RECONNECT_MS,
    reconnectOnConnackError: true,
    resubscribe: false,
    queueQoSZero: false,
    rejectUnauthorized: false,
    timerVariant: 'native' as const,
    writeCache: false,
    // The library's own trace, switched on by an environment variable, prints the password.
    log: () => {},
    will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1 as const, retain: will.isRetained },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
}
