/// <reference path="../modbus-serial-parts.d.ts" />
import type { Socket } from 'node:net';
import ServerTCP from 'modbus-serial/servers/servertcp.js';
import type { Framing } from '../framing.ts';
import { arrivedNow, type Line } from '../line.ts';
import { createMeterVector } from '../meter-vector.ts';
import type { ArrivedRequest } from '../receiver.ts';
import type { LinePort } from '../transmitter.ts';
import { listeningPort } from './tcp-wire.ts';
import { type Wire, wireError } from './wire.ts';

/**
 * Modbus TCP (messaging implementation guide, 3.1.3): modbus-serial's ServerTCP listens, reads the header
 * and makes the answers; its socket's `write` leads through the line for faults, log and turnaround.
 *
 *     | transaction | 00 00 | length | unit | function | fields |
 *           2           2       2       1        1
 *
 * ServerTCP knows no function code 17 and refuses it with exception 1.
 */
export async function openMbapWire(line: Line, host: string, port: number): Promise<Wire> {
  // It takes the number 0 for "no port given"; as text it means what it says.
  const server = new ServerTCP(createMeterVector(line.options.units), { host, port: `${port}` });
  await new Promise<void>((resolve, reject) => {
    server.once('serverError', (cause: unknown) => reject(wireError(`${host}:${port}`, cause)));
    server.once('initialized', () => resolve());
  });
  server.on('serverError', () => {});
  server._server.on('connection', (socket: Socket) => lead(socket, line));
  return {
    port: listeningPort(server._server),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const HEADER = 6;
// A client that sends more than the largest request without one in it is not speaking Modbus TCP.
const MAX_WAITING = 600;
const MAX_OPEN_REQUESTS = 64;

function lead(socket: Socket, line: Line): void {
  const write = socket.write.bind(socket);
  const port: LinePort = {
    isDatagram: false,
    write: (bytes) => {
      if (socket.writable) write(bytes);
    },
  };
  const requests = new Map<number, ArrivedRequest>();
  socket.setNoDelay(true);
  socket.prependListener('data', requestTap(socket, line, requests));
  socket.write = (frame: string | Uint8Array): boolean => {
    if (typeof frame === 'string') return write(frame);
    const transaction = (frame[0] ?? 0) * 256 + (frame[1] ?? 0);
    const request = requests.get(transaction) ?? arrivedNow(frame.slice(HEADER, HEADER + 2), frame);
    requests.delete(transaction);
    const framing = mbapFraming(frame);
    line.send({ request, body: frame.slice(HEADER), frame: Uint8Array.from(frame), framing }, port);
    return true;
  };
}

// Notes the requests beside ServerTCP, so that the line's log knows what each answer answers.
function requestTap(socket: Socket, line: Line, requests: Map<number, ArrivedRequest>) {
  let waiting: Uint8Array = new Uint8Array(0);
  return (bytes: Uint8Array) => {
    waiting = Uint8Array.of(...waiting, ...bytes);
    while (waiting.length > HEADER) {
      const length = HEADER + (waiting[4] ?? 0) * 256 + (waiting[5] ?? 0);
      if (waiting.length < length) break;
      const frame = waiting.slice(0, length);
      waiting = waiting.slice(length);
      const request = arrivedNow(frame.slice(HEADER), frame);
      if (!line.options.units.has(request.body[0] ?? 0)) line.ignore(request);
      else requests.set((frame[0] ?? 0) * 256 + (frame[1] ?? 0), request);
    }
    const [oldest] = requests.keys();
    if (requests.size > MAX_OPEN_REQUESTS && oldest !== undefined) requests.delete(oldest);
    if (waiting.length > MAX_WAITING) socket.destroy();
  };
}

/** The header of an answer around another body; "damaged" is another transaction's number. */
function mbapFraming(original: Uint8Array): Framing {
  return {
    seal: (body) => Uint8Array.of(...original.slice(0, 4), body.length >> 8, body.length & 0xff, ...body),
    damage: (frame) => Uint8Array.from(frame, (byte, n) => (n === 1 ? (byte + 1) & 0xff : byte)),
  };
}
