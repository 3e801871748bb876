import type { Statistics } from '../../domain/source.ts';

/** A sample that could not be delivered when it was taken. */
export interface HistoryEntry {
  /** The device's history topic. */
  readonly topic: string;
  /** The same document that was meant for `state`. */
  readonly payload: string;
}

export interface KeptEntry extends HistoryEntry {
  /** Rises with every entry; names it until it is removed. */
  readonly position: number;
}

/** Keeps samples until the broker has them. In order of arrival, which for each device is the order of `seq`. */
export interface Outbox {
  /** Never throws and never blocks; when it is full the oldest entries go and are counted. */
  add(entry: HistoryEntry): void;
  /** The oldest entries that are not in `except`, oldest first; they stay until they are removed. */
  read(limit: number, except: ReadonlySet<number>): Promise<readonly KeptEntry[]>;
  remove(position: number): void;
  readonly size: number;
  statistics(): Statistics;
}

export interface HistoryLimit {
  readonly maxSamples: number;
  readonly maxBytes: number;
}

// What an entry costs beside its text: the object, two string headers, its place in the list.
const ENTRY_OVERHEAD_BYTES = 120;
const COMPACT_FROM = 1024;

/** An outbox in memory: bounded in bytes and in number, empty after a restart. */
export function createMemoryOutbox(limit: HistoryLimit): Outbox {
  return new MemoryOutbox(limit);
}

class MemoryOutbox implements Outbox {
  // Entries stand at their position minus `#base`; what was removed leaves a hole until the head moves over it.
  #entries: (KeptEntry | undefined)[] = [];
  #base = 0;
  #head = 0;
  #size = 0;
  #bytes = 0;
  #droppedCount = 0;

  constructor(private readonly limit: HistoryLimit) {}

  get size(): number {
    return this.#size;
  }

  add(entry: HistoryEntry): void {
    const bytes = entryBytes(entry);
    if (bytes > this.limit.maxBytes || this.limit.maxSamples < 1) {
      this.#droppedCount += 1;
      return;
    }
    this.#entries.push({ ...entry, position: this.#base + this.#entries.length });
    this.#size += 1;
    this.#bytes += bytes;
    while (this.#size > this.limit.maxSamples || this.#bytes > this.limit.maxBytes) {
      this.#droppedCount += 1;
      this.remove(this.#base + this.#head);
    }
  }

  read(limit: number, except: ReadonlySet<number>): Promise<readonly KeptEntry[]> {
    const found: KeptEntry[] = [];
    for (let i = this.#head; i < this.#entries.length && found.length < limit; i++) {
      const entry = this.#entries[i];
      if (entry !== undefined && !except.has(entry.position)) found.push(entry);
    }
    return Promise.resolve(found);
  }

  remove(position: number): void {
    const entry = this.#entries[position - this.#base];
    if (entry === undefined) return;
    this.#entries[position - this.#base] = undefined;
    this.#size -= 1;
    this.#bytes -= entryBytes(entry);
    while (this.#head < this.#entries.length && this.#entries[this.#head] === undefined) this.#head += 1;
    if (this.#head >= COMPACT_FROM && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    }
  }

  statistics(): Statistics {
    return { waiting: this.#size, waiting_bytes: this.#bytes, dropped: this.#droppedCount };
  }
}

function entryBytes(entry: HistoryEntry): number {
  return entry.topic.length + entry.payload.length + ENTRY_OVERHEAD_BYTES;
}
