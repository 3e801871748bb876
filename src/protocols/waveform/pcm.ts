/**
 * Interleaved PCM, as ALSA names its formats (alsa-lib, snd_pcm_format_t), little-endian:
 *
 *     frame 0            frame 1            ...        one frame = one moment
 *     [ch 1][ch 2]..     [ch 1][ch 2]..
 *
 *     S16_LE    lo hi                  steps -2^15 .. 2^15-1
 *     S24_3LE   lo mid hi              steps -2^23 .. 2^23-1, three bytes without padding
 *     S32_LE    b0 b1 b2 b3            steps -2^31 .. 2^31-1
 *     FLOAT_LE  IEEE 754 single        one step is full scale: -1.0 .. 1.0
 */
export const PCM_FORMATS = ['S16LE', 'S24_3LE', 'S32LE', 'FLOAT_LE'] as const;
export type PcmFormat = (typeof PCM_FORMATS)[number];

interface FormatFacts {
  readonly bytes: number;
  /** Steps from 0 to the end of the scale. */
  readonly fullScale: number;
  readonly read: (bytes: Buffer, at: number) => number;
}

const FORMATS: Readonly<Record<PcmFormat, FormatFacts>> = {
  S16LE: { bytes: 2, fullScale: 2 ** 15, read: (bytes, at) => bytes.readInt16LE(at) },
  S24_3LE: { bytes: 3, fullScale: 2 ** 23, read: (bytes, at) => bytes.readIntLE(at, 3) },
  S32LE: { bytes: 4, fullScale: 2 ** 31, read: (bytes, at) => bytes.readInt32LE(at) },
  FLOAT_LE: { bytes: 4, fullScale: 1, read: (bytes, at) => bytes.readFloatLE(at) },
};

export function bytesPerFrame(format: PcmFormat, channels: number): number {
  return FORMATS[format].bytes * channels;
}

// A converter of 16 bits that is read as 32 ends one of its own steps below full scale.
const CLIPPED_SHARE = 1 - 2 ** -15;

/** The value, in steps, from which on a sample is at the end of the scale. */
export function clippingSteps(format: PcmFormat): number {
  return FORMATS[format].fullScale * CLIPPED_SHARE;
}

/** One channel (counted from 0) of whole frames, in steps. What is not a number in FLOAT_LE becomes full scale. */
export function decodeChannel(
  bytes: Buffer,
  format: PcmFormat,
  channels: number,
  channel: number,
): Float64Array {
  const { bytes: size, read, fullScale } = FORMATS[format];
  const frame = size * channels;
  const samples = new Float64Array(Math.floor(bytes.length / frame));
  for (let index = 0; index < samples.length; index++) {
    const value = read(bytes, index * frame + channel * size);
    samples[index] = Number.isFinite(value) ? value : fullScale;
  }
  return samples;
}
