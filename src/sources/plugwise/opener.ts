import type { ByteConnection } from '../../config/types.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import { createSerialOpener } from '../../transports/serial.ts';
import { createTcpOpener } from '../../transports/tcp.ts';

/** How the stick is reached; opens nothing yet. */
export function openerOf(connection: ByteConnection): StreamOpener {
  return connection.kind === 'serial'
    ? createSerialOpener({ path: connection.path, ...connection.line })
    : createTcpOpener(connection);
}
