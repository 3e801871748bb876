import { createSocket } from 'node:dgram';
import type { Line } from '../line.ts';
import { type Wire, wireError } from './wire.ts';

/** RTU frames in datagrams: each answer is one datagram, back to where its request came from. */
export async function openUdpWire(line: Line, host: string, port: number): Promise<Wire> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let isOpen = true;
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => reject(wireError(`${host}:${port}/udp`, cause)));
    socket.bind({ port, address: host, exclusive: true }, () => resolve());
  });
  socket.removeAllListeners('error');
  socket.on('error', () => {}); // an unreachable client says so on the next send; it simply gets no answer
  socket.on('message', (bytes, from) => {
    const client = line.connect({
      isDatagram: true,
      write: (answer) => {
        if (isOpen) socket.send(answer, from.port, from.address, () => {});
      },
    });
    // A datagram is a frame or it is nothing: no rest waits for the next one.
    client.receive(bytes);
    client.close();
  });
  return {
    port: socket.address().port,
    close: () =>
      new Promise((resolve) => {
        isOpen = false;
        socket.close(() => resolve());
      }),
  };
}
