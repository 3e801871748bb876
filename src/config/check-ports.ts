import type { Issue, PathStep } from '../lib/issue.ts';
import type { Draft } from './draft.ts';
import { isLoopback } from './host-name.ts';
import type { OptionValues } from './options.ts';
import type { IssueAt } from './places.ts';
import type { ByteConnection, Connection } from './types.ts';

/** One end of a wire that only one part of the program can hold. */
interface Claim {
  readonly path: readonly PathStep[];
  readonly what: string;
  /** `serial`, `tcp` or `udp`. */
  readonly kind: Connection['kind'];
  /** Path of a serial port, or host. */
  readonly place: string;
  readonly port: number | undefined;
}

/**
 * Ports that two parts of the program would want at the same time. `realPathOf` says which device is meant by
 * the path of a serial port: links such as /dev/serial/by-id/... lead to the same one as /dev/ttyUSB0.
 */
export function checkPorts(
  draft: Draft,
  values: OptionValues,
  isBrokerOn: boolean,
  realPathOf: (path: string) => string,
  at: IssueAt,
): Issue[] {
  const claimOf = (
    path: readonly PathStep[],
    what: string,
    connection: Connection | ByteConnection,
  ): Claim =>
    connection.kind === 'serial'
      ? { path, what, kind: 'serial', place: realPathOf(connection.path), port: undefined }
      : { path, what, kind: connection.kind, place: connection.host, port: connection.port };
  const sources = draft.sources.flatMap((source) => {
    const { connection, id } = source.fields;
    const what = `source ${id === undefined ? '' : `"${id}" `}`.trim();
    return connection === undefined ? [] : [claimOf([...source.path, 'connection'], what, connection)];
  });
  const simulatedBy = (entries: typeof draft.buses | typeof draft.sticks, what: string) =>
    entries.flatMap(({ path, fields: { connection } }) =>
      connection === undefined ? [] : [claimOf([...path, 'connection'], what, connection)],
    );
  const simulated = [
    ...simulatedBy(draft.buses, 'a simulated bus'),
    ...simulatedBy(draft.sticks, 'a simulated stick'),
  ];
  const broker = isBrokerOn ? brokerClaims(values) : [];
  // A source connects to what a simulated bus listens on: that is one port used rightly. Serial lines have two
  // ends with two names, and nobody can be connected to a serial port that is open here already.
  const simulatedSerial = simulated.filter((claim) => claim.kind === 'serial');
  return [
    ...clashes([...broker, ...simulated], at),
    ...clashes([...simulatedSerial, ...sources], at, simulatedSerial.length),
    ...clashes([...broker, ...sources.filter(({ place }) => isLoopback(place))], at, broker.length),
  ].filter(isFirstAtItsPlace);
}

function isFirstAtItsPlace(issue: Issue, index: number, all: readonly Issue[]): boolean {
  return all.findIndex((other) => other.path === issue.path && other.file === issue.file) === index;
}

function brokerClaims({ broker }: OptionValues): Claim[] {
  const claim = (key: 'port' | 'websocketPort', what: string): Claim[] =>
    broker[key] === undefined
      ? []
      : [{ path: ['broker', key], what, kind: 'tcp', place: broker.host, port: broker[key] }];
  return [...claim('port', 'the broker'), ...claim('websocketPort', "the broker's WebSocket")];
}

// The first `skip` claims were compared with each other before.
function clashes(claims: readonly Claim[], at: IssueAt, skip = 0): Issue[] {
  return claims.flatMap((claim, index) => {
    if (index < skip) return [];
    const other = claims.slice(0, index).find((candidate) => isSame(candidate, claim));
    if (other === undefined) return [];
    const line = at.lineOf(other.path);
    const where = line === undefined ? '' : ` (line ${line})`;
    return [
      at(claim.path, `${nameOf(claim)} is in use by ${other.what}${where} already`, adviceFor(claim, other)),
    ];
  });
}

function nameOf({ kind, place, port }: Claim): string {
  if (kind === 'serial') return `the serial port ${place}`;
  return `${kind.toUpperCase()} port ${port} of ${place}`;
}

function adviceFor(claim: Claim, other: Claim): string {
  const areSources = claim.what.startsWith('source') && other.what.startsWith('source');
  return areSources ? 'allowed: one source a bus; put all its devices there' : 'allowed: each port once';
}

function isSame(a: Claim, b: Claim): boolean {
  if (a.kind !== b.kind || a.port !== b.port) return false;
  if (a.kind === 'serial' || a.place === b.place) return a.place === b.place;
  const isEverywhere = (host: string) => host === '0.0.0.0' || host === '::';
  return isEverywhere(a.place) || isEverywhere(b.place) || (isAlias(a.place) && isAlias(b.place));
}

// The names of this computer that people use for one another; 127.0.0.2 is another address.
function isAlias(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(host.toLowerCase());
}
