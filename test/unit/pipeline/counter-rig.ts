import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Device } from '../../../src/domain/device.ts';
import type { GatewayEvent, Notice } from '../../../src/domain/event.ts';
import type { QuantityCode } from '../../../src/domain/quantity.ts';
import { openCounterFile } from '../../../src/pipeline/counter-file.ts';
import type { CounterMemory } from '../../../src/pipeline/counter-memory.ts';
import { createPipeline, type PipelineOptions } from '../../../src/pipeline/pipeline.ts';
import { createManualClock } from '../../support/manual-clock.ts';

/** A plug of 16 A that reports every ten seconds. */
export function plug(changes: Partial<Device> = {}): Device {
  return {
    ...{ id: 'plug', name: 'Plug', intervalMs: 10_000, lines: 1 },
    rating: { fuseA: 16, maxW: 4000 },
    quantities: [
      { code: 'p', intervalMs: 10_000 },
      { code: 'e_imp', intervalMs: 10_000 },
    ],
    ...changes,
  };
}

export type Values = Partial<Record<QuantityCode, number>>;

/** A pipeline with what it has emitted. */
export function startPipeline(devices: readonly Device[], options: Partial<PipelineOptions> = {}) {
  const events: GatewayEvent[] = [];
  const emit = (event: GatewayEvent) => events.push(event);
  const pipeline = createPipeline({ devices, emit, timeZone: 'Europe/Berlin', ...options });
  return {
    pipeline,
    events,
    feed(values: Values, takenAt: number, deviceId = 'plug') {
      const readings = Object.entries(values).map(([code, value]) => ({ code: code as QuantityCode, value }));
      pipeline.accept({ type: 'sample', sample: { deviceId, takenAt, readings } });
    },
    notices: () => events.filter((event): event is Notice => event.type === 'notice'),
    codes: () => events.flatMap((event) => (event.type === 'notice' ? [event.code] : [])),
    /** All that was published of a quantity, in order. */
    values: (code: QuantityCode) =>
      events.flatMap((event) =>
        event.type === 'sample'
          ? event.sample.readings.filter((each) => each.code === code).map(({ value }) => value)
          : [],
      ),
  };
}

/** A state directory of its own; `open` is a new run of the gateway on it. */
export async function createStateDirectory() {
  const directory = await mkdtemp(join(tmpdir(), 'busbar-counters-'));
  const notices: Notice[] = [];
  const clock = createManualClock();
  return {
    directory,
    clock,
    notices,
    codes: () => notices.map(({ code }) => code),
    open: () => openCounterFile({ directory, clock, onNotice: (notice) => notices.push(notice) }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Total of a counter as it is remembered. */
export function remembered(memory: CounterMemory, key = 'e_imp', deviceId = 'plug'): number | undefined {
  const record = memory.record(deviceId, key);
  return record === undefined ? undefined : record.raw + record.offset;
}
