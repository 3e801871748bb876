import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../../src/config/load-config.ts';
import { WAVEFORM_KIND } from '../../../../src/sources/waveform/kind.ts';

const CALIBRATION = { voltsPerStep: 1.9e-7, ampsPerStep: 4.9e-8 };
const FIFO = { input: 'adc.fifo', format: 'S32LE', rate: 16_000 };

async function load(section: object, ...devices: readonly object[]) {
  const folder = await mkdtemp(join(tmpdir(), 'busbar-waveform-'));
  const file = join(folder, 'house.yaml');
  const entries = devices.map((device, index) => ({ id: `d${index}`, name: 'D', ...CALIBRATION, ...device }));
  const sources = [{ type: 'waveform', id: 'adc', ...section, devices: entries }];
  try {
    await writeFile(file, JSON.stringify({ sources }));
    const { config } = await loadConfig({ file, env: {}, knownMeters: undefined, kinds: [WAVEFORM_KIND] });
    return { source: config.sources[0], folder };
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('a section waveform', () => {
  it('is built with channels counted from 0, one block a second and a straight transformer', async () => {
    const { source, folder } = await load(FIFO, {}, { currentChannel: 2, phase: -1.5, polarity: 'reversed' });
    expect(source).toMatchObject({
      input: join(folder, 'adc.fifo'),
      blockMs: 1000,
      stream: { format: 'S32LE', rate: 16_000, channels: 2 },
      devices: [
        { voltageChannel: 0, currentChannel: 1, calibration: { ...CALIBRATION, phaseDeg: 0, polarity: 1 } },
        { calibration: { phaseDeg: -1.5, polarity: -1 } },
      ],
    });
  });

  it('needs no format for a WAV file, and leaves standard input as it is', async () => {
    expect((await load({ input: 'a.wav' }, {})).source).toMatchObject({ stream: undefined });
    expect((await load({ ...FIFO, input: '-' }, {})).source).toMatchObject({ input: '-' });
  });

  it.each<[string, object, object[], RegExp]>([
    ['a rate without a format', { input: 'adc.fifo', rate: 16_000 }, [{}], /format: is missing/],
    ['a raw file without a format', { input: 'adc.raw' }, [{}], /rate: is missing/],
    ['a format of which nobody knows', { ...FIFO, format: 'S8' }, [{}], /S16LE/],
    ['a channel that is not there', FIFO, [{ currentChannel: 3 }], /there are 2 channels/],
    ['one channel for both', FIFO, [{ voltageChannel: 2 }], /is the channel of the voltage/],
    ['blocks of two lengths', FIFO, [{ interval: 1 }, { interval: 2 }], /differs from that of the first/],
    ['a block of an hour', FIFO, [{ interval: 3600 }], /too short or too long/],
    ['no calibration', FIFO, [{ voltsPerStep: 0 }], /V per step/],
  ])('says what is wrong with %s', async (_, section, devices, words) => {
    await expect(load(section, ...devices)).rejects.toThrow(words);
  });
});
