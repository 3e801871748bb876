import { basename, dirname } from 'node:path';
import { EXIT } from '../lib/exit-codes.ts';
import {
  loadProfile,
  loadProfiles,
  shippedProfileDirectory,
  UnknownProfileError,
} from '../meters/load-profiles.ts';
import type { MeterProfile } from '../meters/profile.ts';
import { CommandError } from './failure.ts';

/** All profiles: the user's own folders first, then those that come with the program. */
export function allProfiles(own: readonly string[] = []): Promise<ReadonlyMap<string, MeterProfile>> {
  return loadProfiles([...own, shippedProfileDirectory()]);
}

/**
 * The profile that the user means: its id, the path of a file, or a name of the meter ("SDM120M") that only
 * one profile has. Throws a CommandError that names the nearest, an IssuesError for a profile with mistakes.
 */
export async function findProfile(model: string, own: readonly string[] = []): Promise<MeterProfile> {
  if (model.endsWith('.yaml')) return loadProfile(basename(model, '.yaml'), [dirname(model)]).catch(refuse);
  try {
    return await loadProfile(model, [...own, shippedProfileDirectory()]);
  } catch (error) {
    if (!(error instanceof UnknownProfileError)) throw error;
    const named = [...(await allProfiles(own)).values()].filter((profile) => hasName(profile, model));
    const [only] = named;
    if (only !== undefined && named.length === 1) return only;
    return refuse(error);
  }
}

function refuse(error: unknown): never {
  if (!(error instanceof UnknownProfileError)) throw error;
  throw new CommandError(EXIT.usage, `${error.message}; \`busbar meters\` lists them`, { cause: error });
}

function hasName(profile: MeterProfile, name: string): boolean {
  const names = [profile.id, profile.model, `${profile.manufacturer} ${profile.model}`, ...profile.aliases];
  return names.some((known) => plain(known) === plain(name));
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');
}
