import { SerialPort } from 'serialport';
import type { LineSettings } from '../../config/types.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Line } from '../line.ts';
import { type Wire, wireError } from './wire.ts';

const REOPEN_MS = 500;

/**
 * RTU or ASCII on a serial device. The first opening must succeed; a device that vanishes later (an
 * unplugged adapter, a closed pseudo-terminal) is opened again when it is back.
 */
export async function openSerialWire(
  line: Line,
  path: string,
  settings: LineSettings,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Promise<Wire> {
  if (path.startsWith('usb:')) {
    throw new Error(`the simulator cannot open ${path}: name the device itself, such as /dev/ttyUSB0`);
  }
  let isClosing = false;
  let cancelReopen: (() => void) | undefined;
  let current: SerialPort;

  const attach = (serialPort: SerialPort) => {
    current = serialPort;
    serialPort.on('error', (error) => logger.debug({ path, error: error.message }, 'simulated serial line'));
    serialPort.on('close', () => {
      if (isClosing) return;
      logger.warn({ path }, 'the serial port of the simulator is gone; waiting for it');
      reopenLater();
    });
    serve(line, serialPort);
  };
  const reopenLater = () => {
    cancelReopen = clock.timer(
      REOPEN_MS,
      () => void open(path, settings).then(reopened, reopenUnlessClosing),
    );
  };
  const reopened = (serialPort: SerialPort) => {
    if (isClosing) serialPort.close(() => {});
    else attach(serialPort);
  };
  const reopenUnlessClosing = () => {
    if (!isClosing) reopenLater();
  };

  attach(await open(path, settings));
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

function serve(line: Line, serialPort: SerialPort): void {
  const client = line.connect({
    isDatagram: false,
    write: (bytes) => {
      if (serialPort.isOpen) serialPort.write(Buffer.from(bytes));
    },
  });
  serialPort.on('data', (bytes: Buffer) => client.receive(bytes));
  serialPort.on('close', () => client.close());
}

function open(path: string, { baud, dataBits, parity, stopBits }: LineSettings): Promise<SerialPort> {
  return new Promise((resolve, reject) => {
    const serialPort = new SerialPort({ path, baudRate: baud, dataBits, parity, stopBits, autoOpen: false });
    serialPort.open((cause) => {
      if (cause === null || cause === undefined) resolve(serialPort);
      else reject(wireError(path, cause));
    });
  });
}
