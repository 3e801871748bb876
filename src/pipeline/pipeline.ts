import type { Device } from '../domain/device.ts';
import type { Emit, GatewayEvent, Notice } from '../domain/event.ts';
import { type Reading, readingKey, type Sample } from '../domain/reading.ts';
import type { Statistics } from '../domain/source.ts';
import { createPlausibilityFilter, type NewLevel, type PlausibilityFilter } from './plausibility.ts';

/** What stands between the sources and the sinks. */
export interface Pipeline {
  /** Takes an event of a source and passes on what is left of it. Never throws by itself. */
  readonly accept: Emit;
  statistics(): Statistics;
}

export interface PipelineOptions {
  readonly devices: readonly Device[];
  readonly emit: Emit;
}

/** Good values in a row before a quantity counts as recovered; a value that flutters is told of once. */
const GOOD_TO_RECOVER = 10;

interface Trouble {
  goodInARow: number;
}

interface DeviceLane {
  readonly device: Device;
  readonly filter: PlausibilityFilter;
  readonly troubles: Map<string, Trouble>;
  readonly rejectedByKey: Map<string, number>;
}

/** Drops impossible values, counts them, and tells when a quantity begins and ends to give them. */
export function createPipeline(options: PipelineOptions): Pipeline {
  const lanes = new Map<string, DeviceLane>(
    options.devices.map((device) => [
      device.id,
      { device, filter: createPlausibilityFilter(device), troubles: new Map(), rejectedByKey: new Map() },
    ]),
  );
  const accept = (event: GatewayEvent): void => {
    const lane = event.type === 'sample' ? lanes.get(event.sample.deviceId) : undefined;
    if (event.type !== 'sample' || lane === undefined) options.emit(event);
    else acceptSample(lane, event.sample, options.emit);
  };
  return { accept, statistics: () => statisticsOf(lanes.values()) };
}

function acceptSample(lane: DeviceLane, sample: Sample, emit: Emit): void {
  const judgement = lane.filter(sample);
  // A poll of which nothing is left is no sample: it would call the device online for nothing.
  if (judgement.sample.readings.length > 0) emit({ type: 'sample', sample: judgement.sample });
  for (const newLevel of judgement.newLevels) {
    lane.troubles.delete(newLevel.key);
    emit(newLevelNotice(lane.device, newLevel, sample.takenAt));
  }
  for (const { key, value, reason } of judgement.rejected) {
    lane.rejectedByKey.set(key, (lane.rejectedByKey.get(key) ?? 0) + 1);
    const trouble = lane.troubles.get(key);
    if (trouble === undefined) {
      lane.troubles.set(key, { goodInARow: 0 });
      const message = `${lane.device.id} ${key}: the value ${value} is impossible (${reason}) and was not published; check the meter's model and wiring`;
      emit(notice(lane.device, 'warn', 'value-rejected', message, sample.takenAt));
    } else trouble.goodInARow = 0;
  }
  if (lane.troubles.size > 0) tellRecoveries(lane, judgement.sample, emit);
}

function tellRecoveries(lane: DeviceLane, kept: Sample, emit: Emit): void {
  for (const key of kept.readings.map((reading: Reading) => readingKey(reading))) {
    const trouble = lane.troubles.get(key);
    if (trouble === undefined) continue;
    trouble.goodInARow += 1;
    if (trouble.goodInARow < GOOD_TO_RECOVER) continue;
    lane.troubles.delete(key);
    const count = lane.rejectedByKey.get(key) ?? 0;
    const message = `${lane.device.id} ${key}: plausible again; ${count} values were rejected since the start`;
    emit(notice(lane.device, 'info', 'value-plausible', message, kept.takenAt));
  }
}

function newLevelNotice(device: Device, { key, change, from, to }: NewLevel, at: number): Notice {
  const what = change === 'reset' ? 'was reset' : 'goes on from a higher level';
  const message = `${device.id} ${key}: the counter ${what}, from ${from} to ${to}; several reads agree`;
  return notice(device, 'warn', change === 'reset' ? 'counter-reset' : 'counter-jump', message, at);
}

function notice(device: Device, level: Notice['level'], code: string, message: string, at: number): Notice {
  return { type: 'notice', level, code, message, at, deviceId: device.id };
}

function statisticsOf(lanes: Iterable<DeviceLane>): Statistics {
  const troubled = [...lanes].filter((lane) => lane.rejectedByKey.size > 0);
  const counts = troubled.flatMap((lane) => [...lane.rejectedByKey.values()]);
  return {
    rejected: counts.reduce((sum, count) => sum + count, 0),
    devices: Object.fromEntries(
      troubled.map((lane) => [lane.device.id, Object.fromEntries(lane.rejectedByKey)]),
    ),
  };
}
