import { bytesPerFrame, type PcmFormat } from './pcm.ts';
import { parseWavHeader } from './wav.ts';

/** How the samples of a stream lie. */
export interface StreamFormat {
  readonly format: PcmFormat;
  readonly channels: number;
  readonly rate: number;
}

/** Frames that belong to one interval. */
export interface Block {
  readonly bytes: Buffer;
  readonly stream: StreamFormat;
  /** Milliseconds from its middle to the newest frame that has arrived. */
  readonly ageMs: number;
}

const RIFF = 'RIFF';
const WAV_PROBE_BYTES = 12;
const MAX_HEADER_BYTES = 65_536;

/**
 * Cuts one stream, from its begin, into blocks of `blockMs`. A stream that begins with a WAV header is read by
 * it, any other by `declared`.
 */
export class BlockCutter {
  #stream: StreamFormat | undefined;
  #waiting: Buffer[] = [];
  #length = 0;

  constructor(
    private readonly declared: StreamFormat | undefined,
    private readonly blockMs: number,
  ) {}

  /** Undefined until the begin of the stream was seen. */
  get bytesPerBlock(): number | undefined {
    if (this.#stream === undefined) return undefined;
    const { rate, format, channels } = this.#stream;
    return Math.round((rate * this.blockMs) / 1000) * bytesPerFrame(format, channels);
  }

  /** Whole blocks that these bytes complete, oldest first; or why the stream cannot be understood. */
  push(bytes: Buffer): readonly Block[] | { readonly problem: string } {
    this.#keep(bytes);
    const problem = this.#stream === undefined ? this.#begin() : undefined;
    if (problem !== undefined) return problem;
    const [stream, size] = [this.#stream, this.bytesPerBlock];
    if (stream === undefined || size === undefined || this.#length < size) return [];
    const all = this.#take();
    const blocks: Block[] = [];
    let at = 0;
    for (; at + size <= all.length; at += size) {
      const ageMs = ((all.length - at - size / 2) / size) * this.blockMs;
      blocks.push({ bytes: all.subarray(at, at + size), stream, ageMs });
    }
    this.#keep(all.subarray(at));
    return blocks;
  }

  /** Forgets a block that is not complete: the stream has paused, and what follows is of another time. */
  restart(): void {
    const all = this.#take();
    const { format, channels } = this.#stream ?? {};
    // The channels must not change places: a frame of which a part has come is kept.
    const whole =
      format === undefined || channels === undefined
        ? 0
        : all.length - (all.length % bytesPerFrame(format, channels));
    this.#keep(all.subarray(whole));
  }

  #begin(): { readonly problem: string } | undefined {
    const head = this.#take();
    const isWav = RIFF.startsWith(head.toString('latin1', 0, RIFF.length));
    const wav = isWav ? parseWavHeader(head) : { problem: 'it has no WAV header: say its format and rate' };
    if (!('problem' in wav)) {
      this.#stream = wav;
      this.#keep(head.subarray(wav.start));
      return undefined;
    }
    const isCut =
      isWav && (head.length < WAV_PROBE_BYTES || ('isCut' in wav && head.length < MAX_HEADER_BYTES));
    this.#keep(head);
    if (isCut) return undefined;
    if (this.declared === undefined || isWav) return wav;
    this.#stream = this.declared;
    return undefined;
  }

  #take(): Buffer {
    const all = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#length = 0;
    return all;
  }

  #keep(rest: Buffer): void {
    if (rest.length > 0) this.#waiting.push(rest);
    this.#length += rest.length;
  }
}
