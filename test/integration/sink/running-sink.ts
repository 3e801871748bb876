import type { Device } from '../../../src/domain/device.ts';
import type { Sink } from '../../../src/domain/sink.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createMqttSink } from '../../../src/sinks/mqtt/mqtt-sink.ts';
import type { MqttSinkOptions } from '../../../src/sinks/mqtt/mqtt-sink-options.ts';
import { temporaryDirectory } from './mosquitto.ts';

const MAINS: Device = {
  id: 'mains',
  name: 'Main meter',
  intervalMs: 1000,
  lines: 1,
  rating: {},
  quantities: [
    { code: 'p', intervalMs: 1000 },
    { code: 'v', intervalMs: 1000 },
    { code: 'e_imp', intervalMs: 60_000 },
  ],
};

export interface RunningSink {
  readonly sink: Sink;
  sample(p: number): void;
  stop(): Promise<void>;
}

/** A real sink with a real link and the real time. */
export function runSink(url: string, overrides: Partial<MqttSinkOptions> = {}): RunningSink {
  const sink = createMqttSink({
    root: 'house',
    devices: [MAINS],
    connection: { url, clientId: 'busbar-test', protocol: 5, keepaliveS: 30, verifyCertificate: true },
    clock: createSystemClock(),
    logger: silentLogger,
    stateDirectory: temporaryDirectory(),
    retain: true,
    version: '1.2.3',
    statistics: () => ({ polls: 7 }),
    statsIntervalMs: 200,
    ...overrides,
  });
  const end = new AbortController();
  const running = sink.run(end.signal);
  return {
    sink,
    sample: (p) =>
      sink.accept({
        type: 'sample',
        sample: {
          deviceId: 'mains',
          takenAt: Date.now(),
          readings: [
            { code: 'p', value: p },
            { code: 'v', value: 230.1 },
          ],
        },
      }),
    stop: async () => {
      end.abort();
      await running;
    },
  };
}
