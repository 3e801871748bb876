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
          reject(new TransportError('not-found', `${label}: ${error.message}`, { cause: error }));
        };
        socket.once('error', fail);
        socket.connect(target.port, target.host, () => {
          socket.removeListener('error', fail);
          resolve(wrap(socket, label));
        });
      }),
  };
}

function wrap(socket: Socket, label: string): ByteStream {
  let receive: (bytes: Uint8Array) => void = () => {};
  let gone: (cause: Error | undefined) => void = () => {};
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
        if (isClosed) return reject(new TransportError('lost', `${label} is closed`));
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
        socket.close();
      }),
  };
}
