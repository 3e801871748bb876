import type { Device, DeviceQuantity } from '../../domain/device.ts';
import type { Emit } from '../../domain/event.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Source, Statistics } from '../../domain/source.ts';
import { backoffMs } from '../../lib/backoff.ts';
import type { Clock } from '../../lib/clock.ts';
import { untilAborted } from '../../lib/until-aborted.ts';
import { createDeviceFeed, type DeviceFeed, watchFreshness } from '../../mapping/device-feed.ts';
import { createEpisodes, type Episodes } from '../../mapping/episodes.ts';
import { type Block, BlockCutter } from '../../protocols/waveform/blocks.ts';
import { type Absence, type Measured, measureBlock } from '../../protocols/waveform/measure.ts';
import { clippingSteps, decodeChannel } from '../../protocols/waveform/pcm.ts';
import type { WaveformConfig, WaveformDeviceConfig } from './config.ts';
import { type InputEnd, readInput } from './input.ts';

const CODES = ['p', 'q', 's', 'v', 'i', 'pf', 'f'] as const;

const WORDS: Readonly<Record<Absence, string>> = {
  clipped: 'the input clips: turn the gain down, and calibrate again',
  'no-cycles':
    'the voltage has no cycles of the mains: is its transformer plugged in, and voltageChannel right?',
};

const ABSENCES = ['clipped', 'no-cycles'] as const;

/** Circuits whose waveforms come from a sound card or another converter. */
export function createWaveformSource(config: WaveformConfig, clock: Clock): Source {
  return new WaveformSource(config, clock);
}

class WaveformSource implements Source {
  readonly id: string;
  readonly devices: readonly Device[];
  readonly #counters = {
    opened: 0,
    blocks: 0,
    gaps: 0,
    malformed: 0,
    missing_channels: 0,
    clipped: 0,
    no_cycles: 0,
  };
  #feeds: readonly DeviceFeed[] = [];

  constructor(
    private readonly config: WaveformConfig,
    private readonly clock: Clock,
  ) {
    this.id = config.id;
    this.devices = config.devices.map(describeDevice);
  }

  async run(emit: Emit, signal: AbortSignal): Promise<void> {
    const { clock, config } = this;
    this.#feeds = this.devices.map((device, index) =>
      createDeviceFeed({ device, emit, clock, invert: config.devices[index]?.invert ?? false }),
    );
    const episodes = createEpisodes(emit, clock);
    await Promise.all([watchFreshness(this.#feeds, clock, signal), this.#readOn(episodes, signal)]);
  }

  statistics(): Statistics {
    const devices = this.#feeds.map(({ device, samples }) => [device.id, { samples }] as const);
    return { ...this.#counters, devices: Object.fromEntries(devices) };
  }

  async #readOn(episodes: Episodes, signal: AbortSignal): Promise<void> {
    const { id, input } = this.config;
    const name = nameOf(this.config);
    for (let attempt = 0; !signal.aborted; ) {
      try {
        const end = await this.#readOnce(episodes, signal);
        attempt = 0;
        if (end === 'file-ended' || (end === 'writer-gone' && input === '-')) {
          const message = `${id}: ${name} has ended; start the gateway again to read it again`;
          episodes.begin('end', 'recording-ended', message);
          return await untilAborted(signal);
        }
        const message = `${id}: nobody writes into ${name} any more; waiting for the next who does`;
        if (end === 'writer-gone') episodes.begin('writer', 'writer-gone', message);
      } catch (error) {
        attempt++;
        const why = error instanceof Error ? error.message : String(error);
        const message = `${id}: ${name} cannot be read: ${why}; check input, format and rate; trying again`;
        episodes.begin('input', 'input-missing', message);
      }
      await this.clock.sleep(backoffMs(attempt, { firstMs: 250, maxMs: 30_000 }), signal);
    }
  }

  async #readOnce(episodes: Episodes, signal: AbortSignal): Promise<InputEnd> {
    const { clock, config } = this;
    const cutter = new BlockCutter(config.stream, config.blockMs);
    const stop = new AbortController();
    let problem: string | undefined;
    let lastMs: number | undefined;
    const onBytes = (bytes: Buffer) => {
      if (stop.signal.aborted) return;
      const now = clock.monotonicMs();
      // What comes after a pause belongs to another time than what came before it.
      if (lastMs !== undefined && now - lastMs > 2 * config.blockMs) {
        this.#counters.gaps++;
        cutter.restart();
      }
      const isFirst = lastMs === undefined;
      lastMs = now;
      const blocks = cutter.push(bytes);
      if ('problem' in blocks) {
        this.#counters.malformed++;
        problem = blocks.problem;
        stop.abort();
        return;
      }
      if (isFirst) this.#tellOpen(episodes);
      for (const block of blocks) this.#measure(block, episodes);
    };
    const reading = { blockMs: config.blockMs, clock, onBytes, bytesPerBlock: () => cutter.bytesPerBlock };
    const end = await readInput(config.input, reading, AbortSignal.any([signal, stop.signal]));
    if (problem !== undefined) throw new Error(problem);
    return end;
  }

  #tellOpen(episodes: Episodes): void {
    this.#counters.opened++;
    const name = nameOf(this.config);
    episodes.end('input', 'input-there', `${this.id}: ${name} is read`);
    episodes.end('writer', 'writer-back', `${this.id}: ${name} is written again`);
  }

  #measure(block: Block, episodes: Episodes): void {
    this.#counters.blocks++;
    const takenAt = this.clock.now() - block.ageMs;
    for (const [index, device] of this.config.devices.entries()) {
      const { id } = device;
      const result = measureCircuit(block, device);
      if (result === undefined) {
        this.#counters.missing_channels++;
        const hint = 'check voltageChannel and currentChannel';
        const message = `${id}: the stream has ${block.stream.channels} channels only; ${hint}`;
        episodes.begin(`${id} channel`, 'channel-missing', message, id);
      } else if (typeof result === 'string') {
        this.#counters[result === 'clipped' ? 'clipped' : 'no_cycles']++;
        episodes.begin(`${id} ${result}`, `waveform-${result}`, `${id}: ${WORDS[result]}`, id);
      } else {
        const message = `${id}: the waveform is sound again`;
        for (const absence of ABSENCES) episodes.end(`${id} ${absence}`, 'waveform-sound', message, id);
        this.#feeds[index]?.take(readingsOf(result), takenAt);
      }
    }
  }
}

const nameOf = ({ input }: WaveformConfig) => (input === '-' ? 'standard input' : input);

function measureCircuit(
  { bytes, stream: { format, channels, rate } }: Block,
  { voltageChannel, currentChannel, calibration }: WaveformDeviceConfig,
): Measured | Absence | undefined {
  if (Math.max(voltageChannel, currentChannel) >= channels) return undefined;
  const voltage = decodeChannel(bytes, format, channels, voltageChannel);
  const current = decodeChannel(bytes, format, channels, currentChannel);
  return measureBlock(voltage, current, rate, calibration, clippingSteps(format));
}

function readingsOf(measured: Measured): Reading[] {
  return CODES.flatMap((code) => {
    const value = measured[code];
    return value === undefined ? [] : [{ code, value }];
  });
}

function describeDevice({ id, name, intervalMs, rating }: WaveformDeviceConfig): Device {
  const quantities: DeviceQuantity[] = CODES.map((code) => ({ code, intervalMs }));
  return { id, name, intervalMs, lines: 1, rating, quantities };
}
