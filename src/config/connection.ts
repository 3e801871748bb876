import { isIPv6 } from 'node:net';
import { nearestWord } from '../lib/issue.ts';
import { type ConnectionProblem, type LineQuery, parseLineQuery } from './connection-query.ts';
import { isHostName } from './host-name.ts';
import type { Connection, LineSettings } from './types.ts';

/** The forms of a connection, for messages and for the help of commands. */
export const CONNECTION_FORMS =
  'rtu:/dev/ttyUSB0?baud=9600, rtu:usb:0403:6001, ascii:/dev/ttyUSB0, tcp://host:502, rtu+tcp://host:4001, ' +
  'ascii+tcp://host:4001, rtu+udp://host:4001';

const RTU_LINE: LineSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };
// The serial line specification 1.02, 2.5.2: ASCII has seven data bits, and even parity unless set otherwise.
const ASCII_LINE: LineSettings = { baud: 9600, dataBits: 7, parity: 'even', stopBits: 1 };

const NETWORK_SCHEMES = {
  tcp: { kind: 'tcp', framing: 'mbap', defaultPort: 502 },
  'rtu+tcp': { kind: 'tcp', framing: 'rtu', defaultPort: undefined },
  'ascii+tcp': { kind: 'tcp', framing: 'ascii', defaultPort: undefined },
  'rtu+udp': { kind: 'udp', framing: 'rtu', defaultPort: undefined },
} as const;
type NetworkScheme = keyof typeof NETWORK_SCHEMES;
type Framing = 'rtu' | 'ascii' | 'mbap';

const SCHEMES = ['rtu', 'ascii', ...Object.keys(NETWORK_SCHEMES)];

/** Reads a connection URL, or says what is wrong with it; never throws. */
export function parseConnection(text: string): Connection | ConnectionProblem {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  if (/[\s\u0000-\u001f\u007f]/.test(text))
    return refuse('a connection has no spaces', `allowed: ${CONNECTION_FORMS}`);
  const match = /^([a-z+]+):(.*)$/i.exec(text);
  if (match === null) return schemeMissing(text);
  const [, scheme = '', rest = ''] = match;
  const end = rest.indexOf('?');
  const target = end < 0 ? rest : rest.slice(0, end);
  const framing = framingOf(scheme);
  if (framing === undefined) return schemeUnknown(scheme, text);
  const query = parseLineQuery(end < 0 ? '' : rest.slice(end + 1), framing);
  if ('problem' in query) return query;
  if (scheme === 'rtu' || scheme === 'ascii') return serialConnection(scheme, target, query);
  return networkConnection(scheme as NetworkScheme, target, query);
}

function refuse(problem: string, allowed: string): ConnectionProblem {
  return { problem, allowed };
}

function framingOf(scheme: string): Framing | undefined {
  if (scheme === 'rtu' || scheme === 'ascii') return scheme;
  return Object.hasOwn(NETWORK_SCHEMES, scheme)
    ? NETWORK_SCHEMES[scheme as NetworkScheme].framing
    : undefined;
}

function schemeMissing(text: string): ConnectionProblem {
  return refuse(
    'it does not begin with the kind of connection',
    `${meantByBareAddress(text) ?? ''}allowed: ${CONNECTION_FORMS}`,
  );
}

function meantByBareAddress(text: string): string | undefined {
  if (text.startsWith('/')) return `did you mean "rtu:${text}"? `;
  const [, host = ''] = /^([^:/]+)(?::\d+)?$/.exec(text) ?? [];
  return isHostName(host) ? `did you mean "tcp://${text}"? ` : undefined;
}

function schemeUnknown(scheme: string, text: string): ConnectionProblem {
  if (/^[^:/]+:\d+$/.test(text)) return schemeMissing(text);
  const near = scheme.toLowerCase() === 'serial' ? 'rtu' : nearestWord(scheme, SCHEMES);
  const meant = near === undefined ? '' : `did you mean "${near}"? `;
  return refuse(`unknown kind of connection "${scheme}"`, `${meant}allowed: ${CONNECTION_FORMS}`);
}

function serialConnection(
  framing: 'rtu' | 'ascii',
  target: string,
  query: LineQuery,
): Connection | ConnectionProblem {
  const usb = /^usb:([0-9a-f]{4}):([0-9a-f]{4})(:[^:/]+)?$/i.exec(target);
  const path =
    usb === null
      ? target
      : `usb:${usb[1]?.toLowerCase()}:${usb[2]?.toLowerCase()}${usb[3] === undefined ? '' : usb[3]}`;
  if (target.startsWith('usb:') && usb === null)
    return refuse(
      'a USB adapter is named by four hexadecimal digits each of vendor and product',
      `allowed: ${framing}:usb:0403:6001, or with its serial number ${framing}:usb:0403:6001:A10K`,
    );
  if (target.startsWith('//') || (usb === null && !/^\/./.test(target))) {
    const inside = target.replace(/^\/+/, '');
    const meant = inside.startsWith('dev/') ? `did you mean "${framing}:/${inside}"? ` : '';
    return refuse(
      'a serial port is named by its whole path',
      `${meant}allowed: ${framing}:/dev/serial/by-id/..., ${framing}:/dev/ttyUSB0, ${framing}:usb:0403:6001`,
    );
  }
  const line = { ...(framing === 'ascii' ? ASCII_LINE : RTU_LINE), ...query.line };
  return { kind: 'serial', framing, path, line, unitId: query.unitId };
}

function networkConnection(
  scheme: NetworkScheme,
  target: string,
  query: LineQuery,
): Connection | ConnectionProblem {
  const { kind, framing, defaultPort } = NETWORK_SCHEMES[scheme];
  const example = `${scheme}://192.168.1.20:${defaultPort ?? 4001}`;
  if (isIPv6(target.slice(2)))
    return refuse('an IPv6 address stands in brackets', `allowed: ${scheme}://[${target.slice(2)}]:502`);
  const match = /^\/\/(?:\[([^\]]*)\]|([^:/]*))(?::([^/]*))?\/?$/.exec(target);
  if (match === null) return addressProblem(target, scheme, example);
  const [, bracketed, plain = '', portText] = match;
  const host = bracketed ?? plain;
  if (bracketed === undefined ? !isHostName(host) : !isIPv6(host))
    return refuse('the host is not a name or an address', `allowed: ${example}, ${scheme}://[fd00::20]:4001`);
  if (portText === undefined && defaultPort === undefined)
    return refuse('the port is missing', `allowed: ${scheme}://${target.replaceAll('/', '')}:4001`);
  const port = portText === undefined ? (defaultPort ?? 0) : Number(portText);
  if ((portText !== undefined && !/^\d{1,5}$/.test(portText)) || port < 1 || port > 65_535)
    return refuse('the port is not a number from 1 to 65535', `allowed: ${example}`);
  const base = framing === 'ascii' ? ASCII_LINE : RTU_LINE;
  const line = query.line === undefined ? undefined : { ...base, ...query.line };
  return kind === 'udp'
    ? { kind, framing, host, port, line, unitId: query.unitId }
    : { kind, framing, host, port, line, unitId: query.unitId };
}

function addressProblem(target: string, scheme: string, example: string): ConnectionProblem {
  if (!target.startsWith('//')) {
    const meant = /^[^/]/.test(target) ? `did you mean "${scheme}://${target}"? ` : '';
    return refuse('"//" is missing before the host', `${meant}allowed: ${example}`);
  }
  return refuse('a host and a port are expected, nothing else', `allowed: ${example}`);
}

/** Writes a connection as the URL that `parseConnection` reads back to the same value. */
export function formatConnection(connection: Connection): string {
  const defaults = connection.framing === 'ascii' ? ASCII_LINE : RTU_LINE;
  const { line, unitId } = connection;
  const query = line === undefined ? [] : [`baud=${line.baud}`, `parity=${line.parity}`];
  if (line !== undefined && line.dataBits !== defaults.dataBits) query.push(`dataBits=${line.dataBits}`);
  if (line !== undefined && line.stopBits !== defaults.stopBits) query.push(`stopBits=${line.stopBits}`);
  if (unitId !== undefined) query.push(`unit=${unitId}`);
  const suffix = query.length === 0 ? '' : `?${query.join('&')}`;
  if (connection.kind === 'serial') return `${connection.framing}:${connection.path}${suffix}`;
  const host = isIPv6(connection.host) ? `[${connection.host}]` : connection.host;
  const scheme = connection.framing === 'mbap' ? 'tcp' : `${connection.framing}+${connection.kind}`;
  return `${scheme}://${host}:${connection.port}${suffix}`;
}
