import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayEvent } from '../../../src/domain/event.ts';
import type { Sample } from '../../../src/domain/reading.ts';
import { type Clock, createSystemClock } from '../../../src/lib/clock.ts';
import type { PcmFormat } from '../../../src/protocols/waveform/pcm.ts';
import type { WaveformConfig } from '../../../src/sources/waveform/config.ts';
import { createWaveformSource } from '../../../src/sources/waveform/source.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';
import { encode, FULL_SCALE, mains, sine, wavOf } from './synthesize.ts';

interface Vector {
  readonly id: string;
  readonly payload: {
    readonly rate: number;
    readonly frequency_hz: number;
    readonly v_rms: number;
    readonly i_rms: number;
    readonly i_lags_v_deg: number;
    readonly volts_per_adc_step: number;
    readonly amps_per_adc_step: number;
  };
  readonly decoded: Readonly<Record<string, { readonly value: number }>>;
}
const vectors = JSON.parse(readFileSync('test/fixtures/plugs/waveform.json', 'utf8')) as readonly Vector[];
const synthetic = vectors.filter(({ id }) => id.startsWith('waveform-synthetic'));
const calibrations = vectors.filter(({ id }) => id.startsWith('waveform-ukdale'));

let folder: string;
let stop: (() => Promise<void>) | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'busbar-wave-'));
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
  await rm(folder, { recursive: true });
});

function configFor(
  input: string,
  stream: WaveformConfig['stream'],
  voltsPerStep: number,
  ampsPerStep: number,
): WaveformConfig {
  const calibration = { voltsPerStep, ampsPerStep, phaseDeg: 0, polarity: 1 } as const;
  const common = { name: 'Mains', intervalMs: 1000, invert: false, rating: {} };
  const device = { id: 'mains', ...common, voltageChannel: 0, currentChannel: 1, calibration };
  return { type: 'waveform', id: 'adc', input, stream, blockMs: 1000, devices: [device] };
}

function start(config: WaveformConfig, clock: Clock) {
  const source = createWaveformSource(config, clock);
  const events: GatewayEvent[] = [];
  const stopper = new AbortController();
  const running = source.run((event) => events.push(event), stopper.signal);
  stop = async () => {
    stopper.abort();
    await running;
  };
  const samples = () => events.flatMap((event) => (event.type === 'sample' ? [event.sample] : []));
  const notices = () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : []));
  return { source, samples, notices };
}

const MAKE_FIFO = 'mkfifo'; // of the system's own tools
const makeFifo = (path: string) => execFileSync(MAKE_FIFO, [path]);

async function until(isTrue: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + 15_000;
  while (!isTrue()) {
    if (performance.now() > giveUpAt) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Sockets and files need real timers; the pace of a recording is of the moved time. */
function movedClock(): ManualClock {
  const moved = createManualClock({ timers: 'real' });
  return Object.create(moved, { monotonicMs: { value: () => moved.now() } });
}

/** Moves through a recording until its samples are out. */
async function play(clock: ManualClock, samples: () => readonly Sample[], count: number): Promise<void> {
  for (let second = 0; samples().length < count && second < 20; second++) {
    await clock.whenSleeping(2);
    await clock.advance(1000);
  }
}

const values = (sample: Sample | undefined) =>
  Object.fromEntries((sample?.readings ?? []).map(({ code, value }) => [code, value]));

describe('a recording', () => {
  it.each(
    synthetic.flatMap((vector) =>
      (['S16LE', 'S24_3LE', 'S32LE', 'FLOAT_LE'] as const).map(
        (format) => [vector.id, format, vector] as const,
      ),
    ),
  )('%s in %s gives its known values', async (_, format, { payload, decoded }) => {
    const { rate, frequency_hz: hz } = payload;
    const [voltsPerStep, ampsPerStep] = [400 / FULL_SCALE[format], 20 / FULL_SCALE[format]];
    const seconds = 3;
    const pcm = encode(format, [
      mains(seconds * rate, rate, hz, payload.v_rms / voltsPerStep, 17),
      mains(seconds * rate, rate, hz, payload.i_rms / ampsPerStep, 17 - payload.i_lags_v_deg),
    ]);
    const input = join(folder, 'adc.raw');
    await writeFile(input, pcm);
    const clock = movedClock();
    const { samples } = start(
      configFor(input, { format, rate, channels: 2 }, voltsPerStep, ampsPerStep),
      clock,
    );
    await play(clock, samples, seconds);
    expect(samples()).toHaveLength(seconds);
    const scale = Math.abs(decoded.s?.value ?? 0);
    for (const sample of samples()) {
      const found = values(sample);
      for (const code of ['p', 'q', 's'])
        expect(Math.abs((found[code] ?? 0) - (decoded[code]?.value ?? 0)), code).toBeLessThan(scale * 5e-4);
      expect(found.v).toBeCloseTo(decoded.v?.value ?? 0, 1);
      expect(found.i).toBeCloseTo(decoded.i?.value ?? 0, 2);
      expect(found.f).toBeCloseTo(decoded.f?.value ?? 0, 2);
      expect(found.pf).toBeCloseTo(decoded.pf?.value ?? 0, 3);
    }
  });

  it.each(calibrations.map((vector) => [vector.id, vector] as const))(
    '%s gives its volts',
    async (_, { payload, decoded }) => {
      const rate = 16_000;
      const half = 2 ** 30 / Math.SQRT2;
      const input = join(folder, 'half.wav');
      const pcm = encode('S32LE', [mains(2 * rate, rate, 50, half, 0), mains(2 * rate, rate, 50, half, 0)]);
      await writeFile(input, wavOf('S32LE', rate, 2, pcm));
      const clock = movedClock();
      const config = configFor(input, undefined, payload.volts_per_adc_step, payload.amps_per_adc_step);
      const { samples } = start(config, clock);
      await play(clock, samples, 1);
      expect(values(samples()[0]).v).toBeCloseTo(decoded.v_rms_at_sine_half_scale?.value ?? 0, 2);
      const amps = (decoded.full_scale_i_peak?.value ?? 0) / 2 / Math.SQRT2;
      expect(values(samples()[0]).i).toBeCloseTo(amps, 2);
    },
  );

  it('is given out at the pace of its making, each sample with the time of the middle of its block', async () => {
    const rate = 8000;
    const input = join(folder, 'adc.raw');
    const wave = sine(10 * rate, rate, 50, 20_000, 0);
    await writeFile(input, encode('S16LE', [wave, wave]));
    const clock = movedClock();
    const { samples, notices } = start(
      configFor(input, { format: 'S16LE', rate, channels: 2 }, 0.01, 0.001),
      clock,
    );
    await play(clock, samples, 10);
    const times = samples().map(({ takenAt }) => takenAt);
    expect(times).toHaveLength(10);
    const steps = times.slice(3).map((time, index) => time - (times[index + 2] ?? 0));
    expect(steps.every((step) => Math.abs(step - 1000) <= 60)).toBe(true);
    await clock.advance(2000);
    await until(() => notices().includes('recording-ended'));
  });
});

describe('a FIFO', () => {
  const rate = 8000;
  const format: PcmFormat = 'S16LE';
  const wave = sine(rate, rate, 50, 20_000, 10);
  const second = encode(format, [wave, wave]);
  const none = encode(format, [sine(rate, rate, 50, 0, 0), sine(rate, rate, 50, 0, 0)]);
  const clipped = encode(format, [sine(rate, rate, 50, 60_000, 0), sine(rate, rate, 50, 20_000, 0)]);

  function fifo(): string {
    const path = join(folder, 'adc.fifo');
    makeFifo(path);
    return path;
  }
  const write = async (path: string, ...parts: readonly Buffer[]) => {
    const file = await open(path, 'w');
    for (const part of parts) await file.writeFile(part);
    await file.close();
  };
  const configOf = (path: string) => configFor(path, { format, rate, channels: 2 }, 0.01, 0.001);

  it('is waited for, read while it is written, and waited for again when its writer goes away', async () => {
    const path = join(folder, 'adc.fifo');
    const { samples, notices } = start(configOf(path), createSystemClock());
    await until(() => notices().includes('input-missing'));
    makeFifo(path);
    // A writer that dies within a frame must not make the channels of the next change places.
    await write(path, second, second.subarray(0, 4 * 100 + 3));
    await until(() => samples().length === 1 && notices().includes('writer-gone'));
    await write(path, second);
    await until(() => samples().length === 2);
    expect(notices().slice(0, 4)).toEqual(['input-missing', 'input-there', 'writer-gone', 'writer-back']);
    for (const sample of samples()) {
      expect(values(sample).v).toBeCloseTo(200 / Math.SQRT2, 1);
      expect(values(sample).p).toBeCloseTo((200 * 20) / 2, 0);
      expect(Math.abs(sample.takenAt - Date.now())).toBeLessThan(20_000);
    }
  });

  it('makes no reading of a voltage without cycles nor of a clipped one, and tells of each once', async () => {
    const path = fifo();
    const { source, samples, notices } = start(configOf(path), createSystemClock());
    await write(path, none, none, clipped, clipped, second);
    await until(() => samples().length === 1);
    expect(notices().slice(0, 4)).toEqual([
      'waveform-no-cycles',
      'waveform-clipped',
      'waveform-sound',
      'waveform-sound',
    ]);
    expect(source.statistics()).toMatchObject({ blocks: 5, no_cycles: 2, clipped: 2 });
  });

  it('is refused where it has neither a WAV header nor a format', async () => {
    const path = fifo();
    const { samples, notices } = start(configFor(path, undefined, 1, 1), createSystemClock());
    await write(path, second).catch(() => undefined);
    await until(() => notices().includes('input-missing'));
    expect(samples()).toEqual([]);
  });

  it('takes the WAV header with which a recorder begins its stream', async () => {
    const path = fifo();
    const { samples } = start(configFor(path, undefined, 0.01, 0.001), createSystemClock());
    const wav = wavOf(format, rate, 2, second);
    await write(path, wav.subarray(0, 3), wav.subarray(3, 30), wav.subarray(30));
    await until(() => samples().length === 1);
    expect(values(samples()[0]).f).toBeCloseTo(50, 2);
  });
});
