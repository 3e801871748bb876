/**
 * Cuts a stream of bytes into lines of text.
 *
 *     4F 4B 20 38 0D 0A | 4F 4B ...        "OK 8"        (CR LF)
 *     4F 4B 20 38 0A                       "OK 8"        (LF)
 *     4F 4B 20 38 0D                       "OK 8"        (CR)
 *     0A 0D 0D 0A                          nothing       (empty lines)
 *
 * CR and LF in any mix end a line; a line may come in any number of pieces. Each byte is one character (ISO 8859-1),
 * so damaged bytes are seen by who reads the line and never make decoding fail. RFC 20 names the characters.
 */
export interface Line {
  readonly text: string;
  /** False for what was heard before the first line end: its begin may be missing, though it may look complete. */
  readonly isWhole: boolean;
}

export interface LineReader {
  /** The lines that these bytes complete, without their ends. */
  take(bytes: Uint8Array): readonly Line[];
  /** A new connection: what was half heard is forgotten, and the first line may lack its begin. */
  reset(): void;
  /** Nothing came for long: a line that was begun is never completed by what comes later. */
  breakOff(): void;
  /** Lines longer than the limit, dropped whole. */
  readonly tooLong: number;
  /** Lines that were broken off. */
  readonly cut: number;
}

const CR = 0x0d;
const LF = 0x0a;

/** Holds at most `maxBytes`, whatever comes. */
export function createLineReader(maxBytes: number): LineReader {
  return new BoundedLineReader(maxBytes);
}

class BoundedLineReader implements LineReader {
  tooLong = 0;
  cut = 0;
  readonly #held: Buffer;
  #length = 0;
  #isSkipping = false;
  #isWhole = false;

  constructor(maxBytes: number) {
    this.#held = Buffer.alloc(maxBytes);
  }

  take(bytes: Uint8Array): readonly Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== CR && bytes[at] !== LF) continue;
      this.#hold(bytes.subarray(from, at));
      from = at + 1;
      const line = this.#end();
      if (line !== undefined) lines.push(line);
    }
    this.#hold(bytes.subarray(from));
    return lines;
  }

  reset(): void {
    this.#length = 0;
    this.#isSkipping = false;
    this.#isWhole = false;
  }

  breakOff(): void {
    if (this.#length === 0) return;
    // What comes next may be the rest of this line, read late by a busy computer.
    this.#length = 0;
    this.#isSkipping = true;
    this.cut++;
  }

  #hold(bytes: Uint8Array): void {
    if (this.#isSkipping || bytes.length === 0) return;
    if (this.#length + bytes.length > this.#held.length) {
      this.#isSkipping = true;
      this.#length = 0;
      this.tooLong++;
      return;
    }
    this.#held.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #end(): Line | undefined {
    const line =
      this.#length === 0
        ? undefined
        : { text: this.#held.toString('latin1', 0, this.#length), isWhole: this.#isWhole };
    this.#length = 0;
    this.#isSkipping = false;
    this.#isWhole = true;
    return line;
  }
}
