import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Device } from '../../../../src/domain/device.ts';
import type { GatewayEvent } from '../../../../src/domain/event.ts';
import type { QuantityCode } from '../../../../src/domain/quantity.ts';
import type { Sink } from '../../../../src/domain/sink.ts';
import { silentLogger } from '../../../../src/lib/logger.ts';
import { createMqttSink } from '../../../../src/sinks/mqtt/mqtt-sink.ts';
import type { MqttSinkOptions } from '../../../../src/sinks/mqtt/mqtt-sink-options.ts';
import { FakeBrokerLink } from './fake-broker-link.ts';
import { createMovedClock, type MovedClock, settle } from './moved-clock.ts';

export const MAINS: Device = {
  id: 'mains',
  name: 'Main meter',
  intervalMs: 5000,
  lines: 1,
  rating: {},
  quantities: [
    { code: 'p', intervalMs: 5000 },
    { code: 'v', intervalMs: 5000 },
    { code: 'e_imp', intervalMs: 60_000 },
  ],
};

export const FRIDGE: Device = {
  ...MAINS,
  id: 'fridge',
  name: 'Fridge',
  quantities: [{ code: 'p', intervalMs: 1000 }],
};

export interface RunningSink {
  readonly sink: Sink;
  readonly broker: FakeBrokerLink;
  readonly clock: MovedClock;
  readonly stateDirectory: string;
  stop(): Promise<void>;
}

export function temporaryDirectory(): string {
  return mkdtempSync(`${tmpdir()}/busbar-sink-`);
}

/** A sink whose broker and time the test plays. */
export async function startSink(overrides: Partial<MqttSinkOptions> = {}): Promise<RunningSink> {
  const broker = new FakeBrokerLink();
  const clock = createMovedClock();
  const stateDirectory = overrides.stateDirectory ?? temporaryDirectory();
  const sink = createMqttSink({
    root: 'house',
    devices: [MAINS, FRIDGE],
    connection: {
      url: 'mqtt://fake:1883',
      clientId: 'busbar-test',
      protocol: 5,
      keepaliveS: 30,
      verifyCertificate: true,
    },
    clock,
    afterwards: (task) => task(),
    logger: silentLogger,
    retain: true,
    version: '1.2.3',
    statistics: () => ({ polls: 7 }),
    statsIntervalMs: 10_000,
    createLink: broker.create,
    ...overrides,
    stateDirectory,
  });
  const end = new AbortController();
  const running = sink.run(end.signal);
  // It reads and writes a real file before it asks for the link.
  while (!broker.isRunning) await settle();
  return {
    sink,
    broker,
    clock,
    stateDirectory,
    stop: async () => {
      end.abort();
      await clock.advance(3000);
      while (!broker.hasEnded) await settle();
      await running;
    },
  };
}

export function sampleOf(
  deviceId: string,
  values: Partial<Record<QuantityCode, number>>,
  takenAt = Date.UTC(2026, 10, 22, 6, 15, 5, 4),
): GatewayEvent {
  const readings = Object.entries(values).map(([code, value]) => ({ code: code as QuantityCode, value }));
  return { type: 'sample', sample: { deviceId, takenAt, readings } };
}

export function offline(deviceId: string): GatewayEvent {
  return { type: 'availability', deviceId, state: 'offline', at: 0, reason: 'silent' };
}
