import { formatConnection } from '../../config/connection.ts';
import { createSystemClock } from '../../lib/clock.ts';
import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import { createMeter, type Meter } from '../../sources/modbus-meter/meter.ts';
import { nextSlot } from '../../sources/modbus-meter/meter-state.ts';
import { connectionOf } from '../connection-argument.ts';
import { explainFailure } from '../explain-failure.ts';
import { InterruptedError } from '../failure.ts';
import { findProfile } from '../find-profile.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { createStopSignal } from '../stop-signal.ts';
import { type OpenBus, withBus } from '../with-bus.ts';
import { deviceOf, withMeterDefaults } from './read-device.ts';
import { type MeterAnswer, readMeter } from './read-meter.ts';
import { type ReadPlace, readDocument, readPage } from './read-page.ts';

export interface ReadOptions {
  readonly unit?: number;
  readonly wordOrder?: 'big' | 'little';
  readonly only?: readonly string[];
  readonly timeout?: number;
  readonly profiles?: readonly string[];
  readonly raw?: boolean;
  readonly json?: boolean;
  readonly watch?: number;
}

/** Reads a meter once, or again and again with `watch`; the exit code says whether everything was read. */
export async function runRead(model: string, text: string, options: ReadOptions): Promise<ExitCode> {
  const profile = await findProfile(model, options.profiles);
  const given = withMeterDefaults(text, connectionOf(text), profile);
  const unitId = options.unit ?? given.unitId ?? profile.serial?.unitId ?? 1;
  const connection = { ...given, unitId: undefined };
  const place: ReadPlace = { profile, connection: formatConnection(connection), unitId };
  const device = deviceOf(profile, {
    unitId,
    wordOrder: options.wordOrder,
    only: options.only,
    latencyMs: options.timeout,
  });
  const signal = createStopSignal();
  return withBus(connection, createSystemClock(), signal, async (open) => {
    const newMeter = () => createMeter(device, profile, open.link.framing, open.link.timing);
    if (options.watch === undefined) return readAndTell(open, newMeter(), place, options);
    return watch(open, newMeter(), place, options, options.watch * 1000);
  }).catch((error: unknown) => {
    // Ctrl-C is how watching ends.
    if (error instanceof InterruptedError && options.watch !== undefined) return EXIT.ok;
    throw error;
  });
}

async function readAndTell(
  open: OpenBus,
  meter: Meter,
  place: ReadPlace,
  options: ReadOptions,
): Promise<ExitCode> {
  const answer = await readMeter(open, meter);
  if (open.signal.aborted) throw new InterruptedError();
  if (options.json === true) printJson(readDocument(place, answer), options.watch === undefined ? 2 : 0);
  else if (answer.rows.some((row) => row.state === 'value' || row.state === 'absent'))
    printLines(readPage(place, answer, options.raw === true));
  const exitCode = exitCodeOf(answer);
  for (const line of failureLines(place, answer)) printNote(line);
  return exitCode;
}

const CLEAR_SCREEN = '\x1b[H\x1b[2J';

async function watch(
  open: OpenBus,
  meter: Meter,
  place: ReadPlace,
  options: ReadOptions,
  intervalMs: number,
): Promise<ExitCode> {
  while (!open.signal.aborted) {
    if (process.stdout.isTTY && options.json !== true) process.stdout.write(CLEAR_SCREEN);
    await readAndTell(open, meter, place, options);
    const now = open.clock.now();
    await open.clock.sleep(nextSlot(now, intervalMs) - now, open.signal);
  }
  return EXIT.ok;
}

/** What a script is told: everything read, refused in part, or what kept it from being read. */
export function exitCodeOf({ rows, failure }: MeterAnswer): ExitCode {
  if (failure !== undefined) return explainFailure(failure).exitCode;
  if (rows.some((row) => row.state === 'failed')) return EXIT.unavailable;
  // A row that only some models have may be refused without anything being wrong.
  const isAnswered = rows.some((row) => row.state === 'value' || row.state === 'absent');
  const isMissed = rows.some((row) => row.state === 'refused' && !row.row.register.optional);
  return isMissed || !isAnswered ? EXIT.data : EXIT.ok;
}

/** The failures of a reading in sentences. */
export function failureLines(
  { connection, unitId }: ReadPlace,
  { rows, failure, refusal }: MeterAnswer,
): string[] {
  const lines: string[] = [];
  if (failure !== undefined) {
    const { what, advice } = explainFailure(failure);
    const isAll = rows.every((row) => row.state !== 'value' && row.state !== 'absent');
    const extent = isAll ? 'nothing could be read' : 'not everything could be read';
    lines.push(`Unit ${unitId} on ${connection}: ${extent}. ${capital(what)}; ${advice}.`);
  }
  const refused = rows.filter((row) => row.state === 'refused').map((row) => row.row.plan.key);
  if (refusal !== undefined && refused.length > 0) {
    const { advice } = explainFailure(refusal);
    const isAll = refused.length === rows.length;
    const tail = isAll ? advice : 'the gateway will leave them out';
    lines.push(`Refused: ${refused.join(', ')} (${refusal.message}); ${tail}.`);
  }
  return lines;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
