import { join } from 'node:path';
import { createSystemClock } from '../../lib/clock.ts';
import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import type { CounterCorrection } from '../../pipeline/counter-corrections.ts';
import { COUNTER_FILE_NAME, readCounters } from '../../pipeline/counter-file.ts';
import { parseLastFigures } from '../../pipeline/counter-file-format.ts';
import type { RememberedDevice } from '../../pipeline/counter-memory.ts';
import { CommandError } from '../failure.ts';
import { configFileOf, loadHouse } from '../load-house.ts';
import { printJson, printLines } from '../output.ts';
import { correctCounters } from './correct-counters.ts';
import { parseCounterKey, parseDeviceId, parseEnergy } from './counter-arguments.ts';
import { countersDocument, countersTable } from './counters-table.ts';

export interface CountersOptions {
  readonly config?: string;
  readonly json?: boolean;
}

/** Prints what is kept of the counters. */
export async function showCounters(options: CountersOptions): Promise<ExitCode> {
  const devices = await keptCounters(await stateDirectoryOf(options));
  if (options.json === true) printJson(countersDocument(devices));
  else printLines(countersTable(devices));
  return EXIT.ok;
}

/** Sets what is published of a counter. Throws a CommandError that says why not. */
export async function setCounter(
  device: string,
  key: string,
  value: string,
  options: CountersOptions & { readonly allowLower?: boolean },
): Promise<ExitCode> {
  const correction = {
    kind: 'set',
    device: parseDeviceId(device),
    key: parseCounterKey(key),
    value: parseEnergy(value),
    allowLower: options.allowLower === true,
  } as const;
  return correct(correction, options);
}

/** Forgets the counters of a device. Throws a CommandError that says why not. */
export async function forgetCounters(device: string, options: CountersOptions): Promise<ExitCode> {
  return correct({ kind: 'forget', device: parseDeviceId(device) }, options);
}

async function correct(correction: CounterCorrection, options: CountersOptions): Promise<ExitCode> {
  const outcome = await correctCounters(await stateDirectoryOf(options), correction, createSystemClock());
  if (!outcome.isDone) throw new CommandError(EXIT.data, outcome.message);
  if (options.json === true) printJson(outcome);
  else printLines([outcome.message]);
  return EXIT.ok;
}

async function stateDirectoryOf(options: CountersOptions): Promise<string> {
  const { config } = await loadHouse(configFileOf(options.config));
  return config.stateDirectory;
}

async function keptCounters(directory: string): Promise<ReadonlyMap<string, RememberedDevice>> {
  const path = join(directory, COUNTER_FILE_NAME);
  try {
    // A table of what was published last, and not of where the next run would begin.
    return await readCounters(path, parseLastFigures);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandError(EXIT.data, `${path} cannot be used: ${reason}`, { cause: error });
  }
}
