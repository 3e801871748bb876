import { connect, type Socket } from 'node:net';
import { type ByteStream, type StreamOpener, TransportError } from './byte-stream.ts';

const CONNECT_TIMEOUT_MS = 5000;

/** Opens a TCP connection to a meter, a serial server or a Modbus gateway. */
export function createTcpOpener(target: { readonly host: string; readonly port: number }): StreamOpener {
  const label = `${target.host}:${target.port}`;
  return {
    label,
    open: (signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(new TransportError('closed', `${label}: closed`));
        const socket = connect({ ...target, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
        const fail = (error: Error) => {
          signal.removeEventListener('abort', onAbort);
          socket.destroy();
          reject(explain(error, label));
        };
        const onAbort = () => fail(new Error('closed'));
        signal.addEventListener('abort', onAbort, { once: true });
        socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
          fail(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })),
        );
        socket.once('error', fail);
        socket.once('connect', () => {
          signal.removeEventListener('abort', onAbort);
          socket.setTimeout(0);
          socket.removeListener('error', fail);
          resolve(wrap(socket, label));
        });
      }),
  };
}

function explain(error: Error & { readonly code?: string }, label: string): TransportError {
  switch (error.code) {
    case 'ECONNREFUSED':
      return new TransportError(
        'refused',
        `${label} refuses the connection: nothing listens there, or it serves one client only`,
        { cause: error },
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TransportError('not-found', `${label}: no such host; check the name or use the address`, {
        cause: error,
      });
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new TransportError(
        'unreachable',
        `${label} does not answer: switched off, another network, or a firewall`,
        { cause: error },
      );
    default:
      return new TransportError('failed', `${label}: ${error.message}`, { cause: error });
  }
}

function wrap(socket: Socket, label: string): ByteStream {
  let receive: (bytes: Uint8Array) => void = () => {};
  let gone: (cause: Error | undefined) => void = () => {};
  let cause: Error | undefined;
  socket.on('data', (bytes) => receive(bytes));
  socket.on('error', (error) => {
    cause = error;
  });
  socket.on('close', () =>
    gone(new TransportError('lost', `${label} closed the connection${cause ? ` (${cause.message})` : ''}`)),
  );
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new TransportError('lost', `${label} is not connected`));
        socket.write(bytes);
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
        if (socket.closed) return resolve();
        socket.once('close', () => resolve());
        socket.destroy();
      }),
  };
}
