import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeFileAtomically } from '../lib/write-file-atomically.ts';
import { MOST_ENERGY } from './counter-guard.ts';
import type { CounterLevels, CounterRecord } from './counter-memory.ts';
import { sum } from './own-counter.ts';

/**
 * What a person wants changed. It is left as a file in the state directory; whoever has the counters open, the
 * running gateway or the command itself, takes it from there and leaves the outcome beside it.
 */
export type CounterCorrection = z.output<typeof correctionSchema>;

export interface CorrectionOutcome {
  readonly isDone: boolean;
  /** One sentence for people. */
  readonly message: string;
}

const FOLDER = 'counter-corrections';
const MAX_BYTES = 4096;

const word = z.string().min(1).max(64);
const correctionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('set'),
    device: word,
    key: word,
    value: z.number().min(0).max(MOST_ENERGY),
    allowLower: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('forget'), device: word }),
]);
const outcomeSchema = z.strictObject({ isDone: z.boolean(), message: z.string() });

/** Leaves a correction; its name, by which the outcome is asked for. Rejects with the system's error. */
export async function leaveCorrection(directory: string, correction: CounterCorrection): Promise<string> {
  // Names sort by time, so that corrections are taken in the order in which they were made.
  const name = `${String(Date.now()).padStart(15, '0')}-${randomBytes(4).toString('hex')}`;
  await writeFileAtomically(join(directory, FOLDER, `${name}.json`), JSON.stringify(correction));
  return name;
}

/** The outcome of a correction, which is then removed; undefined as long as nobody has taken it. */
export async function takeOutcome(directory: string, name: string): Promise<CorrectionOutcome | undefined> {
  const path = join(directory, FOLDER, `${name}.done`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  await rm(path, { force: true });
  return outcomeSchema.parse(JSON.parse(text));
}

/** Takes a correction back; false where somebody has just taken it. */
export function withdrawCorrection(directory: string, name: string): Promise<boolean> {
  return isOurs(join(directory, FOLDER, `${name}.json`));
}

export interface TakenCorrection {
  readonly name: string;
  /** Undefined for a file that holds none. */
  readonly correction: CounterCorrection | undefined;
}

/** Takes all corrections that wait, oldest first, off the disk. Never rejects. */
export async function takeCorrections(directory: string): Promise<readonly TakenCorrection[]> {
  const folder = join(directory, FOLDER);
  const names = await readdir(folder).catch((): string[] => []);
  const taken: TakenCorrection[] = [];
  for (const file of names.filter((each) => each.endsWith('.json')).sort()) {
    const correction = await readCorrection(join(folder, file));
    // Taken is what was removed: nothing is ever applied twice.
    if (await isOurs(join(folder, file))) taken.push({ name: file.slice(0, -'.json'.length), correction });
  }
  return taken;
}

/** Leaves the outcome for the command that waits for it. Never rejects. */
export async function leaveOutcome(
  directory: string,
  name: string,
  outcome: CorrectionOutcome,
): Promise<void> {
  const path = join(directory, FOLDER, `${name}.done`);
  await writeFileAtomically(path, JSON.stringify(outcome)).catch(() => undefined);
}

/** Removes outcomes that nobody has waited for. Never rejects. */
export async function clearOutcomes(directory: string): Promise<void> {
  const folder = join(directory, FOLDER);
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names.filter((each) => each.endsWith('.done')))
    await rm(join(folder, name), { force: true }).catch(() => undefined);
}

async function readCorrection(path: string): Promise<CounterCorrection | undefined> {
  try {
    if ((await stat(path)).size > MAX_BYTES) return undefined;
    const result = correctionSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

async function isOurs(path: string): Promise<boolean> {
  return unlink(path).then(
    () => true,
    () => false,
  );
}

/** Applies a correction, or says why not. */
export function applyCorrection(
  levels: CounterLevels,
  correction: CounterCorrection | undefined,
): CorrectionOutcome {
  if (correction === undefined) return { isDone: false, message: 'the file held no correction' };
  const { device } = correction;
  if (correction.kind === 'forget') {
    if (levels.keys(device).length === 0) return refusal(`nothing is known of a device "${device}"`);
    levels.forget(device);
    return { isDone: true, message: `${device}: its counters are forgotten and begin with its next values` };
  }
  const { key, value, allowLower } = correction;
  const record = levels.record(device, key);
  if (record === undefined) return refusal(unknownCounter(levels, device, key));
  const before = record.published;
  const isLower = value < before;
  if (isLower && !allowLower)
    return refusal(
      `${device} ${key} is at ${before} and ${value} is lower: programs that follow it would see a fall. --allow-lower does it all the same`,
    );
  levels.keep(device, key, corrected(record, value));
  const how = isLower ? 'was lowered' : 'was set';
  return { isDone: true, message: `${device} ${key} ${how} from ${before} to ${value} by hand` };
}

function corrected(record: CounterRecord, value: number): CounterRecord {
  const { mayHavePublished: _, ...rest } = record;
  return { ...rest, offset: sum(value, -record.raw), published: value };
}

function unknownCounter(levels: CounterLevels, device: string, key: string): string {
  const keys = levels.keys(device);
  if (keys.length === 0) return `nothing is known of a device "${device}"; it must have been read once`;
  return `${device} has no counter "${key}"; it has ${keys.join(', ')}`;
}

function refusal(message: string): CorrectionOutcome {
  return { isDone: false, message };
}
