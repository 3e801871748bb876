import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import type { SerialPortStream } from '@serialport/stream';
import { type ByteStream, type StreamOpener, TransportError } from './byte-stream.ts';
import { findUsbSerial, listSerialDevices } from './serial-devices.ts';

export interface SerialSettings {
  /** `/dev/...`, best `/dev/serial/by-id/...`, or `usb:VID:PID[:SERIAL]`. */
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** Opens a serial port; the library is loaded only when the first one is. */
export function createSerialOpener(settings: SerialSettings): StreamOpener {
  return {
    label: settings.path,
    async open() {
      const path = resolvePath(settings.path);
      // The parts of `serialport` without its parsers, which would cost memory and are not used.
      const [{ SerialPortStream }, { createSerialBinding }] = await Promise.all([
        import('@serialport/stream'),
        import('./serial-binding.ts'),
      ]);
      const port = new SerialPortStream({
        binding: createSerialBinding(),
        path,
        baudRate: settings.baud,
        dataBits: settings.dataBits,
        parity: settings.parity,
        stopBits: settings.stopBits,
        autoOpen: false,
        // Two programs on one line make wrong readings of both.
        lock: true,
        // A modem line that falls at closing resets some converters.
        hupcl: false,
      });
      await new Promise<void>((resolve, reject) => {
        port.open((error) => (error ? reject(explain(error, path)) : resolve()));
      });
      await requestLowLatency(port);
      return wrap(port, path);
    },
  };
}

function resolvePath(path: string): string {
  if (!path.startsWith('usb:')) {
    try {
      accessSync(path, constants.F_OK);
    } catch {
      throw new TransportError('not-found', `no serial port ${path}; ${portsThatAre()}`);
    }
    return path;
  }
  const found = findUsbSerial(path.slice(4));
  if (found === undefined)
    throw new TransportError('not-found', `no USB adapter ${path.slice(4)}; ${portsThatAre()}`);
  return found;
}

function portsThatAre(): string {
  const ports = listSerialDevices();
  return ports.length === 0 ? 'there is no serial port at all' : `there are: ${ports.join(', ')}`;
}

function explain(error: Error, path: string): TransportError {
  const text = error.message;
  if (/permission denied/i.test(text)) {
    return new TransportError(
      'no-permission',
      `no permission for ${path}; add the user to the group dialout (sudo usermod -aG dialout $USER) and log in again`,
      { cause: error },
    );
  }
  if (/lock|busy|temporarily unavailable/i.test(text))
    return new TransportError('in-use', `${path} is in use by another program${holderOf(path)}`, {
      cause: error,
    });
  if (/no such file/i.test(text))
    return new TransportError('not-found', `no serial port ${path}; ${portsThatAre()}`);
  return new TransportError('failed', `${path} cannot be opened: ${text}`, { cause: error });
}

// Which process has the device open, as far as this user may see it.
function holderOf(path: string): string {
  try {
    for (const pid of readdirSync('/proc').filter(
      (name) => /^\d+$/.test(name) && Number(name) !== process.pid,
    )) {
      const name = openFileHolder(pid, path);
      if (name !== undefined) return ` (process ${pid})`;
    }
  } catch {
    // Without /proc there is nothing to add to the message.
  }
  return '';
}

function openFileHolder(pid: string, path: string): string | undefined {
  try {
    const device = realpathSync(path);
    return readdirSync(`/proc/${pid}/fd`).find((fd) => realpathSync(`/proc/${pid}/fd/${fd}`) === device);
  } catch {
    return undefined;
  }
}

// An FTDI chip collects bytes for 16 ms unless it is told not to; other chips and pseudo-terminals refuse.
async function requestLowLatency(port: SerialPortStream): Promise<void> {
  await new Promise<void>((resolve) =>
    port.set({ lowLatency: true } as Parameters<SerialPortStream['set']>[0], () => resolve()),
  );
}

function wrap(port: SerialPortStream, path: string): ByteStream {
  let receive: (bytes: Uint8Array) => void = () => {};
  let gone: (cause: Error | undefined) => void = () => {};
  let isClosed = false;
  const end = (cause: Error | undefined) => {
    if (isClosed) return;
    isClosed = true;
    gone(cause);
  };
  port.on('data', (bytes: Uint8Array) => receive(bytes));
  port.on('error', (error: Error) =>
    end(new TransportError('lost', `${path}: ${error.message}`, { cause: error })),
  );
  port.on('close', (cause: Error | null | undefined) =>
    end(new TransportError('lost', `${path} is gone${cause ? ` (${cause.message})` : ''}`)),
  );
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (isClosed) return reject(new TransportError('lost', `${path} is gone`));
        // The callback comes when the system took the bytes; on a port that vanished it may never come.
        port.write(bytes, (error) =>
          error ? end(new TransportError('lost', `${path}: ${error.message}`)) : undefined,
        );
        resolve();
      }),
    onData: (listener) => {
      receive = listener;
    },
    onClose: (listener) => {
      gone = listener;
    },
    close: () =>
      new Promise((resolve) => {
        end(undefined);
        if (!port.isOpen) return resolve();
        // Closing a device that was pulled out fails; there is nothing left to let go of then.
        port.close(() => resolve());
      }),
  };
}
