import { readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Notice } from '../domain/event.ts';
import type { Clock } from '../lib/clock.ts';
import { writeFileAtomically } from '../lib/write-file-atomically.ts';
import { applyCorrection, clearOutcomes, leaveOutcome, takeCorrections } from './counter-corrections.ts';
import { formatCounters, parseCounters } from './counter-file-format.ts';
import {
  CounterLevels,
  type CounterMemory,
  type CounterRecord,
  type RememberedDevice,
} from './counter-memory.ts';
import { noteOwner, removeOwner } from './counter-owner.ts';

export const COUNTER_FILE_NAME = 'counters.json';
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const DEFAULT_FLUSH_MS = 60_000;
/** How soon a correction by hand is taken. */
const LOOK_EVERY_MS = 2000;
/** kWh that a counter may gain between two writes at least. */
const LEAST_HEADROOM = 0.02;
/** ... and in terms of what it gained before the last. */
const HEADROOM_FACTOR = 3;
/** A new ceiling is written before the old one is reached. */
const WRITE_AT = 0.7;

/**
 * Counters that survive the program. Written at most once in `flushMs` and only when something changed, because
 * SD cards die of small writes; at once when a counter changed its level; at the end by `run`.
 *
 * What a SIGKILL or a power cut can cost: where a device's counter was reset in the time since the last write, the
 * energy it had counted between that write and its reset; of a sum counted here, the energy since the last write.
 * Nothing else is lost, because the devices have counted on. What was published does not fall even then: each write
 * holds a ceiling for what is published before the next one, and the next run goes on at the ceiling where it must.
 * Only a kill in the milliseconds between a change of level and the end of its write can show.
 */
export interface CounterFile extends CounterMemory {
  /** Writes, and takes corrections, until the signal aborts (after the sources have ended); then writes a last time. */
  run(signal: AbortSignal): Promise<void>;
  /** Takes the corrections that wait, and writes; `isLast` as in `flush`. Never rejects. */
  takeCorrections(isLast?: boolean): Promise<void>;
  /** Writes what has changed; `isLast`: nothing will be published after it. Never rejects. */
  flush(isLast?: boolean): Promise<void>;
}

export interface CounterFileOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly onNotice: (notice: Notice) => void;
  readonly flushMs?: number;
}

/** Reads the file. A missing one is an empty one; a damaged one is set aside, told of, and begun anew. Never rejects. */
export async function openCounterFile(options: CounterFileOptions): Promise<CounterFile> {
  const path = join(options.directory, COUNTER_FILE_NAME);
  let devices: ReadonlyMap<string, RememberedDevice> = new Map();
  try {
    devices = await readCounters(path);
  } catch (error) {
    const fate = await setAside(path, options.clock.now());
    const message = `${path} cannot be used (${reasonOf(error)}); ${fate}. Counters begin anew at what the devices show; \`busbar counters set\` corrects them`;
    options.onNotice(notice('error', 'counters-damaged', message, options.clock.now()));
  }
  return new KeptCounters(options, path, devices);
}

/** What the file holds, `parse`d; empty where there is none. Throws for a damaged one. */
export async function readCounters(
  path: string,
  parse = parseCounters,
): Promise<ReadonlyMap<string, RememberedDevice>> {
  try {
    const { size } = await stat(path);
    if (size > MAX_FILE_BYTES) throw new Error(`it has ${size} bytes`);
    return parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return new Map();
    throw error;
  }
}

async function setAside(path: string, nowMs: number): Promise<string> {
  const stamp = new Date(nowMs).toISOString().replaceAll(/[:.]/g, '-');
  const aside = path.replace(/\.json$/, `.damaged-${stamp}.json`);
  return rename(path, aside).then(
    () => `it was set aside as ${aside}`,
    (error: unknown) => `it could not be set aside (${reasonOf(error)})`,
  );
}

interface Written {
  readonly published: number;
  readonly ceiling: number;
}

class KeptCounters extends CounterLevels implements CounterFile {
  readonly #options: CounterFileOptions;
  readonly #path: string;
  /** What the disk knows, by device and key. */
  #written = new Map<string, Written>();
  #isChanged = false;
  #isWriteAsked = false;
  #isFailing = false;
  #writtenAtMs: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: CounterFileOptions, path: string, devices: ReadonlyMap<string, RememberedDevice>) {
    super(devices);
    this.#options = options;
    this.#path = path;
    this.#writtenAtMs = options.clock.monotonicMs();
    for (const [id, { counters }] of devices)
      for (const [key, record] of counters)
        this.#written.set(nameOf(id, key), { published: record.published, ceiling: record.published });
  }

  override keep(deviceId: string, key: string, record: CounterRecord, urgent = false): void {
    super.keep(deviceId, key, record);
    this.#isChanged = true;
    if (urgent || this.#isNearCeiling(deviceId, key, record)) this.#askWrite();
  }

  override keepIdentity(deviceId: string, identity: string): void {
    super.keepIdentity(deviceId, identity);
    this.#isChanged = true;
  }

  // While nothing can be written, holding sums back would make no later run wiser.
  override ceiling(deviceId?: string, key?: string): number {
    if (this.#isFailing || deviceId === undefined || key === undefined) return Number.POSITIVE_INFINITY;
    return this.#written.get(nameOf(deviceId, key))?.ceiling ?? 0;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, directory, flushMs = DEFAULT_FLUSH_MS } = this.#options;
    await noteOwner(directory);
    await clearOutcomes(directory);
    while (!signal.aborted) {
      await this.takeCorrections();
      if (clock.monotonicMs() - this.#writtenAtMs >= flushMs) await this.flush();
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
    await this.flush(true);
    await removeOwner(directory);
  }

  async takeCorrections(isLast = false): Promise<void> {
    const { directory, clock, onNotice } = this.#options;
    for (const { name, correction } of await takeCorrections(directory)) {
      const outcome = applyCorrection(this, correction);
      this.#isChanged = true;
      await this.flush(isLast);
      const code = outcome.isDone ? 'counter-corrected' : 'counter-correction-refused';
      const told = notice('warn', code, outcome.message, clock.now());
      onNotice(correction === undefined ? told : { ...told, deviceId: correction.device });
      await leaveOutcome(directory, name, outcome);
    }
  }

  flush(isLast = false): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write(isLast));
    return this.#writing;
  }

  #askWrite(): void {
    if (this.#isWriteAsked) return;
    this.#isWriteAsked = true;
    void this.flush();
  }

  async #write(isLast: boolean): Promise<void> {
    this.#isWriteAsked = false;
    if (!this.#isChanged && !isLast) return;
    const written = new Map<string, Written>();
    const text = formatCounters(this.devices, (id, key, record) => {
      const headroom = isLast ? 0 : this.#headroom(id, key, record);
      const ceiling = Math.max(record.published + headroom, record.mayHavePublished ?? 0);
      written.set(nameOf(id, key), { published: record.published, ceiling });
      return ceiling;
    });
    this.#isChanged = false;
    this.#writtenAtMs = this.#options.clock.monotonicMs();
    try {
      await writeFileAtomically(this.#path, text);
      this.#written = written;
      this.#tellFailure(undefined);
    } catch (error) {
      this.#isChanged = true;
      this.#tellFailure(error);
    }
  }

  #headroom(deviceId: string, key: string, record: CounterRecord): number {
    const before = this.#written.get(nameOf(deviceId, key))?.published ?? record.published;
    return Math.max(LEAST_HEADROOM, HEADROOM_FACTOR * (record.published - before));
  }

  #isNearCeiling(deviceId: string, key: string, record: CounterRecord): boolean {
    if (this.#isFailing) return false;
    const known = this.#written.get(nameOf(deviceId, key));
    if (known === undefined) return true;
    return record.published > known.published + WRITE_AT * (known.ceiling - known.published);
  }

  #tellFailure(error: unknown): void {
    const isFailing = error !== undefined;
    if (isFailing === this.#isFailing) return;
    this.#isFailing = isFailing;
    const { clock, onNotice } = this.#options;
    const message = isFailing
      ? `${this.#path} cannot be written (${reasonOf(error)}); counters go on, but a restart begins where it was written last. Make room, or make the folder writable`
      : `${this.#path} is written again`;
    onNotice(
      notice(
        isFailing ? 'error' : 'info',
        isFailing ? 'counters-not-kept' : 'counters-kept',
        message,
        clock.now(),
      ),
    );
  }
}

function nameOf(deviceId: string, key: string): string {
  return `${deviceId} ${key}`;
}

function notice(level: Notice['level'], code: string, message: string, at: number): Notice {
  return { type: 'notice', level, code, message, at };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
