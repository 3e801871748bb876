import type { Clock } from '../lib/clock.ts';

/** An open connection that carries bytes both ways: a serial port, a TCP or UDP socket, or a fake. */
export interface ByteStream {
  /** Hands all bytes to the system; resolves when it took them. Rejects with a TransportError. */
  write(bytes: Uint8Array): Promise<void>;
  /** The one receiver of arriving bytes. Bytes that arrive while none is set are dropped. */
  onData(receive: (bytes: Uint8Array) => void): void;
  /** Called once when the connection is gone, whoever closed it. */
  onClose(gone: (cause: Error | undefined) => void): void;
  /** Closes; resolves when the system has let go of it. Errors on the way are of no use and swallowed. */
  close(): Promise<void>;
}

/** Knows how to open one; may be asked again and again. Rejects with a TransportError that says what to do. */
export interface StreamOpener {
  /** For messages: `/dev/ttyUSB0`, `192.168.1.20:502`. */
  readonly label: string;
  open(signal: AbortSignal): Promise<ByteStream>;
}

/** The bytes did not get through: no such port, no permission, connection refused, lost, or closed. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  constructor(
    readonly code:
      | 'timeout'
      | 'not-found'
      | 'no-permission'
      | 'in-use'
      | 'refused'
      | 'unreachable'
      | 'lost'
      | 'closed'
      | 'failed',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}

/** An error of a stream as the one type that this program knows. */
export function asTransportError(error: unknown, label: string): TransportError {
  if (error instanceof TransportError) return error;
  const reason = error instanceof Error ? `: ${error.message}` : '';
  return new TransportError('lost', `${label} was lost${reason}`, { cause: error });
}

const CLOSE_LIMIT_MS = 2000;

/** Closes a stream, and waits no longer than 2 s for it: an adapter that was pulled out may never answer. */
export async function letGo(stream: Pick<ByteStream, 'close'>, clock: Clock): Promise<void> {
  await new Promise<void>((resolve) => {
    const cancel = clock.timer(CLOSE_LIMIT_MS, resolve);
    const end = () => {
      cancel();
      resolve();
    };
    // An error at closing leaves nothing to let go of; opening anew will tell when something is wrong.
    stream.close().then(end, end);
  });
}
