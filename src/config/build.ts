import { simulatorConfig } from './build-simulator.ts';
import { isBrokerEnabled } from './check-broker.ts';
import { buildDerived } from './derived-schema.ts';
import { buildSettings, ms } from './device-fields.ts';
import type { ConfigFile } from './file-schema.ts';
import type { OptionValues } from './options.ts';
import type { PathOf } from './path-of.ts';
import type { Secrets } from './read-secrets.ts';
import type { SectionKind } from './source-kind.ts';
import { buildSection, settingsOf } from './source-sections.ts';
import type { BrokerConfig, GatewayConfig, MqttConfig, SourceConfig } from './types.ts';

/** Makes the configuration of a file without mistakes; seconds become milliseconds, every default is filled in. */
export function buildConfig(
  file: ConfigFile,
  values: OptionValues,
  secrets: Secrets,
  stateDirectory: string,
  pathOf: PathOf,
  kinds: readonly SectionKind[],
): GatewayConfig {
  const measuredIds = file.sources.flatMap(({ devices }) => devices.map(({ id }) => id));
  return {
    root: values.root,
    stateDirectory,
    statsIntervalMs: ms(values.statsInterval),
    log: { level: values.log.level },
    mqtt: mqttConfig(values, secrets, pathOf),
    broker: brokerConfig(file, values, secrets),
    sources: sourceConfigs(file, values, secrets, pathOf, kinds),
    derived: (file.derived ?? []).map((entry) => buildDerived(entry, measuredIds)),
    deviceSettings: Object.fromEntries([
      ...file.sources.flatMap(settingsOf),
      ...(file.derived ?? []).map((entry) => [entry.id, buildSettings(entry)] as const),
    ]),
    simulator: file.simulator === undefined ? undefined : simulatorConfig(file.simulator, pathOf),
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

function sourceConfigs(
  { sources }: ConfigFile,
  { interval }: OptionValues,
  secrets: Secrets,
  pathOf: PathOf,
  kinds: readonly SectionKind[],
): SourceConfig[] {
  return sources.flatMap((section, index) => {
    const kind = kinds.find(({ type }) => type === section.type);
    if (kind === undefined) return [];
    const secretAt = (path: readonly string[]) => secrets.ofSources[index]?.get(path.join('.'));
    return [buildSection(section, kind, interval, { pathOf, secretAt })];
  });
}
