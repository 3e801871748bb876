/**
 * Frames of an XBee module in API mode.
 *
 *     7E   00 14   92 00 13 A2 00 40 52 2B AA ... 02 25   F5
 *     |    length  data, its first byte is the type       0xFF less the low byte of the sum of the data
 *     begin
 *
 *     mode 1 (AP=1)   all bytes as they are: a 7E may stand in the data, so only the length tells where a frame ends
 *     mode 2 (AP=2)   behind the begin, 7E 7D 11 13 are sent as 7D 5E, 7D 5D, 7D 31, 7D 33: a 7E is always a begin
 *
 * Digi XBee/XBee-PRO ZigBee RF Module User Guide, "API frame specifications". The API firmware of the ZigBee modules
 * knows AP=1 and AP=2 and is delivered with 1.
 */
export type ApiMode = 1 | 2;

export interface FrameReader {
  /** The data of the frames that these bytes complete; only of those whose checksum is right. */
  take(bytes: Uint8Array): readonly Uint8Array[];
  /** A frame that was begun is never completed by what comes later. */
  reset(): void;
  /** Frames whose checksum was wrong. */
  readonly badChecksum: number;
  /** Begins that none was: impossible lengths, escapes that are none, frames in which another one began or was hidden. */
  readonly cut: number;
}

const BEGIN = 0x7e;
const ESCAPE = 0x7d;
const FLIPPED = 0x20;
const XON = 0x11;
const XOFF = 0x13;
const OVERHEAD = 4;
/** The largest: an explicit receive packet (18 bytes before its payload) with 255 bytes of payload. */
const MAX_DATA = 18 + 255;

export function createFrameReader(mode: ApiMode): FrameReader {
  return mode === 1 ? new PlainReader() : new EscapedReader();
}

/** A frame for the module, or for a test. */
export function encodeFrame(data: Uint8Array, mode: ApiMode): Uint8Array {
  const inner = [data.length >> 8, data.length & 0xff, ...data, checksumOf(data)];
  const escaped = inner.flatMap((byte) =>
    mode === 2 && isSpecial(byte) ? [ESCAPE, byte ^ FLIPPED] : [byte],
  );
  return Uint8Array.from([BEGIN, ...escaped]);
}

function checksumOf(data: Uint8Array): number {
  return 0xff - (data.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

function isSpecial(byte: number): boolean {
  return byte === BEGIN || byte === ESCAPE || byte === XON || byte === XOFF;
}

function isLength(length: number): boolean {
  return length >= 1 && length <= MAX_DATA;
}

class PlainReader implements FrameReader {
  badChecksum = 0;
  cut = 0;
  #held: Uint8Array = new Uint8Array(0);

  take(bytes: Uint8Array): readonly Uint8Array[] {
    const all = Buffer.concat([this.#held, bytes]);
    const frames: Uint8Array[] = [];
    let at = all.indexOf(BEGIN);
    while (at >= 0 && all.length - at >= 3) {
      const length = all.readUInt16BE(at + 1);
      if (isLength(length) && all.length - at < length + OVERHEAD) break;
      const data = all.subarray(at + 3, at + 3 + length);
      const isSound = isLength(length) && all[at + 3 + length] === checksumOf(data);
      const end = at + length + OVERHEAD;
      // A sound frame that a false begin had hidden is older than these bytes: its time is not known any more.
      if (isSound && end <= this.#held.length) this.cut++;
      else if (isSound) frames.push(Uint8Array.from(data));
      else if (isLength(length)) this.badChecksum++;
      else this.cut++;
      // What looked like a begin may have been a byte of another frame: only a sound frame is stepped over whole.
      at = all.indexOf(BEGIN, isSound ? end : at + 1);
    }
    this.#held = at < 0 ? new Uint8Array(0) : Uint8Array.from(all.subarray(at));
    return frames;
  }

  reset(): void {
    if (this.#held.length > 0) this.cut++;
    this.#held = new Uint8Array(0);
  }
}

class EscapedReader implements FrameReader {
  badChecksum = 0;
  cut = 0;
  readonly #held = Buffer.alloc(MAX_DATA + OVERHEAD - 1);
  #count = 0;
  #isInFrame = false;
  #isEscaped = false;

  take(bytes: Uint8Array): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (const byte of bytes) {
      const data = this.#takeByte(byte);
      if (data !== undefined) frames.push(data);
    }
    return frames;
  }

  #takeByte(byte: number): Uint8Array | undefined {
    if (byte === BEGIN) {
      this.reset();
      this.#isInFrame = true;
      return undefined;
    }
    if (!this.#isInFrame) return undefined;
    if (byte === ESCAPE && !this.#isEscaped) {
      this.#isEscaped = true;
      return undefined;
    }
    const plain = this.#isEscaped ? byte ^ FLIPPED : byte;
    // Nothing else is ever escaped, and these never come plain: it is damage, and what follows cannot be trusted.
    if (isSpecial(plain) !== this.#isEscaped) return this.reset();
    this.#isEscaped = false;
    this.#held[this.#count++] = plain;
    return this.#count < 3 ? undefined : this.#complete();
  }

  #complete(): Uint8Array | undefined {
    const length = this.#held.readUInt16BE(0);
    if (!isLength(length)) return this.reset();
    if (this.#count < length + OVERHEAD - 1) return undefined;
    const data = Uint8Array.from(this.#held.subarray(2, 2 + length));
    const isSound = this.#held[2 + length] === checksumOf(data);
    if (!isSound) this.badChecksum++;
    this.#isInFrame = false;
    this.#count = 0;
    return isSound ? data : undefined;
  }

  reset(): undefined {
    if (this.#isInFrame) this.cut++;
    this.#isInFrame = false;
    this.#isEscaped = false;
    this.#count = 0;
  }
}
