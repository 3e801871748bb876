/**
 * What is remembered of one counter: published = raw + offset. Immutable; replaced as a whole.
 * Energies are in the unit of the counter (kWh, kvarh, kVAh), times in ms since 1970.
 */
export interface CounterRecord {
  /** Last value that was believed: of the device, or the sum counted here from its power. */
  readonly raw: number;
  readonly offset: number;
  /** Highest value that was published; never below it again. */
  readonly published: number;
  /** When `raw` was measured. */
  readonly at: number;
  /** When this counter was first seen. */
  readonly since: number;
  /** How often the device's own counter began anew or changed its level. */
  readonly resets: number;
  readonly origin?: 'integrated';
  /** The device was swapped: its next value is where it goes on from, whatever it is. */
  readonly rebase?: true;
  /** The run before was killed and may have published up to here; asked for when the level changes. */
  readonly mayHavePublished?: number;
}

/** Remembers counters, by device and key. Nothing of it throws. */
export interface CounterMemory {
  /** Undefined at first sight. */
  record(deviceId: string, key: string): CounterRecord | undefined;
  keys(deviceId: string): readonly string[];
  /** `urgent`: the level changed, which must not be lost. */
  keep(deviceId: string, key: string, record: CounterRecord, urgent?: boolean): void;
  identity(deviceId: string): string | undefined;
  keepIdentity(deviceId: string, identity: string): void;
  /** Highest value of a sum counted here that may be published now: what a run after a kill knows of. */
  ceiling(deviceId: string, key: string): number;
}

export interface RememberedDevice {
  readonly identity?: string;
  readonly counters: ReadonlyMap<string, CounterRecord>;
}

/** A memory that lasts as long as the program. `devices` is what it begins with; it is copied. */
export class CounterLevels implements CounterMemory {
  readonly #devices: Map<string, RememberedDevice>;

  constructor(devices: ReadonlyMap<string, RememberedDevice> = new Map()) {
    this.#devices = new Map(devices);
  }

  get devices(): ReadonlyMap<string, RememberedDevice> {
    return this.#devices;
  }

  record(deviceId: string, key: string): CounterRecord | undefined {
    return this.#devices.get(deviceId)?.counters.get(key);
  }

  keys(deviceId: string): readonly string[] {
    return [...(this.#devices.get(deviceId)?.counters.keys() ?? [])];
  }

  keep(deviceId: string, key: string, record: CounterRecord): void {
    const known = this.#devices.get(deviceId);
    // One device writes many times a minute; its map is its own and changed in place.
    if (known?.counters instanceof Map) known.counters.set(key, record);
    else this.#devices.set(deviceId, { ...known, counters: new Map([[key, record]]) });
  }

  identity(deviceId: string): string | undefined {
    return this.#devices.get(deviceId)?.identity;
  }

  keepIdentity(deviceId: string, identity: string): void {
    const counters = this.#devices.get(deviceId)?.counters ?? new Map<string, CounterRecord>();
    this.#devices.set(deviceId, { identity, counters });
  }

  forget(deviceId: string): void {
    this.#devices.delete(deviceId);
  }

  ceiling(): number {
    return Number.POSITIVE_INFINITY;
  }
}
