import { relative } from 'node:path';
import { defaultConfigFile } from '../config/folders.ts';
import { loadConfig } from '../config/load-config.ts';
import type { GatewayConfig } from '../config/types.ts';
import type { Device } from '../domain/device.ts';
import { createSystemClock } from '../lib/clock.ts';
import type { Issue } from '../lib/issue.ts';
import { silentLogger } from '../lib/logger.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { createPipeline } from '../pipeline/pipeline.ts';
import { createSources, SOURCE_KINDS } from '../sources/index.ts';
import { allProfiles } from './find-profile.ts';

/** A configuration without mistakes, and the models that it may name. */
export interface House {
  readonly file: string;
  readonly config: GatewayConfig;
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly warnings: readonly Issue[];
  /** What is measured, and then what is computed from it, as subscribers will know them. */
  readonly devices: readonly Device[];
}

/** The file that a command works on: the argument, `$BUSBAR_CONFIG`, or the shipped house. */
export function configFileOf(argument: string | undefined): string {
  const given = argument ?? process.env.BUSBAR_CONFIG;
  if (given !== undefined && given !== '') return given;
  const shipped = relative(process.cwd(), defaultConfigFile());
  return shipped.startsWith('..') ? defaultConfigFile() : shipped;
}

/** Loads configuration and profiles. Throws one IssuesError with the mistakes of both. */
export async function loadHouse(file: string): Promise<House> {
  let profiles: ReadonlyMap<string, MeterProfile> = new Map();
  const { config, warnings } = await loadConfig({
    file,
    env: process.env,
    kinds: SOURCE_KINDS,
    knownMeters: async (directories) => {
      profiles = await allProfiles(directories);
      return [...profiles.keys()];
    },
  });
  return { file, config, profiles, warnings, devices: await devicesOf(config, profiles) };
}

// Making a source opens nothing; it alone knows what its devices can tell.
async function devicesOf(
  config: GatewayConfig,
  profiles: ReadonlyMap<string, MeterProfile>,
): Promise<readonly Device[]> {
  const sources = await createSources(config.sources, {
    profiles,
    clock: createSystemClock(),
    logger: silentLogger,
    stateDirectory: config.stateDirectory,
    ownBroker: async () => undefined,
  });
  return createPipeline({
    devices: sources.flatMap((source) => source.devices),
    derived: config.derived,
    emit: () => {},
  }).devices;
}
