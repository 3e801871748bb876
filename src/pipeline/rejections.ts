import type { Device } from '../domain/device.ts';
import type { Emit, Notice } from '../domain/event.ts';
import { readingKey, type Sample } from '../domain/reading.ts';

/** Good values in a row before a quantity counts as recovered; a value that flutters is told of once. */
const GOOD_TO_RECOVER = 10;

/** Counts the values of one device that were not published; tells when that begins and ends, by quantity. */
export class Rejections {
  readonly #goodInARow = new Map<string, number>();
  readonly #counts = new Map<string, number>();

  constructor(private readonly emit: Emit) {}

  /** How many were rejected since the start, by key. */
  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  add(device: Device, key: string, value: number, reason: string, at: number): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const isKnown = this.#goodInARow.has(key);
    this.#goodInARow.set(key, 0);
    if (isKnown) return;
    const message = `${device.id} ${key}: the value ${value} is impossible (${reason}) and was not published; check the meter's model and wiring`;
    this.emit(notice(device, 'warn', 'value-rejected', message, at));
  }

  /** Looks at what of a sample was published. */
  passed(device: Device, sample: Sample): void {
    if (this.#goodInARow.size === 0) return;
    for (const key of sample.readings.map((reading) => readingKey(reading))) {
      const good = this.#goodInARow.get(key);
      if (good === undefined) continue;
      this.#goodInARow.set(key, good + 1);
      if (good + 1 < GOOD_TO_RECOVER) continue;
      this.#goodInARow.delete(key);
      const message = `${device.id} ${key}: plausible again; ${this.#counts.get(key) ?? 0} values were rejected since the start`;
      this.emit(notice(device, 'info', 'value-plausible', message, sample.takenAt));
    }
  }

  /** Where what looked impossible has turned out to be true: the quantity has recovered, untold. */
  clear(key: string): void {
    this.#goodInARow.delete(key);
  }
}

function notice(device: Device, level: Notice['level'], code: string, message: string, at: number): Notice {
  return { type: 'notice', level, code, message, at, deviceId: device.id };
}
