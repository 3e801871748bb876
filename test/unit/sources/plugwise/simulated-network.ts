import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GatewayEvent, Notice } from '../../../../src/domain/event.ts';
import { readingKey, type Sample } from '../../../../src/domain/reading.ts';
import type { Source } from '../../../../src/domain/source.ts';
import {
  createSimulatedStick,
  type SimulatedStick,
  type SimulatedStickOptions,
} from '../../../../src/simulator/plugwise/simulated-stick.ts';
import type { PlugwiseConfig, PlugwiseDeviceConfig } from '../../../../src/sources/plugwise/config.ts';
import { createPlugwiseSource } from '../../../../src/sources/plugwise/source.ts';
import { type StreamOpener, TransportError } from '../../../../src/transports/byte-stream.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';

/** A stick in memory: what the source writes it receives in the same turn. */
export function openerOn(stick: SimulatedStick): StreamOpener {
  return {
    label: 'the simulated stick',
    async open() {
      if (!stick.isPluggedIn) throw new TransportError('not-found', 'no simulated stick');
      let receive: (bytes: Uint8Array) => void = () => {};
      let gone: (cause: Error | undefined) => void = () => {};
      let isOpen = true;
      const client = stick.connect({
        write: (bytes) => {
          if (isOpen) receive(bytes);
        },
        hangUp: () => {
          isOpen = false;
          gone(new TransportError('lost', 'the simulated stick is gone'));
        },
      });
      return {
        async write(bytes) {
          if (!isOpen) throw new TransportError('lost', 'the simulated stick is gone');
          client.receive(bytes);
        },
        onData: (listener) => {
          receive = listener;
        },
        onClose: (listener) => {
          gone = listener;
        },
        async close() {
          isOpen = false;
          client.close();
          gone(undefined);
        },
      };
    },
  };
}

export const macOf = (n: number) => `000D6F00${(0x59_0000 + n).toString(16).toUpperCase().padStart(8, '0')}`;

export function plug(n: number, more: Partial<PlugwiseDeviceConfig> = {}): PlugwiseDeviceConfig {
  return {
    id: `plug${n}`,
    name: `Plug ${n}`,
    intervalMs: 10_000,
    invert: false,
    rating: {},
    mac: macOf(n),
    allowSwitching: false,
    ...more,
  };
}

export function configOf(
  devices: readonly PlugwiseDeviceConfig[],
  more: Partial<PlugwiseConfig> = {},
): PlugwiseConfig {
  return {
    type: 'plugwise',
    id: 'stick',
    connection: { kind: 'tcp', host: '127.0.0.1', port: 1 },
    devices,
    setClocks: true,
    energyLog: false,
    ...more,
  };
}

/** A source at work, and everything that it tells. */
export interface Running {
  readonly clock: ManualClock;
  /** The one given, or one in memory with the circles of the options. */
  readonly stick: SimulatedStick;
  readonly source: Source;
  readonly folder: string;
  readonly events: readonly GatewayEvent[];
  samples(deviceId?: string): readonly Sample[];
  values(deviceId: string, key: string): readonly number[];
  notices(): readonly Notice[];
  availability(deviceId: string): string | undefined;
  stop(): Promise<void>;
}

export interface StartOptions extends Omit<SimulatedStickOptions, 'clock' | 'circles'> {
  readonly circles?: SimulatedStickOptions['circles'];
  /** Instead of the simulated stick. */
  readonly opener?: StreamOpener;
  readonly devices?: readonly PlugwiseDeviceConfig[];
  readonly config?: Partial<PlugwiseConfig>;
  readonly startAt?: number;
  /** State of an earlier run. */
  readonly folder?: string;
  readonly clock?: ManualClock;
  readonly stick?: SimulatedStick;
}

export async function startSource(options: StartOptions): Promise<Running> {
  const startAt = options.startAt ?? Date.UTC(2026, 4, 1, 9, 59, 3);
  const clock = options.clock ?? createManualClock({ startAt });
  const circles = options.circles ?? [];
  const stick = options.stick ?? createSimulatedStick({ ...options, circles, clock });
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'busbar-plugwise-')));
  const devices = options.devices ?? circles.map((circle, n) => plug(n, { mac: circle.mac }));
  const config = configOf(devices, options.config);
  const inner = options.opener ?? openerOn(stick);
  // Files are read in real time; moved time begins when that is done.
  let tellOpened = () => {};
  const isAtWork = new Promise<void>((resolve) => {
    tellOpened = resolve;
  });
  const opener: StreamOpener = {
    label: inner.label,
    open(signal) {
      tellOpened();
      return inner.open(signal);
    },
  };
  const source = createPlugwiseSource(config, { opener, clock, stateDirectory: folder });
  const events: GatewayEvent[] = [];
  const end = new AbortController();
  const run = source.run((event) => void events.push(event), end.signal);
  await isAtWork;
  const samples = (deviceId?: string) =>
    events.flatMap((event) =>
      event.type === 'sample' && (deviceId === undefined || event.sample.deviceId === deviceId)
        ? [event.sample]
        : [],
    );
  return {
    ...{ clock, stick, source, folder, events, samples },
    values: (deviceId, key) =>
      samples(deviceId).flatMap(({ readings }) =>
        readings.filter((reading) => readingKey(reading) === key).map(({ value }) => value),
      ),
    notices: () => events.filter((event): event is Notice => event.type === 'notice'),
    availability: (deviceId) =>
      events
        .filter((event) => event.type === 'availability' && event.deviceId === deviceId)
        .map((event) => (event.type === 'availability' ? event.state : undefined))
        .at(-1),
    async stop() {
      end.abort();
      await finish(run, clock);
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

// The end is written to a file in real time, while something may still wait for moved time.
async function finish(run: Promise<void>, clock: ManualClock): Promise<void> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  run.then(done, done);
  for (let turns = 0; !isDone; turns++) {
    if (turns > 5000) throw new Error('the source does not come to its end');
    await clock.advance(10);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await run;
}
