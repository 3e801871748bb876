import * as z from 'zod';
import * as scalar from '../../config/scalars.ts';
import type { CheckSurroundings, Section, SectionDraft } from '../../config/source-kind.ts';
import type { Issue } from '../../lib/issue.ts';
import { PCM_FORMATS } from '../../protocols/waveform/pcm.ts';
import { defineKind } from '../kind.ts';
import type { WaveformConfig, WaveformDeviceConfig } from './config.ts';

const MAX_CHANNELS = 64;
const perStep = (unit: string) => scalar.numberBetween(1e-15, 1e6, `${unit} per step`);
const channel = scalar.wholeNumber(1, MAX_CHANNELS);

const FIELDS = {
  input: scalar.filePath.describe(
    'Where the samples come from: a FIFO (`mkfifo`), a .wav or raw file, `-` for standard input',
  ),
  format: z.enum(PCM_FORMATS).optional().describe('Form of a sample; a WAV header says it by itself'),
  rate: scalar.wholeNumber(1000, 1_000_000).optional().describe('Samples a second of each channel'),
  channels: scalar.wholeNumber(2, MAX_CHANNELS).optional().describe('Channels of the stream; without it 2'),
} as const;

const DEVICE_FIELDS = {
  voltageChannel: channel.optional().describe('Channel of the voltage, counted from 1; without it 1'),
  currentChannel: channel.optional().describe('Channel of the current, counted from 1; without it 2'),
  voltsPerStep: perStep('V').describe('Calibration: V for one step of the converter (of FLOAT_LE: for 1.0)'),
  ampsPerStep: perStep('A').describe('Calibration: A for one step of the converter (of FLOAT_LE: for 1.0)'),
  phase: scalar
    .numberBetween(-60, 60, 'degrees')
    .optional()
    .describe('Degrees by which the measured current leads the true one; without it 0'),
  polarity: z
    .enum(['normal', 'reversed'])
    .optional()
    .describe('reversed: the current transformer is clipped on the other way round'),
} as const;

const DEFAULT_INTERVAL_S = 1;

/** Waveforms of voltage and current from a sound card or another converter. */
export const WAVEFORM_KIND = defineKind({
  type: 'waveform',
  doc: 'Circuits whose voltage and current come as sampled waveforms from a sound card or another converter (16 to 32 bits, any number of channels); automatic gain must be off.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: DEFAULT_INTERVAL_S,
  check,
  build: ({ id, fields, devices }, { pathOf }): WaveformConfig => ({
    type: 'waveform',
    id,
    input: fields.input === '-' ? '-' : pathOf(fields.input),
    stream:
      fields.format === undefined || fields.rate === undefined
        ? undefined
        : { format: fields.format, rate: fields.rate, channels: fields.channels ?? 2 },
    blockMs: devices[0]?.common.intervalMs ?? DEFAULT_INTERVAL_S * 1000,
    devices: devices.map(buildDevice),
  }),
  async create(config, { clock }) {
    const { createWaveformSource } = await import('./source.ts');
    return createWaveformSource(config, clock);
  },
});

type Draft = SectionDraft<typeof FIELDS, typeof DEVICE_FIELDS>;

function check(source: Draft, surroundings: CheckSurroundings): Issue[] {
  return [
    ...checkFormat(source, surroundings),
    ...checkIntervals(source, surroundings),
    ...checkChannels(source, surroundings),
  ];
}

// Whatever is no WAV file must say its form; a stream may begin with a WAV header, as that of `arecord` does.
function checkFormat(source: Draft, { at }: CheckSurroundings): Issue[] {
  const [lacksFormat, lacksRate] = [source.lacks('format'), source.lacks('rate')];
  const { input } = source.fields;
  if (lacksFormat && lacksRate && !(input !== undefined && /\.(raw|pcm)$/i.test(input))) return [];
  const missing = (['format', 'rate'] as const).filter((key) => source.lacks(key));
  const allowed = `allowed: format (${PCM_FORMATS.join(', ')}) and rate together, or neither where the stream begins with a WAV header`;
  return missing.map((key) => at([...source.path, key], 'is missing', allowed));
}

const BLOCK_S = { min: 0.2, max: 60 };

function checkIntervals(source: Draft, { at, defaultIntervalS }: CheckSurroundings): Issue[] {
  const intervalOf = (device: Draft['devices'][number] | undefined) =>
    device?.fields.interval ?? defaultIntervalS;
  const first = intervalOf(source.devices[0]);
  return source.devices.flatMap((device) => {
    const interval = intervalOf(device);
    const path = [...device.path, 'interval'];
    if (interval !== first) {
      const allowed = `allowed: ${first}, the same for all devices of one stream`;
      return [at(path, `found ${interval}: it differs from that of the first device`, allowed)];
    }
    if (interval >= BLOCK_S.min && interval <= BLOCK_S.max) return [];
    return [
      at(path, `found ${interval}: too short or too long`, `allowed: ${BLOCK_S.min} to ${BLOCK_S.max}`),
    ];
  });
}

function checkChannels(source: Draft, { at }: CheckSurroundings): Issue[] {
  const channels = source.fields.channels ?? (source.lacks('format') ? MAX_CHANNELS : 2);
  return source.devices.flatMap(({ path, fields }) => {
    const issues = (['voltageChannel', 'currentChannel'] as const).flatMap((key) => {
      const number = fields[key] ?? 1;
      if (number <= channels) return [];
      return [
        at([...path, key], `found ${number}: there are ${channels} channels`, `allowed: 1 to ${channels}`),
      ];
    });
    if ((fields.voltageChannel ?? 1) === (fields.currentChannel ?? 2))
      issues.push(
        at([...path, 'currentChannel'], 'is the channel of the voltage', 'allowed: another channel'),
      );
    return issues;
  });
}

function buildDevice({
  common,
  fields,
}: Section<typeof FIELDS, typeof DEVICE_FIELDS>['devices'][number]): WaveformDeviceConfig {
  return {
    ...common,
    voltageChannel: (fields.voltageChannel ?? 1) - 1,
    currentChannel: (fields.currentChannel ?? 2) - 1,
    calibration: {
      voltsPerStep: fields.voltsPerStep,
      ampsPerStep: fields.ampsPerStep,
      phaseDeg: fields.phase ?? 0,
      polarity: fields.polarity === 'reversed' ? -1 : 1,
    },
  };
}
