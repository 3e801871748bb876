import { createServer, type Server, type Socket } from 'node:net';
import type { Line } from '../line.ts';
import { type Wire, wireError } from './wire.ts';

/**
 * RTU or ASCII over a TCP listener, as a serial server offers it. Several clients may be connected; each
 * gets the answers to its own requests.
 */
export async function openTcpWire(line: Line, host: string, port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    const client = line.connect({
      isDatagram: false,
      write: (bytes) => {
        if (socket.writable) socket.write(bytes);
      },
    });
    socket.on('data', (bytes) => client.receive(bytes));
    // A reset is how many clients leave; `close` follows in any case.
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      client.close();
    });
  });
  const listening = await listen(server, host, port);
  return {
    port: listening,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
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

/** The port of a listener, which the system chose where 0 was asked for. */
export function listeningPort(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
