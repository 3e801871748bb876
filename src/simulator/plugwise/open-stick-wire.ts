import { createServer, type Server } from 'node:net';
import { SerialPort } from 'serialport';
import type { ByteConnection, LineSettings } from '../../config/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { listeningPort } from '../wires/tcp-wire.ts';
import { type Wire, wireError } from '../wires/wire.ts';
import type { SimulatedStick } from './simulated-stick.ts';

const REOPEN_MS = 500;

/**
 * Lets the stick answer at `tcp://host:port` (port 0: the system chooses one) or on a serial device. Rejects
 * with an Error that says what to do. A serial device that vanishes later is opened again when it is back.
 */
export function openStickWire(
  stick: SimulatedStick,
  connection: ByteConnection,
  surroundings: { readonly clock: Clock; readonly logger: Logger },
): Promise<Wire> {
  return connection.kind === 'tcp'
    ? openTcp(stick, connection.host, connection.port)
    : openSerial(stick, connection.path, connection.line, surroundings);
}

async function openTcp(stick: SimulatedStick, host: string, port: number): Promise<Wire> {
  const open = new Set<() => void>();
  const server = createServer({ noDelay: true }, (socket) => {
    const hangUp = () => void socket.destroy();
    const client = stick.connect({
      write: (bytes) => {
        if (socket.writable) socket.write(bytes);
      },
      hangUp,
    });
    open.add(hangUp);
    socket.on('data', (bytes) => client.receive(bytes));
    // A reset is how many clients leave; `close` follows in any case.
    socket.on('error', () => {});
    socket.on('close', () => {
      open.delete(hangUp);
      client.close();
    });
  });
  return {
    port: await listen(server, host, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const hangUp of open) hangUp();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(wireError(`${host}:${port}`, cause)));
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      server.on('error', () => {}); // a failed accept takes one client, not the listener
      resolve(listeningPort(server));
    });
  });
}

async function openSerial(
  stick: SimulatedStick,
  path: string,
  settings: LineSettings,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Wire> {
  let isClosing = false;
  let cancelReopen: (() => void) | undefined;
  let current: SerialPort;
  const attach = (serialPort: SerialPort) => {
    current = serialPort;
    serialPort.on('error', (error) => logger.debug({ path, error: error.message }, 'simulated stick'));
    serialPort.on('close', () => {
      if (isClosing) return;
      logger.warn({ path }, 'the serial port of the simulated stick is gone; waiting for it');
      reopenLater();
    });
    serve(stick, serialPort);
  };
  const reopened = (serialPort: SerialPort) => {
    if (isClosing) serialPort.close(() => {});
    else attach(serialPort);
  };
  const reopenLater = () => {
    const again = () => void openPort(path, settings).then(reopened, () => isClosing || reopenLater());
    cancelReopen = clock.timer(REOPEN_MS, again);
  };
  attach(await openPort(path, settings));
  return {
    port: undefined,
    close: () =>
      new Promise((resolve) => {
        isClosing = true;
        cancelReopen?.();
        if (!current.isOpen) resolve();
        else current.close(() => resolve());
      }),
  };
}

function serve(stick: SimulatedStick, serialPort: SerialPort): void {
  const client = stick.connect({
    write: (bytes) => {
      if (serialPort.isOpen) serialPort.write(Buffer.from(bytes));
    },
  });
  serialPort.on('data', (bytes: Buffer) => client.receive(bytes));
  serialPort.on('close', () => client.close());
}

function openPort(path: string, { baud, dataBits, parity, stopBits }: LineSettings): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const serialPort = new SerialPort({ path, baudRate: baud, dataBits, parity, stopBits, autoOpen: false });
    serialPort.open((cause) => {
      if (cause === null || cause === undefined) resolve(serialPort);
      else reject(wireError(path, cause));
    });
  });
}
