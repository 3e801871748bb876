import { mkdir } from 'node:fs/promises';
import { defaultConfigFile } from '../config/folders.ts';
import { loadConfig } from '../config/load-config.ts';
import type { GatewayConfig } from '../config/types.ts';
import { createSystemClock } from '../lib/clock.ts';
import { EXIT } from '../lib/exit-codes.ts';
import { formatIssue, IssuesError } from '../lib/issue.ts';
import type { Logger } from '../lib/logger.ts';
import { listProfileIds, loadProfile, shippedProfileDirectory } from '../meters/load-profiles.ts';
import type { MeterProfile } from '../meters/profile.ts';
import type { BrokerLogin } from '../simulator/plugs/broker-login.ts';
import { SOURCE_KINDS } from '../sources/index.ts';
import { isModbusMeter } from '../sources/modbus-meter/config.ts';
import { MqttLinkError } from '../transports/mqtt-error.ts';
import { createLogger } from './create-logger.ts';
import { createGateway } from './gateway.ts';
import { startHouse } from './simulated-house.ts';
import { VERSION } from './version.ts';

export interface RunOptions {
  readonly config?: string;
  readonly logLevel?: string;
  readonly brokerPort?: string;
  readonly mqttUrl?: string;
}

/** Runs the gateway until SIGINT or SIGTERM. Returns the exit code; 78 with all mistakes told on stderr. */
export async function runGateway(options: RunOptions): Promise<number> {
  const file = options.config ?? process.env.BUSBAR_CONFIG ?? defaultConfigFile();
  let prepared: Awaited<ReturnType<typeof prepare>>;
  try {
    prepared = await prepare(file, options);
  } catch (error) {
    if (!(error instanceof IssuesError)) throw error;
    const count = error.issues.length;
    process.stderr.write(
      `${error.message}\n${count} mistake${count === 1 ? '' : 's'}; nothing was started.\n`,
    );
    return EXIT.configuration;
  }
  const { config, profiles, warnings } = prepared;
  const logger = await createLogger(config.log.level);
  for (const warning of warnings) logger.warn({ code: 'configuration' }, formatIssue(warning));
  const end = endOnSignals(logger);
  try {
    await mkdir(config.stateDirectory, { recursive: true }).catch((error: Error) =>
      logger.warn(
        { code: 'state-directory' },
        `nothing can be kept in ${config.stateDirectory} (${error.message}): counters, calibrations and the client id last only as long as the program; make the folder for this user, or name another as stateDirectory`,
      ),
    );
    await runAll(config, profiles, logger, end);
    return EXIT.ok;
  } catch (error) {
    // What only shows when the parts are put together is a mistake of the configuration all the same.
    if (error instanceof MqttLinkError || error instanceof RangeError) {
      logger.fatal({ code: 'configuration' }, error.message);
      return EXIT.configuration;
    }
    logger.fatal({ err: error }, 'the gateway has ended');
    return EXIT.software;
  }
}

async function prepare(file: string, options: RunOptions) {
  const overrides = {
    'log.level': options.logLevel,
    'broker.port': options.brokerPort,
    'mqtt.url': options.mqttUrl,
  };
  const { config, warnings } = await loadConfig({
    file,
    env: process.env,
    overrides,
    kinds: SOURCE_KINDS,
    knownMeters,
  });
  return { config, warnings, profiles: await profilesOf(config) };
}

/** Where profiles are looked for: the user's own before the shipped ones. */
function withShipped(directories: readonly string[]): readonly string[] {
  return [...directories, shippedProfileDirectory()];
}

/** Ids of the meter models that a configuration may name. */
function knownMeters(directories: readonly string[]): Promise<readonly string[]> {
  return listProfileIds(withShipped(directories));
}

/** The profiles that the configuration names; no other file is read. */
async function profilesOf(config: GatewayConfig): Promise<ReadonlyMap<string, MeterProfile>> {
  const directories = withShipped(config.profileDirectories);
  const ids = new Set(
    config.sources.filter(isModbusMeter).flatMap((source) => source.devices.map(({ meter }) => meter)),
  );
  const profiles = await Promise.all([...ids].map((id) => loadProfile(id, directories)));
  return new Map(profiles.map((profile) => [profile.id, profile]));
}

async function runAll(
  config: GatewayConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const clock = createSystemClock();
  // The simulated house outlives the gateway, so that the gateway's last polls still find it.
  const simulatorEnd = new AbortController();
  let tellBroker: (login: BrokerLogin | undefined) => void = () => {};
  const ownBroker = new Promise<BrokerLogin | undefined>((resolve) => {
    tellBroker = resolve;
  });
  const profileDirectories = withShipped(config.profileDirectories);
  const house = startHouse(config.simulator, { profileDirectories, logger, ownBroker }, simulatorEnd.signal);
  const gateway = await createGateway({
    config,
    profiles,
    clock,
    logger,
    version: VERSION,
    beforeSources: house.listening,
  });
  // A broker that cannot be reached as configured ends the sink, which says why.
  gateway.brokerLogin(signal).then(tellBroker, () => tellBroker(undefined));
  const devices = Object.keys(config.deviceSettings).length;
  logger.info(
    { version: VERSION, devices, root: config.root },
    `busbar ${VERSION}: ${devices} device${devices === 1 ? '' : 's'} under ${config.root}/`,
  );
  void gateway.brokerPort.then((port) => {
    if (port !== undefined) logger.info({ port }, `to see everything: ${example(config, port)}`);
  });
  await gateway.run(signal);
  simulatorEnd.abort();
  await house.ended;
  logger.info('busbar has ended');
}

function example(config: GatewayConfig, port: number): string {
  return `mosquitto_sub ${port === 1883 ? '' : `-p ${port} `}-t '${config.root}/#' -v`;
}

// The first signal ends the gateway in good order, a second one at once.
function endOnSignals(logger: Logger): AbortSignal {
  const end = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (end.signal.aborted) process.exit(EXIT.software);
    logger.info({ signal: name }, 'ending');
    end.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return end.signal;
}
