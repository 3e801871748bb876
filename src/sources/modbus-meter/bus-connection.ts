import type { Connection } from '../../config/types.ts';
import { asciiFraming } from '../../protocols/modbus/ascii.ts';
import type { Framing } from '../../protocols/modbus/framing.ts';
import { type LineTiming, networkTiming, serialTiming } from '../../protocols/modbus/line-timing.ts';
import { mbapFraming } from '../../protocols/modbus/mbap.ts';
import { rtuFraming } from '../../protocols/modbus/rtu.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import { createSerialOpener } from '../../transports/serial.ts';
import { createTcpOpener } from '../../transports/tcp.ts';
import { createUdpOpener } from '../../transports/udp.ts';

/** How a connection is opened, framed and timed. */
export interface BusConnection {
  readonly opener: StreamOpener;
  readonly framing: Framing;
  readonly timing: LineTiming;
}

/** A USB adapter hands bytes over every 16 ms when nobody told it otherwise. */
const SERIAL_ADAPTER_MS = 20;
/** A serial server on the house's network, with Wi-Fi in between. */
const NETWORK_MS = 60;

export function connectBus(connection: Connection): BusConnection {
  const framing = { rtu: rtuFraming, ascii: asciiFraming, mbap: mbapFraming }[connection.framing];
  switch (connection.kind) {
    case 'serial':
      return {
        opener: createSerialOpener({ path: connection.path, ...connection.line }),
        framing,
        timing: serialTiming(connection.line, SERIAL_ADAPTER_MS),
      };
    case 'tcp':
      return { opener: createTcpOpener(connection), framing, timing: remoteTiming(connection) };
    case 'udp':
      return {
        opener: createUdpOpener(connection),
        framing,
        timing: { ...remoteTiming(connection), keepsOrder: false },
      };
  }
}

// Behind a serial server the line's speed counts as well, where the user told it; behind a Modbus TCP
// gateway the protocol's own transaction number makes silence needless.
function remoteTiming(connection: Extract<Connection, { kind: 'tcp' | 'udp' }>): LineTiming {
  if (connection.line === undefined) return networkTiming(NETWORK_MS);
  const timing = serialTiming(connection.line, NETWORK_MS);
  return connection.framing === 'mbap' ? { ...timing, silentIntervalMs: 0 } : timing;
}
