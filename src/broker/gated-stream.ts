import type { Duplex } from 'node:stream';
import { PacketError } from './packet-error.ts';
import type { FirstPacket, PacketGate } from './packet-gate.ts';

/**
 * Waits for CONNECT without waking the broker: a connection that says nothing costs its socket and no more.
 * What came behind CONNECT goes back into the stream, where it holds back the end of the stream as well.
 */
export function onFirstPacket(
  stream: Duplex,
  gate: PacketGate,
  accept: (first: FirstPacket) => void,
  refuse: (error: PacketError) => void,
): void {
  const onReadable = () => {
    try {
      for (;;) {
        const piece = readPiece(stream, gate.want);
        if (piece === undefined) return;
        const first = gate.pushFirst(piece);
        if (first === undefined) continue;
        stream.removeListener('readable', onReadable);
        if (first.rest.length > 0) stream.unshift(first.rest);
        accept(first);
        return;
      }
    } catch (error) {
      stream.removeListener('readable', onReadable);
      refuse(asPacketError(error));
    }
  };
  stream.on('readable', onReadable);
}

/**
 * From here on `stream.read` gives `first`, and then whole, checked packets only. It is the one door to the
 * broker: aedes asks for the next bytes when it is done with the last, which slows a flood down.
 */
export function gateReads(
  stream: Duplex,
  gate: PacketGate,
  first: Buffer,
  refuse: (error: PacketError) => void,
): void {
  const read = stream.read.bind(stream);
  let pending: Buffer | undefined = first;
  stream.read = (size?: number) => {
    if (size === 0) return read(0);
    if (pending !== undefined) {
      const bytes = pending;
      pending = undefined;
      return bytes;
    }
    try {
      for (;;) {
        const piece = readPiece(stream, gate.want, read);
        if (piece === undefined) return null;
        const packets = gate.push(piece);
        if (packets !== undefined) return packets;
      }
    } catch (error) {
      gate.close();
      refuse(asPacketError(error));
      return null;
    }
  };
}

function readPiece(
  stream: Duplex,
  want: number,
  read: (size?: number) => unknown = stream.read.bind(stream),
): Buffer | undefined {
  // With nothing buffered a read without size lets the stream fetch more, or announce its end.
  const available = stream.readableLength;
  const piece = available > 0 ? read(Math.min(available, want)) : read();
  return Buffer.isBuffer(piece) ? piece : undefined;
}

function asPacketError(error: unknown): PacketError {
  if (error instanceof PacketError) return error;
  return new PacketError('malformed-packet', 0x81, error instanceof Error ? error.message : String(error));
}
