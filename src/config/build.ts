import { isBrokerEnabled } from './check-broker.ts';
import type { ConfigFile, DeviceEntry, SimulatorEntry, SourceEntry } from './file-schema.ts';
import type { OptionValues } from './options.ts';
import type { PathOf, Secrets } from './read-secrets.ts';
import type {
  BrokerConfig,
  Connection,
  GatewayConfig,
  ModbusDeviceConfig,
  MqttConfig,
  SimulatorConfig,
  SourceConfig,
} from './types.ts';

const DEFAULT_SLOW_S = 60;
const DEFAULT_TURNAROUND_S = 0.02;

// Steps of a millisecond: 0.1 * 3 seconds are 300 ms and not 300.00000000000006.
const ms = (seconds: number) => Math.round(seconds * 1000);

/** Makes the configuration of a file without mistakes; seconds become milliseconds, every default is filled in. */
export function buildConfig(
  file: ConfigFile,
  values: OptionValues,
  secrets: Secrets,
  stateDirectory: string,
  pathOf: PathOf,
): GatewayConfig {
  return {
    root: values.root,
    stateDirectory,
    statsIntervalMs: ms(values.statsInterval),
    log: { level: values.log.level },
    mqtt: mqttConfig(values, secrets, pathOf),
    broker: brokerConfig(file, values, secrets),
    sources: file.sources.map((source) => sourceConfig(source, values.interval)),
    simulator: file.simulator === undefined ? undefined : simulatorConfig(file.simulator),
    profileDirectories: (file.profileDirectories ?? []).map((path) => pathOf(path)),
  };
}

function mqttConfig({ mqtt }: OptionValues, secrets: Secrets, pathOf: PathOf): MqttConfig {
  const fileOf = (key: 'caFile' | 'certFile' | 'keyFile') =>
    mqtt[key] === undefined ? undefined : pathOf(mqtt[key], `mqtt.${key}`);
  return {
    url: mqtt.url,
    username: mqtt.username,
    password: secrets.mqttPassword,
    clientId: mqtt.clientId,
    caFile: fileOf('caFile'),
    certFile: fileOf('certFile'),
    keyFile: fileOf('keyFile'),
    verifyCertificate: mqtt.verifyCertificate,
    protocol: mqtt.protocol,
    keepaliveS: mqtt.keepalive,
    retain: mqtt.retain,
  };
}

function brokerConfig(file: ConfigFile, values: OptionValues, secrets: Secrets): BrokerConfig {
  const { connectTimeout, ...limits } = values.broker;
  const users = (file.broker?.users ?? []).flatMap(({ name, role }, index) => {
    const passwordHash = secrets.userHashes[index];
    return passwordHash === undefined ? [] : [{ name, passwordHash, role: role ?? 'read' }];
  });
  return { ...limits, enabled: isBrokerEnabled(values), users, connectTimeoutMs: ms(connectTimeout) };
}

function sourceConfig({ type, id, connection, devices }: SourceEntry, intervalS: number): SourceConfig {
  return {
    type,
    id,
    connection,
    devices: devices.map((device) => deviceConfig(device, connection, intervalS)),
  };
}

function deviceConfig(device: DeviceEntry, connection: Connection, intervalS: number): ModbusDeviceConfig {
  const interval = device.interval ?? intervalS;
  return {
    id: device.id,
    name: device.name ?? device.id,
    meter: device.meter,
    // The check of units has refused a device that has a unit neither here nor in the connection.
    unitId: device.unit ?? connection.unitId ?? 1,
    intervalMs: ms(interval),
    counterIntervalMs: ms(device.counterInterval ?? interval),
    slowIntervalMs: ms(device.slowInterval ?? Math.max(DEFAULT_SLOW_S, interval)),
    wordOrder: device.wordOrder,
    gapMs: device.gap === undefined ? undefined : ms(device.gap),
    latencyMs: device.latency === undefined ? undefined : ms(device.latency),
    maxRegisters: device.maxRegisters,
    only: device.only,
    enable: device.enable ?? [],
    disable: device.disable ?? [],
    invert: device.invert ?? false,
    rating: {
      ...(device.rating?.fuse === undefined ? {} : { fuseA: device.rating.fuse }),
      ...(device.rating?.voltage === undefined ? {} : { nominalV: device.rating.voltage }),
    },
  };
}

function simulatorConfig({ seed, paced, buses }: SimulatorEntry): SimulatorConfig {
  return {
    seed: seed ?? 1,
    paced: paced ?? true,
    buses: buses.map(({ connection, turnaround, meters }) => ({
      connection,
      turnaroundMs: ms(turnaround ?? DEFAULT_TURNAROUND_S),
      meters: meters.map(({ unit, meter, measures }) => ({ unitId: unit, profile: meter, measures })),
    })),
  };
}
