import { crcDigits } from './crc16.ts';

/**
 * Frames between the host and the stick, both ways; no published specification, known from captured lines:
 *
 *     | 05 05 03 03 | id | ... | CRC | 0D 0A |
 *           4         4           4     2         characters are upper-case hexadecimal digits
 *
 * The CRC covers the characters between header and CRC. Between frames there may be bytes 83 and lines of the
 * stick's own log; a frame may arrive in several pieces.
 */
const HEADER = [0x05, 0x05, 0x03, 0x03] as const;
const LF = 0x0a;
const CRC_DIGITS = 4;
/** The longest known answer (an energy log) has 100 characters with its CRC. */
const MAX_TEXT = 160;
const MIN_TEXT = 4 + CRC_DIGITS;

/** The bytes of a request; `text` is what stands between header and CRC. */
export function encodeFrame(text: string): Uint8Array {
  const line = `${text}${crcDigits(text)}\r\n`;
  return Uint8Array.of(...HEADER, ...Uint8Array.from(line, (character) => character.charCodeAt(0)));
}

/** What was not a frame, by kind. */
export interface FrameCounters {
  frames: number;
  /** Frames whose CRC did not fit, or that held other characters than hexadecimal digits. */
  damaged: number;
  /** Frames that were longer than any, or broken off by the begin of the next. */
  cutOff: number;
  /** Bytes outside frames: noise, and lines of the stick's own log. */
  strayBytes: number;
  /** Lines outside frames. */
  strayLines: number;
}

export interface FrameReader {
  readonly counters: FrameCounters;
  /** Takes bytes as they arrive; gives the texts (without CRC) of the frames that were completed. */
  push(bytes: Uint8Array): readonly string[];
  /** Forgets an unfinished frame. */
  reset(): void;
}

/** Finds frames in a stream of bytes; holds 160 characters at most and never throws. */
export function createFrameReader(): FrameReader {
  return new HeaderSearch();
}

class HeaderSearch implements FrameReader {
  readonly counters: FrameCounters = { frames: 0, damaged: 0, cutOff: 0, strayBytes: 0, strayLines: 0 };
  /** Bytes of a header that have just come. */
  #matched = 0;
  /** Of the frame that has begun. */
  #text: string | undefined;

  push(bytes: Uint8Array): readonly string[] {
    const done: string[] = [];
    for (const byte of bytes) {
      if (this.#isHeaderEnd(byte)) this.#begin();
      else if (this.#text === undefined) this.#passBy(byte);
      else if (byte === LF && this.#text.endsWith('\r')) this.#end(this.#text.slice(0, -1), done);
      else if (this.#text.length > MAX_TEXT) {
        this.counters.cutOff++;
        this.#text = undefined;
      } else this.#text += String.fromCharCode(byte);
    }
    return done;
  }

  reset(): void {
    this.#matched = 0;
    this.#text = undefined;
  }

  #isHeaderEnd(byte: number): boolean {
    if (byte === HEADER[this.#matched]) this.#matched++;
    else if (byte !== HEADER[0]) this.#matched = 0;
    // After 05 05 a further 05 leaves two of them standing.
    else if (this.#matched !== 2) this.#matched = 1;
    if (this.#matched < HEADER.length) return false;
    this.#matched = 0;
    return true;
  }

  // A header inside a frame begins a new one: the first was broken off.
  #begin(): void {
    if (this.#text === undefined) this.counters.strayBytes -= HEADER.length - 1;
    else this.counters.cutOff++;
    this.#text = '';
  }

  #passBy(byte: number): void {
    this.counters.strayBytes++;
    if (byte === LF) this.counters.strayLines++;
  }

  #end(text: string, done: string[]): void {
    this.#text = undefined;
    const frame = intactText(text);
    if (frame === undefined) this.counters.damaged++;
    else {
      this.counters.frames++;
      done.push(frame);
    }
  }
}

function intactText(text: string): string | undefined {
  if (text.length < MIN_TEXT || !/^[0-9A-F]+$/.test(text)) return undefined;
  const body = text.slice(0, -CRC_DIGITS);
  return crcDigits(body) === text.slice(-CRC_DIGITS) ? body : undefined;
}
