import type { Emission } from './faults.ts';
import type { WireWait } from './wire-wait.ts';
import { wireNow } from './wire-wait.ts';

/** Where answers go: a socket, a serial port, the sender of a datagram. */
export interface LinePort {
  write(bytes: Uint8Array): void;
  /** An emission is one datagram, written when its last byte is due. */
  readonly isDatagram: boolean;
}

interface Transmission {
  /** Begin of the first emission on the wire, by `wireNow()`. */
  readonly dueMs: number;
  readonly emissions: readonly Emission[];
  readonly port: LinePort;
}

/**
 * The sending side of a half-duplex line: one emission at a time, in the order of their times; what is due
 * while another one is on the wire follows it. Each byte is written when its last bit would have arrived,
 * in groups as a UART's FIFO hands them on; no byte is ever early, and the last is as punctual as the host
 * allows.
 */
export interface Transmitter {
  send(transmission: Transmission): void;
}

const GROUP_BYTES = 8;

/** `characterMs` is the time of one character on the wire; 0 sends everything at once. */
export function createTransmitter(
  characterMs: number,
  wait: WireWait,
  { isClosed, onSent }: { readonly isClosed: () => boolean; readonly onSent: () => void },
): Transmitter {
  const queue: Transmission[] = [];
  let isSending = false;
  let armed = 0;
  let freeAtMs = 0;

  const pump = () => {
    const [next] = queue;
    if (isSending || next === undefined || isClosed()) return;
    const round = ++armed;
    if (wireNow() < next.dueMs) {
      // An earlier transmission may come in between; then this round is not the last any more.
      void wait.until(next.dueMs, false).then(() => {
        if (round === armed) pump();
      });
      return;
    }
    queue.shift();
    isSending = true;
    void emit(next).then(() => {
      isSending = false;
      pump();
    });
  };

  const emit = async ({ dueMs, emissions, port }: Transmission) => {
    const [emission, ...others] = emissions;
    if (emission === undefined) return;
    const beginMs = Math.max(dueMs, freeAtMs);
    freeAtMs = await writeAtPace(emission, beginMs, characterMs, port, wait);
    onSent();
    const [following] = others;
    if (following !== undefined) enqueue({ dueMs: freeAtMs + following.waitMs, emissions: others, port });
  };

  const enqueue = (transmission: Transmission) => {
    const place = queue.findIndex((other) => other.dueMs > transmission.dueMs);
    queue.splice(place < 0 ? queue.length : place, 0, transmission);
  };

  return {
    send(transmission) {
      if (transmission.emissions.length === 0) return;
      enqueue(transmission);
      pump();
    },
  };
}

/** Returns when the wire is free again. */
async function writeAtPace(
  { bytes, pause }: Emission,
  beginMs: number,
  characterMs: number,
  port: LinePort,
  wait: WireWait,
): Promise<number> {
  const deadline = (sent: number) =>
    beginMs + sent * characterMs + (pause !== undefined && sent > pause.at ? pause.ms : 0);
  const end = deadline(bytes.length);
  if (port.isDatagram) {
    await wait.until(end, true);
    port.write(bytes);
    return end;
  }
  let sent = 0;
  while (sent < bytes.length) {
    const group = characterMs === 0 ? bytes.length : Math.min(bytes.length, sent + GROUP_BYTES);
    const isBeforePause = pause !== undefined && sent < pause.at;
    const upTo = isBeforePause ? Math.min(group, pause.at) : group;
    await wait.until(deadline(upTo), upTo === bytes.length);
    port.write(bytes.subarray(sent, upTo));
    sent = upTo;
  }
  return end;
}
