import { connect, type Socket } from 'node:net';

/** A client that knows no Modbus beyond a checksum of its own: what arrives is looked at byte by byte. */
export interface RawClient {
  send(bytes: Uint8Array): void;
  /** All bytes since the last call, once `count` are there or nothing came for `quietMs`. */
  receive(count: number, quietMs?: number): Promise<Buffer>;
  /** When each chunk arrived, ms, with its length. */
  readonly arrivals: readonly { readonly at: number; readonly length: number }[];
  close(): void;
}

export async function connectRaw(port: number): Promise<RawClient> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', () => resolve());
    socket.once('error', reject);
  });
  let bytes = Buffer.alloc(0);
  const arrivals: { at: number; length: number }[] = [];
  let look = () => {};
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    arrivals.push({ at: performance.now(), length: chunk.length });
    look();
  });
  return {
    send: (frame) => void socket.write(frame),
    receive: (count, quietMs = 400) =>
      new Promise((resolve) => {
        let timer: NodeJS.Timeout | undefined;
        const finish = () => {
          clearTimeout(timer);
          look = () => {};
          const received = bytes;
          bytes = Buffer.alloc(0);
          resolve(received);
        };
        look = () => {
          clearTimeout(timer);
          if (bytes.length >= count) finish();
          else timer = setTimeout(finish, quietMs);
        };
        look();
      }),
    arrivals,
    close: () => socket.destroy(),
  };
}

/** CRC-16/Modbus by table-free long division, low byte first. */
export function withCrc(body: readonly number[] | Uint8Array): Buffer {
  let remainder = 0xffff;
  for (const byte of body) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 1 ? (remainder >>> 1) ^ 0xa001 : remainder >>> 1;
  }
  return Buffer.from([...body, remainder & 0xff, remainder >>> 8]);
}

export function readRequest(unitId: number, functionCode: number, address: number, count: number): Buffer {
  return withCrc([unitId, functionCode, address >> 8, address & 0xff, count >> 8, count & 0xff]);
}
