import type { DerivedDevice } from '../domain/derived.ts';
import type { Device } from '../domain/device.ts';
import type { Emit, GatewayEvent } from '../domain/event.ts';
import type { Sample } from '../domain/reading.ts';
import type { Statistics } from '../domain/source.ts';
import type { CounterMemory } from './counter-memory.ts';
import { type CounterStage, createCounterStage } from './counter-stage.ts';
import { createDerivedStage } from './derived.ts';
import { createPlausibilityFilter, type PlausibilityFilter } from './plausibility.ts';
import { Rejections } from './rejections.ts';

/** What stands between the sources and the sinks. */
export interface Pipeline {
  /** Takes an event of a source and passes on what is left of it. Never throws by itself. */
  readonly accept: Emit;
  /** The devices as sinks should know them: with what has become known of them and the counters added here. */
  readonly devices: readonly Device[];
  statistics(): Statistics;
}

export interface PipelineOptions {
  /** What sources measure. */
  readonly devices: readonly Device[];
  /** Devices that are computed from them; absent: none. */
  readonly derived?: readonly DerivedDevice[];
  readonly emit: Emit;
  /** What earlier runs have left of the counters; absent: each run begins anew. */
  readonly counters?: CounterMemory;
  /** Whether a device without a counter gets one, summed up from its power; absent: each does. */
  readonly integrate?: (deviceId: string) => boolean;
  /** In which daily and monthly counters begin anew; absent: the computer's. */
  readonly timeZone?: string;
}

interface DeviceLane {
  device: Device;
  filter: PlausibilityFilter;
  readonly rejections: Rejections;
}

/**
 * Drops impossible values, counts and tells of them, keeps counters from falling, and computes derived devices,
 * whose samples then go the same way. Throws a RangeError for a derived device of devices that are not there.
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { emit } = options;
  const derived = createDerivedStage({ rules: options.derived ?? [], devices: options.devices });
  const lanes = new Map<string, DeviceLane>(
    [...options.devices, ...derived.devices].map((device) => [
      device.id,
      { device, filter: createPlausibilityFilter(device), rejections: new Rejections(emit) },
    ]),
  );
  const counters = createCounterStage({
    emit,
    memory: options.counters,
    integrate: options.integrate,
    timeZone: options.timeZone,
    onRejected: (device, { key, value, reason, at }) =>
      lanes.get(device.id)?.rejections.add(device, key, value, reason, at),
    onNewLevel: (device, key) => lanes.get(device.id)?.rejections.clear(key),
  });
  const accept = (event: GatewayEvent): void => {
    const passed = pass(event, lanes, counters, emit);
    if (passed === undefined || passed.type === 'notice') return;
    for (const computed of derived.accept(passed)) pass(computed, lanes, counters, emit);
  };
  return {
    accept,
    get devices() {
      return [...lanes.values()].map(({ device }) => counters.describe(device));
    },
    statistics: () => ({
      ...statisticsOf(lanes.values()),
      ...(derived.devices.length === 0 ? {} : { derived: derived.statistics() }),
    }),
  };
}

/** Emits what is left of an event, and gives what derived devices are computed from. */
function pass(
  event: GatewayEvent,
  lanes: ReadonlyMap<string, DeviceLane>,
  counters: CounterStage,
  emit: Emit,
): GatewayEvent | undefined {
  const lane = lanes.get(deviceIdOf(event) ?? '');
  if (lane !== undefined && event.type === 'sample') {
    const sample = acceptSample(lane, event.sample, counters, emit);
    return sample && { type: 'sample', sample };
  }
  if (lane !== undefined && event.type === 'device') {
    lane.device = event.device;
    lane.filter = createPlausibilityFilter(event.device);
    emit({ type: 'device', device: counters.describe(event.device) });
    return event;
  }
  if (event.type === 'availability' && event.state === 'offline') counters.pause(event.deviceId);
  emit(event);
  return event;
}

/** Undefined where nothing is left: that is no sample, it would call the device online for nothing. */
function acceptSample(
  lane: DeviceLane,
  sample: Sample,
  counters: CounterStage,
  emit: Emit,
): Sample | undefined {
  const { device, rejections } = lane;
  const judgement = lane.filter(sample);
  const kept = counters.accept(device, judgement.sample);
  if (kept.readings.length > 0) emit({ type: 'sample', sample: kept });
  for (const { key, value, reason } of judgement.rejected)
    rejections.add(device, key, value, reason, sample.takenAt);
  rejections.passed(device, kept);
  return kept.readings.length > 0 ? kept : undefined;
}

function deviceIdOf(event: GatewayEvent): string | undefined {
  switch (event.type) {
    case 'sample':
      return event.sample.deviceId;
    case 'device':
      return event.device.id;
    case 'availability':
    case 'notice':
      return event.deviceId;
  }
}

function statisticsOf(lanes: Iterable<DeviceLane>): Statistics {
  const troubled = [...lanes].filter(({ rejections }) => rejections.counts.size > 0);
  const counts = troubled.flatMap(({ rejections }) => [...rejections.counts.values()]);
  return {
    rejected: counts.reduce((sum, count) => sum + count, 0),
    devices: Object.fromEntries(
      troubled.map(({ device, rejections }) => [device.id, Object.fromEntries(rejections.counts)]),
    ),
  };
}
