import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import { allProfiles, findProfile } from '../find-profile.ts';
import { printJson, printLines } from '../output.ts';
import { meterDocument, meterPage } from './meter-page.ts';
import { metersDocument, metersTable } from './meters-table.ts';

export interface MetersOptions {
  readonly profiles?: readonly string[];
  readonly json?: boolean;
}

/** Prints the list of models, or one of them whole. */
export async function runMeters(model: string | undefined, options: MetersOptions): Promise<ExitCode> {
  if (model === undefined) {
    const profiles = [...(await allProfiles(options.profiles)).values()];
    if (options.json === true) printJson(metersDocument(profiles));
    else printLines(metersTable(profiles));
    return EXIT.ok;
  }
  const profile = await findProfile(model, options.profiles);
  if (options.json === true) printJson(meterDocument(profile));
  else printLines(meterPage(profile));
  return EXIT.ok;
}
