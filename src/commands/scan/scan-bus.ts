import type { Connection, LineSettings } from '../../config/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import type { RegisterTable } from '../../protocols/modbus/pdu.ts';
import { InterruptedError } from '../failure.ts';
import { type OpenBus, withBus } from '../with-bus.ts';
import { findUnits } from './find-units.ts';
import { identifyUnit, type UnitIdentity } from './identify-unit.ts';
import { likelyUnits, settingsText } from './line-settings.ts';
import type { ScanProgress } from './progress.ts';

/** A unit that answered, and what it probably is. */
export interface FoundUnit {
  readonly unitId: number;
  /** Where it answered, with the settings that were right. */
  readonly connection: Connection;
  readonly identity: UnitIdentity;
}

export interface ScanTask {
  readonly connection: Connection;
  /** Settings of the line to try, the best first; empty where there is nothing to choose. */
  readonly settings: readonly LineSettings[];
  readonly units: readonly number[];
  readonly latencyMs: number;
  readonly profiles: readonly MeterProfile[];
  /** Goes on with the other settings although units were found. */
  readonly tryAll: boolean;
}

export interface ScanResult {
  readonly units: readonly FoundUnit[];
  /** What the user should know about the search. */
  readonly notes: readonly string[];
  readonly isInterrupted: boolean;
}

interface Gathered {
  readonly units: FoundUnit[];
  readonly notes: string[];
  echoes: number;
}

const BOTH_TABLES: readonly RegisterTable[] = ['input', 'holding'];

/** Searches a line. Rejects with the TransportError of a port that cannot be opened. */
export async function scanBus(
  task: ScanTask,
  clock: Clock,
  signal: AbortSignal,
  progress: ScanProgress,
): Promise<ScanResult> {
  const got: Gathered = { units: [], notes: [], echoes: 0 };
  let isInterrupted = false;
  try {
    await searchAll(task, clock, signal, progress, got);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    isInterrupted = true;
  }
  progress.end();
  if (got.units.length === 0 && got.echoes > 0)
    got.notes.push(
      'Nothing but the echo of the own requests came back: the adapter hears itself. Check its direction switch and ' +
        'echo setting, and whether a meter is connected at all.',
    );
  const units = [...got.units].sort((a, b) => a.unitId - b.unitId);
  return { units, notes: [...new Set(got.notes)], isInterrupted };
}

async function searchAll(
  task: ScanTask,
  clock: Clock,
  signal: AbortSignal,
  progress: ScanProgress,
  got: Gathered,
): Promise<void> {
  const places = placesOf(task);
  const likely = likelyUnits(task.units, task.profiles);
  const others = task.units.filter((unitId) => !likely.includes(unitId));
  const search = (place: Connection, units: readonly number[], tables: readonly RegisterTable[]) =>
    withBus(place, clock, signal, (open) =>
      searchUnits(open, place, { ...task, units }, tables, progress, got),
    );
  for (const [index, place] of places.entries()) {
    const before = got.units.length;
    const isDone = await search(place, likely, BOTH_TABLES);
    const isHere = got.units.length > before;
    // One line has one speed: where one unit answers the others are looked for as well.
    if (!isDone && (isHere || places.length === 1)) await search(place, others, BOTH_TABLES);
    if (isHere && !task.tryAll) {
      noteUntried(places.slice(index + 1), got);
      return;
    }
  }
  if (places.length === 1 || got.units.length > 0) return;
  for (const [index, place] of places.entries()) {
    await search(place, others, ['input']);
    if (got.units.length === 0) continue;
    noteUntried(places.slice(index + 1), got);
    return;
  }
}

function placesOf({ connection, settings }: ScanTask): readonly Connection[] {
  if (connection.kind !== 'serial' || settings.length === 0) return [connection];
  return settings.map((line) => ({ ...connection, line }));
}

function noteUntried(rest: readonly Connection[], got: Gathered): void {
  const settings = rest.flatMap(({ line }) => (line === undefined ? [] : [settingsText(line)]));
  if (settings.length > 0)
    got.notes.push(
      `Other settings were not tried, because a line has one speed: ${settings.join(', ')} (--all tries them).`,
    );
}

/** True when nothing more is to be found here. */
async function searchUnits(
  open: OpenBus,
  place: Connection,
  task: ScanTask,
  tables: readonly RegisterTable[],
  progress: ScanProgress,
  got: Gathered,
): Promise<boolean> {
  if (task.units.length === 0) return false;
  const line = place.line === undefined ? '' : `${settingsText(place.line)}, `;
  progress.begin(`${line}${unitWords(task.units)}`);
  const { units, echoes, answersToAll } = await findUnits(open, {
    units: task.units,
    latencyMs: task.latencyMs,
    tables,
    onProgress: (unitId, found) => progress.at(`unit ${unitId}${found === 0 ? '' : `, ${found} found`}`),
    onFound: (unitId) => progress.say(`${line}unit ${unitId} answers`),
  });
  got.echoes += echoes;
  if (answersToAll)
    got.notes.push('The device answers to every unit number, so it is listed once; any number will do.');
  for (const unitId of units) {
    progress.at(`what is unit ${unitId}?`);
    const identity = await identifyUnit(open, unitId, task.profiles);
    if (open.signal.aborted) throw new InterruptedError();
    got.units.push({ unitId, connection: place, identity });
  }
  return answersToAll;
}

function unitWords(units: readonly number[]): string {
  const [first = 0] = units;
  if (units.length === 1) return `unit ${first}`;
  return `${units.length} units from ${Math.min(...units)} to ${Math.max(...units)}`;
}
