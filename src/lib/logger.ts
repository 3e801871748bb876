import type { Logger as PinoLogger } from 'pino';

/** What the parts of the program may do with the log; pino itself is made in one place. */
export type Logger = Pick<PinoLogger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;

const nothing = () => {};

/** Writes nothing: for tests and for tools whose output is their table. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
} as unknown as Logger; // pino's methods are overloaded; a function that ignores its arguments fits them all
