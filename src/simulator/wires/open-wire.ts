import type { Connection } from '../../config/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Line } from '../line.ts';
import { openMbapWire } from './mbap-wire.ts';
import { openSerialWire } from './serial-wire.ts';
import { openTcpWire } from './tcp-wire.ts';
import { openUdpWire } from './udp-wire.ts';
import type { Wire } from './wire.ts';

/** Lets the line answer where the connection says. Rejects with an Error that says what to do. */
export function openWire(
  connection: Connection,
  line: Line,
  surroundings: { readonly clock: Clock; readonly logger: Logger },
): Promise<Wire> {
  switch (connection.kind) {
    case 'serial':
      return openSerialWire(line, connection.path, connection.line, surroundings);
    case 'udp':
      return openUdpWire(line, connection.host, connection.port);
    case 'tcp':
      return connection.framing === 'mbap'
        ? openMbapWire(line, connection.host, connection.port)
        : openTcpWire(line, connection.host, connection.port);
  }
}

/** The connection as people write it. */
export function describeConnection(connection: Connection, port?: number): string {
  if (connection.kind === 'serial') return `${connection.framing}:${connection.path}`;
  const framing = connection.framing === 'mbap' ? '' : `${connection.framing}+`;
  return `${framing}${connection.kind}://${connection.host}:${port ?? connection.port}`;
}
