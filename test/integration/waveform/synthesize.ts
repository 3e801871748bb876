import type { PcmFormat } from '../../../src/protocols/waveform/pcm.ts';

/** Steps from 0 to the end of the scale, as the definitions of the formats say. */
export const FULL_SCALE: Readonly<Record<PcmFormat, number>> = {
  S16LE: 32_768,
  S24_3LE: 8_388_608,
  S32LE: 2_147_483_648,
  FLOAT_LE: 1,
};

/** A sine of a peak in steps; `phaseDeg` is where it stands at the first sample. */
export function sine(count: number, rate: number, hz: number, peak: number, phaseDeg: number): number[] {
  const phase = (phaseDeg * Math.PI) / 180;
  return Array.from(
    { length: count },
    (_, index) => peak * Math.sin((2 * Math.PI * hz * index) / rate + phase),
  );
}

/** The same, of an rms value. */
export function mains(count: number, rate: number, hz: number, rms: number, phaseDeg: number): number[] {
  return sine(count, rate, hz, rms * Math.SQRT2, phaseDeg);
}

/** Interleaves channels as a sound card would. */
export function encode(format: PcmFormat, channels: readonly (readonly number[])[]): Buffer {
  const size = format === 'S16LE' ? 2 : format === 'S24_3LE' ? 3 : 4;
  const frames = channels[0]?.length ?? 0;
  const bytes = Buffer.alloc(frames * channels.length * size);
  const limit = FULL_SCALE[format];
  for (let frame = 0; frame < frames; frame++) {
    for (const [index, channel] of channels.entries()) {
      const value = channel[frame] ?? 0;
      const at = (frame * channels.length + index) * size;
      if (format === 'FLOAT_LE') bytes.writeFloatLE(Math.max(-1, Math.min(1, value)), at);
      else bytes.writeIntLE(Math.max(-limit, Math.min(limit - 1, Math.round(value))), at, size);
    }
  }
  return bytes;
}

/** Puts the header of a WAV file before samples. */
export function wavOf(format: PcmFormat, rate: number, channels: number, pcm: Buffer): Buffer {
  const size = format === 'S16LE' ? 2 : format === 'S24_3LE' ? 3 : 4;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + pcm.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(format === 'FLOAT_LE' ? 3 : 1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * size, 28);
  header.writeUInt16LE(channels * size, 32);
  header.writeUInt16LE(size * 8, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(pcm.length, 40);
  return Buffer.concat([header, pcm]);
}
