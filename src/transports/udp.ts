import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type ByteStream, type StreamOpener, TransportError } from './byte-stream.ts';

/** A UDP socket bound to one peer: each write is a datagram, datagrams of others are dropped by the system. */
export function createUdpOpener(target: { readonly host: string; readonly port: number }): StreamOpener {
  const label = `${target.host}:${target.port}`;
  return {
    label,
    open: () =>
      new Promise((resolve, reject) => {
        const socket = createSocket(isIPv6(target.host) ? 'udp6' : 'udp4');
        const fail = (error: Error) => {
          socket.close();
          reject(explain(error, label));
        };
        socket.once('error', fail);
        // Node tells a failure to the same callback as success.
        socket.connect(target.port, target.host, (error?: Error) => {
          socket.removeListener('error', fail);
          if (error) fail(error);
          else resolve(wrap(socket, label));
        });
      }),
  };
}

function explain(error: Error & { readonly code?: string }, label: string): TransportError {
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN')
    return new TransportError('not-found', `${label}: no such host; check the name or use the address`, {
      cause: error,
    });
  return new TransportError('failed', `${label}: ${error.message}`, { cause: error });
}

function wrap(socket: Socket, label: string): ByteStream {
  let receive: (bytes: Uint8Array) => void = () => {};
  let gone: (cause: Error | undefined) => void = () => {};
  let isClosing = false;
  let isClosed = false;
  socket.on('message', (bytes) => receive(bytes));
  // A peer that is away answers with "port unreachable"; the request then ends by its time-out.
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
    gone(undefined);
  });
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (isClosing) return reject(new TransportError('lost', `${label} is closed`));
        socket.send(bytes, () => resolve());
      }),
    onData: (listener) => {
      receive = listener;
    },
    onClose: (listener) => {
      gone = listener;
    },
    close: () =>
      new Promise((resolve) => {
        if (isClosed) return resolve();
        socket.once('close', () => resolve());
        if (!isClosing) socket.close();
        isClosing = true;
      }),
  };
}
