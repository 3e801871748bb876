import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedConfig, type LoadOptions, loadConfig } from '../../../src/config/load-config.ts';
import { type Issue, IssuesError } from '../../../src/lib/issue.ts';
import { SOURCE_KINDS } from '../../../src/sources/index.ts';
import { isModbusMeter, type ModbusMeterConfig } from '../../../src/sources/modbus-meter/config.ts';

/** A folder that is gone when the test is over. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-config-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Loads a configuration given as text. */
export async function loadText(text: string, options: Partial<LoadOptions> = {}): Promise<LoadedConfig> {
  const file = join(await temporaryFolder(), 'house.yaml');
  await writeFile(file, text, { mode: 0o600 });
  return loadConfig({ file, env: {}, kinds: SOURCE_KINDS, knownMeters: undefined, ...options });
}

/** The mistakes for which a configuration was refused; fails if it was not. */
export async function issuesOf(loading: Promise<LoadedConfig>): Promise<readonly Issue[]> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof IssuesError) return error.issues;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

/** The shortest sound file; `top` is put before it. */
export function houseText(top = ''): string {
  return `${top}
sources:
  - type: modbus-meter
    id: panel
    connection: rtu:/dev/serial/by-id/usb-FTDI_FT232R_A10K-if00-port0?baud=9600&parity=none
    devices:
      - id: mains
        name: Main meter
        meter: eastron-sdm630-v2
        unit: 1
        interval: 5
`;
}

/** The buses of Modbus meters among the sources. */
export function busesOf({ config }: LoadedConfig): readonly ModbusMeterConfig[] {
  return config.sources.filter(isModbusMeter);
}
