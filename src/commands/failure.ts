import { EXIT, type ExitCode } from '../lib/exit-codes.ts';
import { IssuesError } from '../lib/issue.ts';
import { TransportError } from '../transports/byte-stream.ts';

/** An expected failure: one or two sentences that say what to do, and the exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Ctrl-C before the work was done. */
export class InterruptedError extends CommandError {
  constructor() {
    super(EXIT.interrupted, 'interrupted');
  }
}

/** Message and exit code of what a command threw; undefined for what is a mistake of this program. */
export function describeFailure(error: unknown): { message: string; exitCode: ExitCode } | undefined {
  if (error instanceof CommandError) return { message: error.message, exitCode: error.exitCode };
  if (error instanceof IssuesError) {
    const count = error.issues.length;
    const total = count === 1 ? '1 mistake' : `${count} mistakes`;
    return { message: `${error.message}\n${total}`, exitCode: EXIT.configuration };
  }
  if (error instanceof TransportError) return { message: error.message, exitCode: transportExitCode(error) };
  return undefined;
}

/** The exit code for a connection that could not be opened or was lost. */
export function transportExitCode({ code }: TransportError): ExitCode {
  switch (code) {
    case 'no-permission':
      return EXIT.noPermission;
    case 'lost':
    case 'failed':
    case 'closed':
      return EXIT.io;
    default:
      return EXIT.unavailable;
  }
}
