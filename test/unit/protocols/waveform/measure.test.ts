import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockCutter } from '../../../../src/protocols/waveform/blocks.ts';
import { type Calibration, type Measured, measureBlock } from '../../../../src/protocols/waveform/measure.ts';
import { decodeChannel } from '../../../../src/protocols/waveform/pcm.ts';
import { parseWavHeader } from '../../../../src/protocols/waveform/wav.ts';

const RATE = 16_000;
const STRAIGHT: Calibration = { voltsPerStep: 1, ampsPerStep: 1, phaseDeg: 0, polarity: 1 };
const wave = (at: (angle: number) => number, hz = 50, rate = RATE) =>
  Float64Array.from({ length: rate }, (_, index) => at((2 * Math.PI * hz * index) / rate + 0.4));
const voltage = (hz = 50, rate = RATE) => wave((angle) => 230 * Math.SQRT2 * Math.sin(angle), hz, rate);
const current = (rms: number, lagDeg: number, hz = 50, rate = RATE) =>
  wave((angle) => rms * Math.SQRT2 * Math.sin(angle - (lagDeg * Math.PI) / 180), hz, rate);

function measured(v: Float64Array, i: Float64Array, calibration = STRAIGHT, rate = RATE): Measured {
  const result = measureBlock(v, i, rate, calibration, 1e6);
  if (typeof result === 'string') throw new Error(result);
  return result;
}

describe('measureBlock', () => {
  it('gives p, q, s, v, i, pf and f of every sine, whatever its frequency and angle', () => {
    const hz = fc.double({ min: 45, max: 65, noNaN: true });
    const lag = fc.double({ min: -180, max: 180, noNaN: true });
    fc.assert(
      fc.property(hz, lag, fc.constantFrom(8000, 16_000, 44_100), (f, lagDeg, rate) => {
        const found = measured(voltage(f, rate), current(5, lagDeg, f, rate), STRAIGHT, rate);
        const radians = (lagDeg * Math.PI) / 180;
        expect(Math.abs(found.p - 1150 * Math.cos(radians))).toBeLessThan(1.5);
        // Where nearly all is active power, the root of a small difference is all there is.
        if (Math.abs(Math.sin(radians)) > 0.1)
          expect(Math.abs(found.q - 1150 * Math.sin(radians))).toBeLessThan(3);
        expect(found.s).toBeCloseTo(1150, 0);
        expect(found.f).toBeCloseTo(f, 2);
        expect(Math.abs(found.pf ?? 2)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 40 },
    );
  });

  it('sees the apparent power of a harmonic that carries no active power', () => {
    const i = wave((angle) => Math.SQRT2 * (2 * Math.sin(angle) + Math.sin(3 * angle)));
    const found = measured(voltage(), i);
    expect(found.p).toBeCloseTo(460, 1);
    expect(found.s).toBeCloseTo(514.3, 1);
    expect(found.q).toBeCloseTo(Math.sqrt(514.296 ** 2 - 460 ** 2), 0);
  });

  it('takes out a direct current of the converter', () => {
    const shifted = (samples: Float64Array, by: number) => samples.map((sample) => sample + by);
    const found = measured(shifted(voltage(49.7), 90), shifted(current(5, 60, 49.7), -3));
    expect(found.v).toBeCloseTo(230, 1);
    expect(found.i).toBeCloseTo(5, 3);
    expect(found.p).toBeCloseTo(575, 0);
  });

  it('delays a current that its transformer lets lead, by fractions of a sample', () => {
    const led = current(5, 60 - 3.3);
    const found = measured(voltage(), led, { ...STRAIGHT, phaseDeg: 3.3 });
    expect(found.p).toBeCloseTo(575, 1);
    expect(found.q).toBeCloseTo(995.93, 0);
  });

  it('turns a reversed transformer round, and scales by the calibration', () => {
    const reversed = { voltsPerStep: 0.5, ampsPerStep: 0.1, phaseDeg: 0, polarity: -1 } as const;
    const found = measured(voltage(), current(5, 180 + 60), reversed);
    expect(found.p).toBeCloseTo(575 / 20, 2);
    expect(found.q).toBeCloseTo(995.93 / 20, 1);
    expect(found.v).toBeCloseTo(115, 2);
  });

  it('has powers of 0 and no power factor without any current', () => {
    expect(measured(voltage(), new Float64Array(RATE))).toMatchObject({
      i: 0,
      p: 0,
      q: 0,
      s: 0,
      pf: undefined,
    });
  });

  it('finds the cycles of a noisy and distorted voltage', () => {
    let seed = 1;
    const noise = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return (seed / 2_147_483_647 - 0.5) * 10;
    };
    const v = wave((angle) => 325 * Math.sin(angle) + 15 * Math.sin(5 * angle) + noise());
    expect(measured(v, current(5, 0)).f).toBeCloseTo(50, 1);
  });

  it.each<[string, Float64Array]>([
    ['nothing', new Float64Array(RATE)],
    ['a constant', new Float64Array(RATE).fill(100)],
    ['noise', Float64Array.from({ length: RATE }, (_, index) => Math.sin(index * index * 0.7))],
    ['a tone that is no mains', voltage(400)],
    ['a slow drift', Float64Array.from({ length: RATE }, (_, index) => index)],
    ['less than a cycle', voltage().slice(0, 200)],
    ['no samples', new Float64Array(0)],
  ])('says that %s has no cycles', (_, v) => {
    expect(measureBlock(v, v, RATE, STRAIGHT, 1e6)).toBe('no-cycles');
  });

  it('says that a block clips by more than three samples, and forgives a spark', () => {
    const spark = voltage();
    for (const at of [5, 500, 5000]) spark[at] = 1000;
    expect(measureBlock(spark, current(5, 0), RATE, STRAIGHT, 1000)).not.toBe('clipped');
    spark[700] = -1000;
    expect(measureBlock(spark, current(5, 0), RATE, STRAIGHT, 1000)).toBe('clipped');
    expect(measureBlock(current(5, 0), spark, RATE, STRAIGHT, 1000)).toBe('clipped');
  });
});

describe('PCM', () => {
  it.each([
    ['S16LE', [0x01, 0x80, 0xff, 0x7f], [-32_767, 32_767]],
    ['S24_3LE', [0xff, 0xff, 0xff, 0x00, 0x00, 0x80], [-1, -8_388_608]],
    ['S32LE', [0xfe, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x40], [-2, 1_073_741_824]],
    ['FLOAT_LE', [0x00, 0x00, 0x00, 0x3f, 0x00, 0x00, 0xc0, 0x7f], [0.5, 1]],
  ] as const)('%s is read as it is defined; a half frame is left out', (format, bytes, [left, right]) => {
    const frame = Buffer.from([...bytes, bytes[0]]);
    expect([...decodeChannel(frame, format, 2, 0)]).toEqual([left]);
    expect([...decodeChannel(frame, format, 2, 1)]).toEqual([right]);
  });

  it('is cut into the same blocks however it arrives', () => {
    const bytes = Buffer.from(Uint8Array.from({ length: 4 * 2500 }, (_, index) => index % 251));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }), (cuts) => {
        const cutter = new BlockCutter({ format: 'S16LE', rate: 1000, channels: 2 }, 1000);
        const blocks: Buffer[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = cuts[turn % cuts.length] ?? 1;
          const pushed = cutter.push(bytes.subarray(at, at + length));
          if ('problem' in pushed) throw new Error(pushed.problem);
          blocks.push(...pushed.map((block) => block.bytes));
          at += length;
        }
        expect(blocks).toHaveLength(2);
        expect(Buffer.concat(blocks)).toEqual(bytes.subarray(0, 8000));
      }),
    );
  });

  it('never throws, whatever a WAV header holds', () => {
    const header = fc
      .uint8Array({ maxLength: 120 })
      .map((bytes) => Buffer.concat([Buffer.from('RIFF....WAVEfmt '), bytes]));
    fc.assert(fc.property(header, (bytes) => void parseWavHeader(bytes)));
  });
});
