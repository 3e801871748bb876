import type { Device } from './device.ts';
import type { Emit } from './event.ts';

/** Counters and measures of a source, as they stand in `house/gateway/stats`: plain JSON. */
export type Statistics = { readonly [name: string]: number | string | Statistics };

/**
 * Where samples come from. `run` opens, works and closes: it resolves when the signal aborts and rejects
 * only when it can never go on. A device, adapter or broker that is missing is waited for, not an error.
 */
export interface Source {
  readonly id: string;
  readonly devices: readonly Device[];
  run(emit: Emit, signal: AbortSignal): Promise<void>;
  statistics(): Statistics;
  /**
   * Switches a device that the configuration allows to be switched. Resolves when the device has confirmed it,
   * rejects with an Error whose message says why not. Absent where the source switches nothing.
   */
  switch?(deviceId: string, state: SwitchState): Promise<void>;
}

export type SwitchState = 'on' | 'off';
