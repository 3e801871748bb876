import type { Device, DeviceQuantity } from '../domain/device.ts';
import type { Emit, Notice } from '../domain/event.ts';
import { type Reading, readingKey, type Sample } from '../domain/reading.ts';
import { highestRate, isCounter } from './bounds.ts';
import { type Calendar, createCalendar } from './calendar.ts';
import { CounterLevels, type CounterMemory, type CounterRecord } from './counter-memory.ts';
import { CounterNotices } from './counter-notices.ts';
import { IntegratedCounters } from './integrated-counters.ts';
import { OwnCounter } from './own-counter.ts';

/** Makes counters that never fall and never jump, and sums power up where a device has no counter. */
export interface CounterStage {
  /** The sample with its counters as they are to be published; the same object where nothing changed. */
  accept(device: Device, sample: Sample): Sample;
  /** The device as subscribers should know it: with the counters that are added here. */
  describe(device: Device): Device;
  /** The device is gone: nothing is summed up over the gap. */
  pause(deviceId: string): void;
}

export interface CounterStageOptions {
  /** Notices, and the event `device` when a device turns out to export. */
  readonly emit: Emit;
  /** Absent: levels are remembered as long as the program runs. */
  readonly memory?: CounterMemory;
  /** Whether a device without counter gets one; absent: all. */
  readonly integrate?: (deviceId: string) => boolean;
  /** Told of each value that is not published. */
  readonly onRejected?: (device: Device, rejection: CounterRejection) => void;
  /** Told of each change of level that was believed, after the values that were rejected on the way. */
  readonly onNewLevel?: (device: Device, key: string) => void;
  /** In which daily and monthly counters begin anew, `Europe/Berlin`; absent: the computer's. */
  readonly timeZone?: string;
}

export interface CounterRejection {
  readonly key: string;
  readonly value: number;
  readonly reason: string;
  readonly at: number;
}

interface CounterLane {
  device: Device;
  readonly own: Map<string, OwnCounter>;
  readonly integrated: IntegratedCounters;
  readonly notices: CounterNotices;
}

/** Makes the stage; devices become known to it by their first sample or description. */
export function createCounterStage(options: CounterStageOptions): CounterStage {
  return new CountingStage(options);
}

class CountingStage implements CounterStage {
  readonly #options: CounterStageOptions;
  readonly #memory: CounterMemory;
  readonly #calendar: Calendar;
  readonly #lanes = new Map<string, CounterLane>();

  constructor(options: CounterStageOptions) {
    this.#options = options;
    this.#memory = options.memory ?? new CounterLevels();
    this.#calendar = createCalendar(options.timeZone);
  }

  accept(device: Device, sample: Sample): Sample {
    const lane = this.#laneOf(device);
    this.#noteIdentity(lane, sample.takenAt);
    let isChanged = false;
    const readings: Reading[] = [];
    for (const reading of sample.readings) {
      const kept = isCounter(reading.code) ? this.#count(lane, reading, sample.takenAt) : reading;
      if (kept !== reading) isChanged = true;
      if (kept !== undefined) readings.push(kept);
    }
    const counted = isChanged ? { ...sample, readings } : sample;
    return this.#integrate(lane, counted);
  }

  describe(device: Device): Device {
    return this.#laneOf(device).integrated.describe(device);
  }

  pause(deviceId: string): void {
    this.#lanes.get(deviceId)?.integrated.pause();
  }

  #laneOf(device: Device): CounterLane {
    const known = this.#lanes.get(device.id);
    if (known === undefined) {
      const isWanted = this.#options.integrate?.(device.id) ?? true;
      const integrated = new IntegratedCounters(device.id, this.#memory, isWanted);
      const lane = { device, own: new Map(), integrated, notices: new CounterNotices() };
      this.#lanes.set(device.id, lane);
      return lane;
    }
    // What has become known of the device may change its limits.
    if (known.device !== device) known.own.clear();
    known.device = device;
    return known;
  }

  #count(lane: CounterLane, reading: Reading, at: number): Reading | undefined {
    const { device } = lane;
    const key = readingKey(reading);
    const { value } = reading;
    const known = this.#memory.record(device.id, key);
    const step = this.#ownCounter(lane, reading, key).step(known, value, at);
    if (step.kind === 'rejected') {
      this.#options.onRejected?.(device, { key, value, reason: step.reason, at });
      return undefined;
    }
    const { record, change } = step;
    this.#memory.keep(device.id, key, record, known === undefined || change !== undefined);
    if (change !== undefined) this.#options.onNewLevel?.(device, key);
    if (change !== undefined && change !== 'swap' && known !== undefined) {
      const story = { key, change, from: known.raw, to: value, published: record.published, at };
      this.#tell(lane.notices.levelChange(device, story));
    }
    return record.published === value ? reading : { ...reading, value: record.published };
  }

  #ownCounter(lane: CounterLane, reading: Reading, key: string): OwnCounter {
    const known = lane.own.get(key);
    if (known !== undefined) return known;
    const { device } = lane;
    const quantity = device.quantities.find((each) => readingKey(each) === key);
    const counter = new OwnCounter({
      highestRate: highestRate(device, reading),
      intervalMs: quantity?.intervalMs ?? device.intervalMs,
      calendar: this.#calendar,
      ...resetsOf(quantity),
    });
    lane.own.set(key, counter);
    return counter;
  }

  #integrate(lane: CounterLane, sample: Sample): Sample {
    const before = lane.integrated.describe(lane.device);
    const added = lane.integrated.accept(lane.device, sample);
    const after = lane.integrated.describe(lane.device);
    if (before !== after) this.#options.emit({ type: 'device', device: after });
    return added.length === 0 ? sample : { ...sample, readings: [...sample.readings, ...added] };
  }

  #noteIdentity({ device, notices }: CounterLane, at: number): void {
    const { id, identity } = device;
    if (identity === undefined) return;
    const before = this.#memory.identity(id);
    if (before === identity) return;
    this.#memory.keepIdentity(id, identity);
    if (before === undefined) return;
    const keys = this.#memory.keys(id);
    for (const key of keys) {
      const record = this.#memory.record(id, key);
      if (record !== undefined && record.origin === undefined)
        this.#memory.keep(id, key, { ...record, rebase: true } satisfies CounterRecord, true);
    }
    if (keys.length > 0) this.#tell(notices.swap(device, before, at));
  }

  #tell(notice: Notice | undefined): void {
    if (notice !== undefined) this.#options.emit(notice);
  }
}

function resetsOf(quantity: DeviceQuantity | undefined): Pick<DeviceQuantity, 'resets'> {
  return quantity?.resets === undefined ? {} : { resets: quantity.resets };
}
