import { relative } from 'node:path';
import { defaultConfigFile } from '../config/folders.ts';
import { loadConfig } from '../config/load-config.ts';
import type { GatewayConfig } from '../config/types.ts';
import type { Issue } from '../lib/issue.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { allProfiles } from './find-profile.ts';

/** A configuration without mistakes, and the models that it may name. */
export interface House {
  readonly file: string;
  readonly config: GatewayConfig;
  readonly profiles: ReadonlyMap<string, MeterProfile>;
  readonly warnings: readonly Issue[];
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
    knownMeters: async (directories) => {
      profiles = await allProfiles(directories);
      return [...profiles.keys()];
    },
  });
  return { file, config, profiles, warnings };
}
