import { connectAsync, type MqttClient } from 'mqtt';
import type { SourceBrokerConfig, SourceConfig } from '../../../src/config/types.ts';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import type { SourceKind, SourceParts } from '../../../src/sources/kind.ts';
import type { MqttConnectOptions } from '../../../src/transports/mqtt-session.ts';
import { buildSection, type DeviceEntry, valuesOf } from '../../unit/sources/mqtt-map/mapper-rig.ts';
import { until } from '../broker/fixture.ts';

export interface SourceSettings {
  readonly fields?: Record<string, unknown>;
  readonly devices: readonly DeviceEntry[];
  /** Another broker; without it the source reads from `ownBroker`. */
  readonly url?: string;
  readonly protocol?: 5 | 4;
  readonly ownBroker?: MqttConnectOptions;
}

/** A real source with a real link and the real time. */
export async function runSource(kind: SourceKind, settings: SourceSettings) {
  const built = buildSection<SourceConfig>(kind, settings.fields ?? {}, settings.devices);
  const config = { ...built, broker: brokerOf(settings) };
  const parts: SourceParts = {
    profiles: new Map(),
    clock: createSystemClock(),
    logger: silentLogger,
    stateDirectory: '/nonexistent',
    ownBroker: () => Promise.resolve(settings.ownBroker),
  };
  const source = await kind.create(config, parts);
  const events: GatewayEvent[] = [];
  const end = new AbortController();
  const running = source.run((event) => events.push(event), end.signal);
  const samples = () => events.flatMap((event) => (event.type === 'sample' ? [valuesOf(event.sample)] : []));
  return {
    source,
    events,
    samples,
    notices: () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])),
    offline: () => events.flatMap((event) => (event.type === 'availability' ? [event.deviceId] : [])),
    untilConnected: () => until(() => source.statistics().connected === 1),
    untilSamples: (count: number) => until(() => samples().length >= count),
    async stop() {
      end.abort();
      await running;
    },
  };
}

export type RunningSource = Awaited<ReturnType<typeof runSource>>;

function brokerOf({ url, protocol }: SourceSettings): SourceBrokerConfig | undefined {
  if (url === undefined) return undefined;
  return {
    url,
    username: undefined,
    password: undefined,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
    verifyCertificate: true,
    protocol: protocol ?? 5,
  };
}

/** Another program on the same broker: publishes, and answers what it is asked. */
export async function connectPeer(url: string, login: { username?: string; password?: string } = {}) {
  const client: MqttClient = await connectAsync(url, { protocolVersion: 5, ...login });
  return {
    publish: (topic: string, payload: unknown, retain = false) =>
      client.publishAsync(topic, asText(payload), { qos: 1, retain }),
    async answer(filter: string, reply: (topic: string, payload: string) => void) {
      client.on('message', (topic, payload) => reply(topic, payload.toString()));
      await client.subscribeAsync(filter, { qos: 1 });
    },
    end: () => client.endAsync(true),
  };
}

const asText = (payload: unknown): string | Buffer =>
  typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload);
