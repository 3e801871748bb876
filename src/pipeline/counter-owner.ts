import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../lib/write-file-atomically.ts';

/** Says which process has the counters open, so that a command does not write beside a gateway that is busy. */
const FILE_NAME = 'counters.owner';

/** Notes this process as the owner. Never rejects: without the note a command waits for an answer all the same. */
export async function noteOwner(directory: string): Promise<void> {
  await writeFileAtomically(join(directory, FILE_NAME), `${await ownMark()}\n`).catch(() => undefined);
}

export async function removeOwner(directory: string): Promise<void> {
  await rm(join(directory, FILE_NAME), { force: true }).catch(() => undefined);
}

/**
 * Whether somebody has the counters open: `none` after an orderly end; `unclear` after a kill, or where the owner
 * runs in a container and its process cannot be seen.
 */
export type CounterOwner =
  | { readonly kind: 'none' | 'unclear' }
  | { readonly kind: 'alive'; readonly pid: number };

export async function findOwner(directory: string): Promise<CounterOwner> {
  const text = await readFile(join(directory, FILE_NAME), 'utf8').catch(() => undefined);
  if (text === undefined) return { kind: 'none' };
  const [pid = '', boot = ''] = text.trim().split(' ');
  const isSeen = /^\d{1,10}$/.test(pid) && boot === (await bootMark()) && isAlive(Number(pid));
  return isSeen ? { kind: 'alive', pid: Number(pid) } : { kind: 'unclear' };
}

async function ownMark(): Promise<string> {
  return `${process.pid} ${await bootMark()}`;
}

// A process number means something only until the computer starts again.
async function bootMark(): Promise<string> {
  const text = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => 'unknown');
  return text.trim();
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It lives and belongs to another user.
    return (error as { code?: unknown }).code === 'EPERM';
  }
}
