import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';
import type { LogLevel } from '../config/types.ts';

/**
 * The program's log: pino JSON lines on stderr, readable lines where stderr is a terminal. `pino-pretty`
 * stays outside the bundle and is loaded only there.
 */
export async function createLogger(
  level: LogLevel,
  isTerminal = process.stderr.isTTY === true,
): Promise<PinoLogger> {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, isTerminal ? await prettyStream() : pino.destination({ dest: 2, sync: true }));
}

async function prettyStream(): Promise<DestinationStream> {
  try {
    const { default: pretty } = await import('pino-pretty');
    return pretty({ destination: 2, sync: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
  } catch {
    return pino.destination({ dest: 2, sync: true });
  }
}
