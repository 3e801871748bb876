import { isUtf8 } from 'node:buffer';
import { malformed } from './packet-error.ts';

/**
 * Reads the field types of MQTT (5.0 section 1.5) inside one packet, and never past its end:
 *
 *     two byte integer    hi lo
 *     text, binary        hi lo | bytes              text is UTF-8 without U+0000
 *     variable integer    7 bits a byte, low first, bit 7 means "more follows", 4 bytes at most
 *
 * Every method throws a PacketError where the packet is shorter than it says.
 */
export class WireReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#advance(1));
  }

  uint16(): number {
    return this.#bytes.readUInt16BE(this.#advance(2));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#advance(4));
  }

  variableInteger(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw malformed('a variable byte integer is longer than 4 bytes');
  }

  binary(): Buffer {
    const length = this.uint16();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  text(): string {
    const bytes = this.binary();
    if (!isUtf8(bytes)) throw malformed('a text is not valid UTF-8');
    if (bytes.includes(0)) throw malformed('a text holds U+0000');
    return bytes.toString('utf8');
  }

  /** A reader of the next `length` bytes, which are skipped here. */
  part(length: number): WireReader {
    const start = this.#advance(length);
    return new WireReader(this.#bytes, start, start + length);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (start + length > this.#end) throw malformed('a packet is shorter than its fields');
    this.#at = start + length;
    return start;
  }
}
