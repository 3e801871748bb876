import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readlink, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Two pseudo-terminals joined by socat: what is written to one can be read from the other. */
export interface SerialPair {
  /** Stable names, as `/dev/serial/by-id/...` are for real adapters. */
  readonly a: string;
  readonly b: string;
  /** Both ends vanish, as when an adapter is pulled out. */
  unplug(): Promise<void>;
  /** They are back under the same names. */
  replug(): Promise<void>;
  close(): Promise<void>;
}

const READY_MS = 10_000;

export async function openSerialPair(): Promise<SerialPair> {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-serial-'));
  const [a, b] = [join(folder, 'ttyA'), join(folder, 'ttyB')];
  let socat: ChildProcess | undefined;
  const plug = async () => {
    const end = (path: string) => `pty,raw,echo=0,link=${path}`;
    const child = spawn('socat', [end(a), end(b)], { stdio: ['ignore', 'ignore', 'pipe'] });
    socat = child;
    let complaint = '';
    child.stderr?.on('data', (text: Buffer) => {
      complaint += text.toString();
    });
    child.on('error', (error) => {
      complaint += error.message;
    });
    const deadline = performance.now() + READY_MS;
    while (!((await isDevice(a)) && (await isDevice(b)))) {
      if (child.exitCode !== null || performance.now() > deadline) {
        throw new Error(`socat made no pair of pseudo-terminals: ${complaint}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const unplug = async () => {
    const child = socat;
    socat = undefined;
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await gone;
    }
    // Killed at once, socat leaves its links behind; an adapter that is gone leaves none.
    await Promise.all([a, b].map((path) => rm(path, { force: true })));
  };
  await plug();
  return {
    a,
    b,
    unplug,
    replug: plug,
    async close() {
      await unplug();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function isDevice(path: string): Promise<boolean> {
  try {
    await readlink(path);
    return (await stat(path)).isCharacterDevice();
  } catch {
    return false;
  }
}
