import { realpathSync } from 'node:fs';
import type { Connection, LineSettings } from '../../config/types.ts';
import { createSystemClock } from '../../lib/clock.ts';
import { EXIT, type ExitCode } from '../../lib/exit-codes.ts';
import type { MeterProfile } from '../../meters/profile.ts';
import { listSerialDevices } from '../../transports/serial-devices.ts';
import type { Parity } from '../arguments.ts';
import { connectionOf, hasSetting } from '../connection-argument.ts';
import { CommandError } from '../failure.ts';
import { allProfiles } from '../find-profile.ts';
import { printJson, printLines, printNote } from '../output.ts';
import { createStopSignal } from '../stop-signal.ts';
import { likelySettings } from './line-settings.ts';
import { createProgress } from './progress.ts';
import { type ScanResult, scanBus } from './scan-bus.ts';
import { chooseUnits, formatScanConfig } from './scan-config.ts';
import { scanDocument, scanPage } from './scan-page.ts';

export interface ScanOptions {
  readonly units?: readonly number[];
  readonly baud?: readonly number[];
  readonly parity?: readonly Parity[];
  readonly timeout?: number;
  readonly all?: boolean;
  readonly profiles?: readonly string[];
  readonly json?: boolean;
}

const SERIAL_LATENCY_MS = 100;
/** Behind a network there may be Wi-Fi and a gateway with a line of its own. */
const NETWORK_LATENCY_MS = 300;

/** Searches a line and prints what is there; 69 where nothing answers. */
export async function runScan(text: string, options: ScanOptions): Promise<ExitCode> {
  const connection = connectionOf(text);
  const profiles = [...(await allProfiles(options.profiles)).values()];
  const progress = createProgress(process.stderr);
  const result = await scanBus(
    {
      connection: { ...connection, unitId: undefined },
      settings: settingsOf(text, connection, profiles, options),
      units: unitsOf(connection, options),
      latencyMs: options.timeout ?? (connection.kind === 'serial' ? SERIAL_LATENCY_MS : NETWORK_LATENCY_MS),
      profiles,
      tryAll: options.all === true,
    },
    createSystemClock(),
    createStopSignal(),
    progress,
  );
  tell(result, options.json === true);
  if (result.isInterrupted) return EXIT.interrupted;
  if (result.units.length > 0) return EXIT.ok;
  printNote(nothingWords(connection));
  return EXIT.unavailable;
}

function tell(result: ScanResult, isJson: boolean): void {
  const config = chooseUnits(result.units);
  const yaml = config === undefined ? undefined : formatScanConfig(config, stablePath);
  if (isJson) printJson(scanDocument(result, yaml));
  else if (result.units.length > 0) printLines(scanPage(result, config, yaml));
  else for (const note of result.notes) printNote(note);
}

// A setting that the URL says is not searched for, unless the user also asks for a list.
function settingsOf(
  text: string,
  connection: Connection,
  profiles: readonly MeterProfile[],
  { baud, parity }: ScanOptions,
): readonly LineSettings[] {
  if (connection.kind !== 'serial') {
    if (baud !== undefined || parity !== undefined)
      throw new CommandError(
        EXIT.usage,
        '--baud and --parity are for serial ports; the settings of a line behind a network are set in the device there',
      );
    return [];
  }
  const { line } = connection;
  const settings = likelySettings(
    profiles,
    {
      bauds: baud ?? (hasSetting(text, 'baud') ? [line.baud] : undefined),
      parities: parity ?? (hasSetting(text, 'parity') ? [line.parity] : undefined),
    },
    line.dataBits,
  );
  return settings.map((each) => ({ ...each, stopBits: hasSetting(text, 'stopBits') ? line.stopBits : 1 }));
}

function unitsOf(connection: Connection, { units }: ScanOptions): readonly number[] {
  const isTcp = connection.framing === 'mbap';
  if (units === undefined) {
    if (connection.unitId !== undefined) return [connection.unitId];
    const all = Array.from({ length: 247 }, (_, index) => index + 1);
    // The usual number of a Modbus TCP device without a line behind it.
    return isTcp ? [1, 255, ...all.slice(1)] : all;
  }
  const wrong = isTcp ? undefined : units.find((unit) => unit < 1 || unit > 247);
  if (wrong === undefined) return units;
  throw new CommandError(EXIT.usage, `--units: found ${wrong}; a line has units 1 to 247`);
}

function nothingWords(connection: Connection): string {
  if (connection.kind === 'serial')
    return (
      'No unit answers. Check that the meter has power, swap A and B, and look in its menu whether it is set to ' +
      'Modbus (some leave the factory with another protocol); --timeout 500 waits longer for slow meters.'
    );
  return (
    'No unit answers, though the connection stands. Check the unit number and the serial settings in the device ' +
    'there, and whether it speaks Modbus TCP (tcp://) or passes RTU frames on (rtu+tcp://); --timeout 1000 waits longer.'
  );
}

/** The name of a serial port that stays the same when another adapter is plugged in. */
function stablePath(path: string): string {
  if (path.startsWith('usb:') || path.startsWith('/dev/serial/')) return path;
  try {
    const real = realpathSync(path);
    return listSerialDevices().find((each) => each !== path && realpathSync(each) === real) ?? path;
  } catch {
    return path;
  }
}
