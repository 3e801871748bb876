import { parseConnection } from '../config/connection.ts';
import type { Connection } from '../config/types.ts';
import { EXIT } from '../lib/exit-codes.ts';
import { CommandError } from './failure.ts';

/** The connection that a command was given. Throws a CommandError that says how one is written. */
export function connectionOf(text: string): Connection {
  const parsed = parseConnection(text);
  if (!('problem' in parsed)) return parsed;
  throw new CommandError(EXIT.usage, `connection "${text}": ${parsed.problem}; ${parsed.allowed}`);
}

/** Whether the URL itself says a setting of the line, rather than leaving it to a default. */
export function hasSetting(text: string, key: 'baud' | 'parity' | 'stopBits'): boolean {
  return new RegExp(`[?&]${key}=`).test(text);
}
