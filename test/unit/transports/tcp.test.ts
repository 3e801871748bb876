import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ByteStream } from '../../../src/transports/byte-stream.ts';
import { createTcpOpener } from '../../../src/transports/tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function serve(onPeer: (peer: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer((peer) => {
    peer.on('error', () => {});
    onPeer(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push({ close: () => new Promise((resolve) => server.close(resolve)) });
  return { server, port: (server.address() as AddressInfo).port };
}

async function connect(port: number): Promise<ByteStream> {
  const stream = await createTcpOpener({ host: '127.0.0.1', port }).open(new AbortController().signal);
  open.unshift(stream);
  return stream;
}

const never = new AbortController().signal;

describe('a TCP connection', () => {
  it('carries bytes both ways', async () => {
    const { port } = await serve((peer) => peer.on('data', (bytes) => peer.write(bytes.toReversed())));
    const stream = await connect(port);
    const received = new Promise<Uint8Array>((resolve) => stream.onData(resolve));
    await stream.write(Uint8Array.of(1, 2, 3));
    expect([...(await received)]).toEqual([3, 2, 1]);
  });

  it('tells once when the peer closes, and refuses to write from then on', async () => {
    const { port } = await serve((peer) => peer.end());
    const stream = await connect(port);
    const gone = vi.fn();
    await new Promise<void>((resolve) =>
      stream.onClose((cause) => {
        gone(cause);
        resolve();
      }),
    );
    await expect(stream.write(Uint8Array.of(1))).rejects.toMatchObject({
      name: 'TransportError',
      code: 'lost',
    });
    await stream.close();
    expect(gone).toHaveBeenCalledOnce();
    expect(gone.mock.calls[0]?.[0]).toMatchObject({
      code: 'lost',
      message: `127.0.0.1:${port} closed the connection`,
    });
  });

  it('says why when the peer resets it', async () => {
    const { port } = await serve((peer) => peer.once('data', () => peer.resetAndDestroy()));
    const stream = await connect(port);
    const closed = new Promise<Error | undefined>((resolve) => stream.onClose(resolve));
    await stream.write(Uint8Array.of(1));
    expect((await closed)?.message).toMatch(/closed the connection \(.*ECONNRESET\)/);
  });

  it('can be closed twice', async () => {
    const { port } = await serve(() => {});
    const stream = await connect(port);
    await stream.close();
    await expect(stream.close()).resolves.toBeUndefined();
  });
});

describe('opening a TCP connection', () => {
  it('that is refused says what that means', async () => {
    const { server, port } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    open.length = 0;
    await expect(createTcpOpener({ host: '127.0.0.1', port }).open(never)).rejects.toMatchObject({
      name: 'TransportError',
      code: 'refused',
      message: `127.0.0.1:${port} refuses the connection: nothing listens there, or it serves one client only`,
    });
    await expect(createTcpOpener({ host: 'localhost', port }).open(never)).rejects.toMatchObject({
      code: 'refused',
    });
  });

  it('to a host without an address says so', async () => {
    await expect(createTcpOpener({ host: 'meter.invalid', port: 502 }).open(never)).rejects.toMatchObject({
      code: 'not-found',
      message: 'meter.invalid:502: no such host; check the name or use the address',
    });
  });

  it('ends when the signal aborts, before it or during it', async () => {
    const end = new AbortController();
    // An address of the block that is kept for documents: nobody is there, and nobody says so.
    const opening = createTcpOpener({ host: '192.0.2.1', port: 502 }).open(end.signal);
    opening.catch(() => {});
    end.abort();
    await expect(opening).rejects.toMatchObject({ name: 'TransportError' });
    await expect(createTcpOpener({ host: '192.0.2.1', port: 502 }).open(end.signal)).rejects.toMatchObject({
      name: 'TransportError',
    });
  });

  it('leaves no listener on the signal behind, however often it fails', async () => {
    const { server, port } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    open.length = 0;
    const end = new AbortController();
    const added = vi.spyOn(end.signal, 'addEventListener');
    const removed = vi.spyOn(end.signal, 'removeEventListener');
    for (let i = 0; i < 5; i++)
      await createTcpOpener({ host: '127.0.0.1', port })
        .open(end.signal)
        .catch(() => {});
    expect(added.mock.calls.length).toBe(5);
    expect(removed.mock.calls.length).toBeGreaterThanOrEqual(5);
  });
});
