import { randomBytes } from 'node:crypto';
import type { Clock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import { jsonObject, numberMember } from '../../sources/mqtt-map/payload.ts';
import { createMqttLink } from '../../transports/mqtt.ts';
import type { MqttLinkError } from '../../transports/mqtt-error.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { MqttConnectOptions } from '../../transports/mqtt-session.ts';
import { shellyPrefixOf } from './find-shelly-gen2.ts';
import { createObservations, type Observations } from './observations.ts';
import { placeBelow, placeOf } from './places.ts';

export interface ListenOptions {
  readonly connection: Omit<MqttConnectOptions, 'clientId'>;
  readonly seconds: number;
  /** Whether devices are asked to announce themselves; without it nothing is published. */
  readonly ask: boolean;
}

export interface Heard {
  readonly observations: Observations;
  readonly isInterrupted: boolean;
}

/** zigbee2mqtt describes a whole house in one message. */
const MAX_INCOMING_BYTES = 8 * 1024 * 1024;
const MAX_ASKED = 200;
const CONNECT_MS = 15_000;

/** Listens to everything on a broker for a while. Rejects with a MqttLinkError where it cannot be reached. */
export async function listen(options: ListenOptions, clock: Clock, signal: AbortSignal): Promise<Heard> {
  const ending = new AbortController();
  const stop = () => ending.abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const observations = createObservations();
  const clientId = `busbar-${randomBytes(6).toString('hex')}`;
  let failure: MqttLinkError | undefined;
  let cancelEnd = clock.timer(CONNECT_MS, stop);
  const link: MqttLink = createMqttLink(
    { ...options.connection, clientId, maxIncomingBytes: MAX_INCOMING_BYTES },
    {
      onConnect() {
        cancelEnd();
        cancelEnd = clock.timer(options.seconds * 1000, stop);
        asker?.begin();
      },
      onDisconnect(cause) {
        failure = cause;
        stop();
      },
      onMessage({ topic, payload, isRetained }) {
        const place = asker?.placeOfAnswer(topic, payload) ?? placeOf(topic, payload);
        observations.add(place, payload, isRetained, clock.monotonicMs());
        asker?.hear(topic);
      },
    },
    clock,
    silentLogger,
  );
  const asker = options.ask ? createAsker(link, clientId) : undefined;
  link.subscribe('#', 0);
  await link.run(ending.signal);
  cancelEnd();
  signal.removeEventListener('abort', stop);
  if (failure !== undefined && observations.messages === 0) throw failure;
  return { observations, isInterrupted: signal.aborted };
}

/** Asks Shelly devices what they are: the only thing that is ever published, and only where it was asked for. */
interface Asker {
  begin(): void;
  hear(topic: string): void;
  /** Where the answer to an own question is kept; undefined for everything else. */
  placeOfAnswer(topic: string, payload: Buffer): string | undefined;
}

const METHODS = ['Shelly.GetDeviceInfo', 'Shelly.GetStatus'] as const;

function createAsker(link: MqttLink, clientId: string): Asker {
  // The answer comes to `<src>/rpc` and does not name the prefix of the device, so each has a `src` of its own.
  const prefixes: string[] = [];
  return {
    begin: () => ask(link, 'shellies/command', 'announce'),
    hear(topic) {
      const prefix = shellyPrefixOf(topic);
      if (prefix === undefined || prefixes.includes(prefix) || prefixes.length >= MAX_ASKED) return;
      const src = `${clientId}/${prefixes.push(prefix) - 1}`;
      METHODS.forEach((method, index) => {
        ask(link, `${prefix}/rpc`, JSON.stringify({ id: index + 1, src, method }));
      });
    },
    placeOfAnswer(topic, payload) {
      if (!topic.startsWith(`${clientId}/`)) return undefined;
      const prefix = prefixes[Number(topic.split('/')[1])];
      const id = numberMember(jsonObject(payload), 'id');
      return prefix === undefined || id === undefined ? undefined : placeBelow(`${prefix}/rpc`, String(id));
    },
  };
}

function ask(link: MqttLink, topic: string, payload: string): void {
  // A question that is lost leaves a device less described, nothing more.
  link.publish(topic, payload, { qos: 0, retain: false }).catch(() => {});
}
