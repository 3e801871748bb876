import { open as openDescriptor } from 'node:fs';
import { constants, type FileHandle, open as openFile, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';

/** How one reading of an input ended. */
export type InputEnd = 'writer-gone' | 'file-ended' | 'aborted';

/** What the reader of an input needs to know of it. */
export interface InputReading {
  readonly blockMs: number;
  readonly clock: Clock;
  onBytes(bytes: Buffer): void;
  /** Undefined until the begin of the stream was seen. */
  bytesPerBlock(): number | undefined;
}

/** Reads from where the samples come until it ends; rejects where there is nothing to read from. */
export async function readInput(
  input: string,
  reading: InputReading,
  signal: AbortSignal,
): Promise<InputEnd> {
  const { onBytes } = reading;
  if (input === '-') return readStream(process.stdin, onBytes, signal);
  const found = await stat(input);
  if (found.isFIFO() || found.isCharacterDevice()) return readFifo(input, onBytes, signal);
  const file = await openFile(input, 'r');
  try {
    return await replayFile(file, reading, signal);
  } finally {
    await file.close();
  }
}

// Without O_NONBLOCK opening would wait for a writer in a thread that nothing can call back.
async function readFifo(
  path: string,
  onBytes: (bytes: Buffer) => void,
  signal: AbortSignal,
): Promise<InputEnd> {
  const descriptor = await new Promise<number>((resolve, reject) => {
    openDescriptor(path, constants.O_RDONLY | constants.O_NONBLOCK, (error, fd) =>
      error === null ? resolve(fd) : reject(error),
    );
  });
  return readStream(new Socket({ fd: descriptor, readable: true, writable: false }), onBytes, signal);
}

function readStream(
  stream: Readable,
  onBytes: (bytes: Buffer) => void,
  signal: AbortSignal,
): Promise<InputEnd> {
  return new Promise((resolve, reject) => {
    const settle = (then: () => void) => {
      signal.removeEventListener('abort', onAbort);
      stream.removeAllListeners('data');
      stream.destroy();
      then();
    };
    const onAbort = () => settle(() => resolve('aborted'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    stream.on('data', onBytes);
    stream.once('end', () => settle(() => resolve('writer-gone')));
    stream.once('error', (error) => settle(() => reject(error)));
  });
}

const HEADER_BYTES = 65_536;

/** A recording is given out at the pace at which it was made. */
async function replayFile(
  file: FileHandle,
  { blockMs, clock, onBytes, bytesPerBlock }: InputReading,
  signal: AbortSignal,
): Promise<InputEnd> {
  const begunMs = clock.monotonicMs();
  let blocks = 0;
  while (!signal.aborted) {
    // Before its header was read nobody knows how long a block is.
    const wanted = bytesPerBlock();
    const buffer = Buffer.alloc(wanted ?? HEADER_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return 'file-ended';
    if (wanted !== undefined) {
      const dueMs = begunMs + ++blocks * blockMs;
      await clock.sleep(dueMs - clock.monotonicMs(), signal);
    }
    if (!signal.aborted) onBytes(buffer.subarray(0, bytesRead));
  }
  return 'aborted';
}
