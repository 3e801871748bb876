import { readSync } from 'node:fs';
import { autoDetect } from '@serialport/bindings-cpp';

type Binding = ReturnType<typeof autoDetect>;
type OpenOptions = Parameters<Binding['open']>[0];
type Port = Awaited<ReturnType<Binding['open']>>;

/** What a port of Linux and macOS has beside the common interface. */
interface PolledPort {
  readonly isOpen: boolean;
  readonly fd: number | null;
  readonly poller: { once(event: 'readable', then: (error: Error | null) => void): unknown };
}

/**
 * The system's serial ports. The library reads in a thread, twice for each arrival (the second time to learn
 * that there is nothing more), and a slow line wakes us for every few bytes: waiting first and reading at once
 * halves what an answer costs.
 */
export function createSerialBinding(): Binding {
  const binding = autoDetect();
  const open = async (options: OpenOptions) => {
    // The options are those of the detected system; the union type cannot know that.
    const port: Port = await (binding.open as (options: OpenOptions) => Promise<Port>)(options);
    if ('poller' in port && 'fd' in port) {
      const polled = port as unknown as PolledPort;
      port.read = (buffer: Buffer, offset: number, length: number) =>
        readArrived(polled, buffer, offset, length);
    }
    return port;
  };
  return { list: () => binding.list(), open } as Binding;
}

/** Reads in a row that may give nothing although the port was said to have something. */
const MAX_EMPTY_READS = 3;

async function readArrived(port: PolledPort, buffer: Buffer, offset: number, length: number) {
  for (let empty = 0; empty < MAX_EMPTY_READS; ) {
    await new Promise<void>((resolve, reject) => {
      if (!port.isOpen) return reject(canceled());
      port.poller.once('readable', (error) =>
        error === null || error === undefined ? resolve() : reject(error),
      );
    });
    if (!port.isOpen || port.fd === null) throw canceled();
    try {
      const bytesRead = readSync(port.fd, buffer, offset, length, null);
      if (bytesRead > 0) return { bytesRead, buffer };
      empty++;
    } catch (error) {
      if (!isTryAgain(error)) throw Object.assign(error as Error, { disconnect: true });
    }
  }
  // A device that was pulled out reads as an empty file.
  throw Object.assign(new Error('the device is gone'), { disconnect: true });
}

function isTryAgain(error: unknown): boolean {
  return ['EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function canceled(): Error {
  return Object.assign(new Error('Port is not open'), { canceled: true });
}
