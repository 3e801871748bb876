import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../../src/transports/byte-stream.ts';
import { createUdpOpener } from '../../../src/transports/udp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function bind(): Promise<{ socket: Socket; port: number }> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push({ close: () => new Promise<void>((resolve) => socket.close(() => resolve())) });
  return { socket, port: socket.address().port };
}

async function connect(port: number): Promise<ByteStream> {
  const stream = await createUdpOpener({ host: '127.0.0.1', port }).open(new AbortController().signal);
  open.unshift(stream);
  return stream;
}

describe('a UDP socket', () => {
  it('sends each write as a datagram and receives the answers of its peer only', async () => {
    const { socket, port } = await bind();
    const { socket: stranger } = await bind();
    const stream = await connect(port);
    const received: number[][] = [];
    const arrived = new Promise<void>((resolve) =>
      stream.onData((bytes) => {
        received.push([...bytes]);
        resolve();
      }),
    );
    const asked = once(socket, 'message');
    await stream.write(Uint8Array.of(1, 2, 3));
    const [bytes, from] = await asked;
    expect([...bytes]).toEqual([1, 2, 3]);
    await new Promise((resolve) => stranger.send(Uint8Array.of(66), from.port, from.address, resolve));
    socket.send(Uint8Array.of(9), from.port, from.address);
    await arrived;
    expect(received).toEqual([[9]]);
  });

  it('to a peer that is away takes writes: the request ends by its time-out', async () => {
    const { socket, port } = await bind();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    open.length = 0;
    const stream = await connect(port);
    for (let i = 0; i < 3; i++) await expect(stream.write(Uint8Array.of(1))).resolves.toBeUndefined();
  });

  it('tells once that it is closed, can be closed twice, and refuses to write then', async () => {
    const { port } = await bind();
    const stream = await connect(port);
    const gone = vi.fn();
    stream.onClose(gone);
    await Promise.all([stream.close(), stream.close()]);
    await stream.close();
    expect(gone).toHaveBeenCalledOnce();
    await expect(stream.write(Uint8Array.of(1))).rejects.toMatchObject({
      name: 'TransportError',
      code: 'lost',
    });
  });

  it('to a host without an address says so', async () => {
    const opening = createUdpOpener({ host: 'meter.invalid', port: 502 }).open(new AbortController().signal);
    await expect(opening).rejects.toMatchObject({
      name: 'TransportError',
      code: 'not-found',
      message: 'meter.invalid:502: no such host; check the name or use the address',
    });
  });
});
