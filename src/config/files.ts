import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';

/** Text of a file, or one sentence why there is none; `isOpenToAll` where every user of the computer can read it. */
export type FileText =
  | { readonly text: string; readonly isOpenToAll: boolean }
  | { readonly problem: string; readonly code: string };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'no permission to read it',
  EPERM: 'no permission to read it',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'its path is too long',
};

const READABLE_BY_ALL = 0o004;

/** Reads a whole file of UTF-8 text of at most `maxBytes`; never waits for a pipe or a device. */
export async function readTextFile(path: string, maxBytes: number): Promise<FileText> {
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = await file.stat();
    if (facts.isDirectory()) return { problem: REASONS.EISDIR ?? '', code: 'EISDIR' };
    if (!facts.isFile()) return { problem: 'it is not a regular file', code: 'ENOTFILE' };
    if (facts.size > maxBytes)
      return { problem: `it has more than ${maxBytes} bytes (${facts.size})`, code: 'EFBIG' };
    // One byte more than allowed tells whether the file grew since it was looked at.
    const buffer = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    if (bytesRead > maxBytes) return { problem: `it has more than ${maxBytes} bytes`, code: 'EFBIG' };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, bytesRead));
    return { text, isOpenToAll: (facts.mode & READABLE_BY_ALL) !== 0 };
  } catch (error) {
    return failure(error);
  } finally {
    await file?.close();
  }
}

function failure(error: unknown): { problem: string; code: string } {
  if (error instanceof TypeError) return { problem: 'it is not UTF-8 text', code: 'ENCODING' };
  const code = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
  return { problem: Object.hasOwn(REASONS, code) ? (REASONS[code] ?? code) : code, code };
}

/** Why a file or folder cannot be read; undefined if it can. */
export async function whyUnreadable(path: string, kind: 'file' | 'folder'): Promise<string | undefined> {
  try {
    const facts = await stat(path);
    if (kind === 'folder' && !facts.isDirectory()) return 'it is not a folder';
    if (kind === 'file' && facts.isDirectory()) return 'it is a folder';
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    const { problem } = failure(error);
    return kind === 'folder' ? problem.replace('no such file', 'no such folder') : problem;
  }
}
