import type { PcmFormat } from './pcm.ts';

/**
 * RIFF WAVE (Microsoft Multimedia Programming Interface 1.0, 1991; WAVEFORMATEXTENSIBLE of 2001):
 *
 *     "RIFF" size32 "WAVE"  then chunks:  id(4) size32 content, padded to an even length
 *     "fmt " tag16 channels16 rate32 byteRate32 frameBytes16 bits16 [extraSize16 valid16 mask32 guid(16)]
 *     "data" samples to the end of the chunk
 *
 * Tag 1 is PCM, 3 is IEEE float, 0xFFFE has the tag in the first two bytes of the GUID.
 */
export interface WavHeader {
  readonly format: PcmFormat;
  readonly channels: number;
  readonly rate: number;
  /** Where the samples begin. */
  readonly start: number;
  /** Bytes of samples; a recorder that was killed leaves 0 or the largest number there. */
  readonly length: number | undefined;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;
const FMT_BYTES = 16;
const GUID_AT = 24;
const UNFINISHED = [0, 0xffff_ffff, 0x7fff_ffff];

/** Reads the begin of a WAV file, or says what is wrong with it; never throws. */
export function parseWavHeader(
  bytes: Buffer,
): WavHeader | { readonly problem: string; readonly isCut?: true } {
  const isWav = bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WAVE';
  if (!isWav) return { problem: 'it is not a WAV file' };
  let sound: Pick<WavHeader, 'format' | 'channels' | 'rate'> | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === 'data') {
      if (sound === undefined) return { problem: 'it does not say its format' };
      return { ...sound, start, length: UNFINISHED.includes(size) ? undefined : size };
    }
    if (id === 'fmt ') {
      if (start + size > bytes.length) break;
      const found = parseFormat(bytes.subarray(start, start + size));
      if ('problem' in found) return found;
      sound = found;
    }
    at = start + size + (size % 2);
  }
  return { problem: 'its samples do not begin within its first 64 KiB', isCut: true };
}

function parseFormat(
  fmt: Buffer,
): Pick<WavHeader, 'format' | 'channels' | 'rate'> | { readonly problem: string } {
  if (fmt.length < FMT_BYTES) return { problem: 'its format is cut off' };
  const tag = fmt.readUInt16LE(0);
  const realTag = tag === EXTENSIBLE && fmt.length >= GUID_AT + 2 ? fmt.readUInt16LE(GUID_AT) : tag;
  const bits = fmt.readUInt16LE(14);
  const format = formatOf(realTag, bits);
  const channels = fmt.readUInt16LE(2);
  const rate = fmt.readUInt32LE(4);
  if (format === undefined)
    return { problem: `it is neither PCM of 16, 24 or 32 bits nor float (${realTag}, ${bits})` };
  if (channels === 0 || rate === 0) return { problem: 'it has no channels or no rate' };
  return { format, channels, rate };
}

function formatOf(tag: number, bits: number): PcmFormat | undefined {
  if (tag === FLOAT && bits === 32) return 'FLOAT_LE';
  if (tag !== PCM) return undefined;
  return bits === 16 ? 'S16LE' : bits === 24 ? 'S24_3LE' : bits === 32 ? 'S32LE' : undefined;
}
