import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generate } from 'mqtt-packet';

/** What a subscriber of every `state` saw. */
export interface StateReader {
  readonly count: number;
  /** Time of arrival less the time that the plug had put into its message, ms. */
  readonly latencies: number[];
  /** Numbers that were left out in the sequence of any device. */
  readonly missing: number;
  reset(): void;
  close(): void;
}

/**
 * A subscriber that only counts, so that the bench does not measure itself: takes the packets apart by hand,
 * which is all that MQTT 3.1.1 at QoS 0 needs (MQTT 3.1.1, 2.2 and 3.3).
 */
export async function openStateReader(port: number): Promise<StateReader> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  const clientId = `reader-${process.pid}`;
  socket.write(generate({ cmd: 'connect', protocolVersion: 4, clientId, clean: true, keepalive: 0 }));
  await once(socket, 'data');
  const subscriptions = [{ topic: 'house/+/state', qos: 0 as const }];
  socket.write(generate({ cmd: 'subscribe', messageId: 1, subscriptions }));
  const reader = new CountingReader(socket);
  socket.on('data', (bytes: Buffer) => reader.take(bytes));
  return reader;
}

class CountingReader implements StateReader {
  count = 0;
  missing = 0;
  latencies: number[] = [];
  readonly #lastSeq = new Map<string, number>();
  #rest: Buffer = Buffer.alloc(0);

  constructor(private readonly socket: Socket) {}

  reset(): void {
    this.count = 0;
    this.missing = 0;
    this.latencies = [];
  }

  close(): void {
    this.socket.destroy();
  }

  take(bytes: Buffer): void {
    const now = performance.timeOrigin + performance.now();
    let buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const length = packetLength(buffer);
      if (length === undefined || length > buffer.length) break;
      if ((buffer[0] ?? 0) >> 4 === 3 && ((buffer[0] ?? 0) & 1) === 0)
        this.#publication(buffer.subarray(0, length), now);
      buffer = buffer.subarray(length);
    }
    this.#rest = buffer;
  }

  #publication(packet: Buffer, now: number): void {
    const text = packet.toString('latin1', packet.length > 129 ? 3 : 2);
    const at = text.indexOf('{');
    const topic = text.slice(2, at);
    const [, ts = '', seqText = ''] = /^\{"ts":"([^"]+)","seq":(\d+)/.exec(text.slice(at)) ?? [];
    const seq = Number(seqText);
    const last = this.#lastSeq.get(topic);
    if (last !== undefined && seq > last + 1) this.missing += seq - last - 1;
    this.#lastSeq.set(topic, seq);
    this.count += 1;
    this.latencies.push(now - Date.parse(ts));
  }
}

function packetLength(buffer: Buffer): number | undefined {
  let length = 0;
  for (let n = 1; n < 5; n++) {
    const byte = buffer[n];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) << (7 * (n - 1));
    if (byte < 0x80) return length + n + 1;
  }
  return undefined;
}
