import type { SourceConfig, SourceDeviceConfig } from '../../config/types.ts';
import type { StreamFormat } from '../../protocols/waveform/blocks.ts';
import type { Calibration } from '../../protocols/waveform/measure.ts';

/** Sound that is the voltage and the currents of a house. */
export interface WaveformConfig extends SourceConfig {
  readonly type: 'waveform';
  /** A FIFO, a file, or `-` for standard input. */
  readonly input: string;
  /** Absent: a WAV header says it. */
  readonly stream: StreamFormat | undefined;
  /** Length of the blocks from which a sample is computed. */
  readonly blockMs: number;
  readonly devices: readonly WaveformDeviceConfig[];
}

/** One circuit: where its voltage and its current are. */
export interface WaveformDeviceConfig extends SourceDeviceConfig {
  /** Counted from 0. */
  readonly voltageChannel: number;
  readonly currentChannel: number;
  readonly calibration: Calibration;
}
