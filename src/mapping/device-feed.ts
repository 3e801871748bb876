import { type Device, freshnessMs } from '../domain/device.ts';
import type { Emit } from '../domain/event.ts';
import { type Reading, readingKey } from '../domain/reading.ts';
import type { Clock } from '../lib/clock.ts';
import { invertReadings } from './invert.ts';
import { isSentinel } from './sentinels.ts';

/** What the readings of one pushed or polled device go into; samples and availability come out. */
export interface DeviceFeed {
  readonly device: Device;
  /**
   * Readings measured at `takenAt` (ms since 1970). With a gather window they wait for others of the same
   * moment; a key that is gathered already sends what was gathered before it. What is not finite, and words
   * that mean "nothing", are dropped. Turned round where the device is inverted. An empty list is no sample.
   */
  take(readings: readonly Reading[], takenAt: number): void;
  /** Something says that the device is gone: offline at once, told once until the next sample. */
  lose(reason: string): void;
  /** Sends what is gathered, now. */
  flush(): void;
  /** More is known of the device; emits the event `device`. */
  describe(device: Device): void;
  readonly samples: number;
  /** Readings that were not finite or a word for "nothing". */
  readonly dropped: number;
  /** Monotonic time at which the newest sample was measured; undefined before the first. */
  readonly measuredMonotonicMs: number | undefined;
}

export interface DeviceFeedOptions {
  /** As subscribers shall see it: of an inverted device the quantities have been through `invertQuantities`. */
  readonly device: Device;
  readonly emit: Emit;
  readonly clock: Clock;
  /** How long readings wait for others of the same moment; absent: each `take` is a sample. */
  readonly gatherMs?: number;
  readonly invert?: boolean;
}

interface Gathered {
  readonly takenAt: number;
  readonly readings: Map<string, Reading>;
  readonly cancel: () => void;
}

export function createDeviceFeed(options: DeviceFeedOptions): DeviceFeed {
  return new Feed(options);
}

class Feed implements DeviceFeed {
  device: Device;
  samples = 0;
  dropped = 0;
  measuredMonotonicMs: number | undefined;
  #gathered: Gathered | undefined;
  #isLost = false;

  constructor(private readonly options: DeviceFeedOptions) {
    this.device = options.device;
  }

  take(all: readonly Reading[], takenAt: number): void {
    const { gatherMs = 0, invert } = this.options;
    const sound = soundReadings(all);
    this.dropped += all.length - sound.length;
    if (sound.length === 0 || !Number.isFinite(takenAt)) return;
    const readings = invert ? invertReadings(sound) : sound;
    if (gatherMs > 0) this.#gather(readings, takenAt, gatherMs);
    else this.#send(readings, takenAt);
  }

  lose(reason: string): void {
    this.flush();
    if (this.#isLost) return;
    this.#isLost = true;
    const { emit, clock } = this.options;
    emit({ type: 'availability', deviceId: this.device.id, state: 'offline', at: clock.now(), reason });
  }

  flush(): void {
    if (this.#gathered === undefined) return;
    const { readings, takenAt, cancel } = this.#gathered;
    this.#gathered = undefined;
    cancel();
    this.#send([...readings.values()], takenAt);
  }

  describe(device: Device): void {
    this.device = device;
    this.options.emit({ type: 'device', device });
  }

  #gather(readings: readonly Reading[], takenAt: number, gatherMs: number): void {
    const before = this.#gathered;
    const isOther =
      before !== undefined &&
      (Math.abs(before.takenAt - takenAt) > gatherMs ||
        readings.some((reading) => before.readings.has(readingKey(reading))));
    if (isOther) this.flush();
    const arm = () => this.options.clock.timer(gatherMs, () => this.flush());
    this.#gathered ??= { takenAt, readings: new Map(), cancel: arm() };
    for (const reading of readings) this.#gathered.readings.set(readingKey(reading), reading);
  }

  #send(readings: readonly Reading[], takenAt: number): void {
    const { emit, clock } = this.options;
    this.samples++;
    this.#isLost = false;
    const measuredMs = clock.monotonicMs() - Math.max(0, clock.now() - takenAt);
    this.measuredMonotonicMs = Math.max(this.measuredMonotonicMs ?? measuredMs, measuredMs);
    emit({
      type: 'sample',
      sample: { deviceId: this.device.id, takenAt: Math.round(takenAt), readings },
    });
  }
}

function soundReadings(readings: readonly Reading[]): readonly Reading[] {
  return readings.filter(({ value, code }) => Number.isFinite(value) && !isSentinel(value, code));
}

/** Where every device is silent the watch still looks up this often: a device may have been described anew. */
const LONGEST_SLEEP_MS = 60_000;

/**
 * One timer for all feeds: a device whose newest sample (or the start of the watch) is older than it stays fresh
 * goes offline, once, with a reason in words. Resolves when the signal aborts. Setting the clock loses nobody.
 */
export async function watchFreshness(
  feeds: readonly DeviceFeed[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = clock.monotonicMs();
  while (!signal.aborted) {
    const now = clock.monotonicMs();
    let sleepMs = LONGEST_SLEEP_MS;
    for (const feed of feeds) {
      const freshMs = freshnessMs(feed.device);
      const measuredMs = Math.max(startedMs, feed.measuredMonotonicMs ?? startedMs);
      const leftMs = measuredMs + freshMs - now;
      if (leftMs <= 0) feed.lose(silence(feed, freshMs));
      // A lost device is looked after again no sooner than it could be lost again.
      sleepMs = Math.min(sleepMs, leftMs > 0 ? leftMs : freshMs);
    }
    await clock.sleep(Math.max(sleepMs, 1), signal);
  }
}

function silence(feed: DeviceFeed, freshMs: number): string {
  const seconds = Math.round(freshMs / 100) / 10;
  return feed.samples === 0
    ? `no reading in the first ${seconds} s`
    : `no reading for more than ${seconds} s; the last stands no longer for the present`;
}
