import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const BUSBAR = fileURLToPath(new URL('../../../dist/busbar.js', import.meta.url));
const PYMODBUS = fileURLToPath(new URL('./pymodbus-meters.py', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The built program, as a user starts it in the folder of the repository. */
export function spawnBusbar(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  const { BUSBAR_CONFIG: _, ...rest } = process.env;
  return spawn(process.execPath, [BUSBAR, ...words], { cwd: ROOT, env: { ...rest, ...env } });
}

/** Runs the program to its end. */
export async function busbar(...words: readonly string[]): Promise<Ended> {
  return ended(spawnBusbar(words));
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)];
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: stdout(), stderr: stderr() };
}

function collect(stream: ChildProcess['stdout']): () => string {
  let text = '';
  stream?.on('data', (bytes: Buffer) => {
    text += bytes.toString();
  });
  return () => text;
}

/** Waits until a process has written a text to stdout or stderr. */
export async function hasWritten(child: ChildProcess, text: string): Promise<void> {
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const look = (bytes: Buffer) => {
      seen += bytes.toString();
      if (seen.includes(text)) resolve();
    };
    child.stdout?.on('data', look);
    child.stderr?.on('data', look);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it wrote "${text}": ${seen}`)));
  });
}

export async function stop(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Units of pymodbus: see pymodbus-meters.py. */
export type PymodbusMeters = Readonly<Record<number, object>>;

/** Starts a server of Debian's pymodbus; resolves when it listens. */
export async function startPymodbus(place: readonly string[], meters: PymodbusMeters): Promise<ChildProcess> {
  const child = spawn('/usr/bin/python3', [PYMODBUS, ...place, JSON.stringify(meters)]);
  await hasWritten(child, 'ready');
  if (place[0] === 'tcp') await isListening(Number(place[1]));
  return child;
}

/** Waits until somebody accepts connections at a port. */
export async function isListening(port: number): Promise<void> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    if (performance.now() > giveUpAt) throw new Error(`nothing listens at ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
