import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { parseConnection } from './connection.ts';
import type { ConnectionProblem } from './connection-query.ts';
import type { ByteConnection } from './types.ts';

/** The forms of a connection that carries plain bytes, for messages and tables. */
const BYTE_CONNECTION_FORMS =
  'serial:/dev/serial/by-id/..., serial:/dev/ttyUSB0?baud=57600&parity=none, serial:usb:0403:6001, tcp://host:4001';

/**
 * The rule for a serial port or a serial server. `serial:PATH` takes `baud`, `parity`, `stopBits`, `dataBits`
 * behind "?"; the baud rate of this protocol counts where none is given.
 */
export function byteConnection(defaultBaud: number): z.ZodType<ByteConnection, string> {
  return allowing(
    BYTE_CONNECTION_FORMS,
    z.string().transform((text, context): ByteConnection => {
      const parsed = parseByteConnection(text, defaultBaud);
      if (!('problem' in parsed)) return parsed;
      context.addIssue({ code: 'custom', message: parsed.problem, params: { ...parsed } });
      return z.NEVER;
    }),
  );
}

/** Reads a connection for plain bytes, or says what is wrong with it; never throws. */
function parseByteConnection(text: string, defaultBaud: number): ByteConnection | ConnectionProblem {
  const isSerial = text.startsWith('serial:');
  // Ports, hosts and settings are written, and checked, as those of a Modbus line.
  const parsed = isSerial
    ? parseConnection(withBaud(text.replace(/^serial:/, 'rtu:'), defaultBaud))
    : parseConnection(text.replace(/^tcp:/, 'rtu+tcp:'));
  if (!isSerial && !text.startsWith('tcp://'))
    return {
      problem: 'it does not begin with serial: or tcp://',
      allowed: `${text.startsWith('/') ? `did you mean "serial:${text}"? ` : ''}allowed: ${BYTE_CONNECTION_FORMS}`,
    };
  if ('problem' in parsed) return inOwnWords(parsed);
  if (parsed.unitId !== undefined)
    return { problem: 'a unit has no meaning here', allowed: `allowed: ${BYTE_CONNECTION_FORMS}` };
  return parsed.kind === 'serial'
    ? { kind: 'serial', path: parsed.path, line: parsed.line }
    : { kind: 'tcp', host: parsed.host, port: parsed.port };
}

function withBaud(text: string, baud: number): string {
  if (/[?&]baud=/.test(text)) return text;
  return `${text}${text.includes('?') ? '&' : '?'}baud=${baud}`;
}

function inOwnWords({ problem, allowed }: ConnectionProblem): ConnectionProblem {
  const translate = (words: string) => words.replaceAll('rtu+tcp:', 'tcp:').replaceAll('rtu:', 'serial:');
  return { problem: translate(problem), allowed: translate(allowed) };
}
