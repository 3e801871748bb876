/** What was heard on one topic. */
export interface Observation {
  readonly topic: string;
  /** The last payload; empty where it was too long to keep. */
  readonly payload: Buffer;
  /** Messages that came while listening, not from the broker's memory. */
  readonly live: number;
  readonly isRetained: boolean;
  /** Seconds between two live messages; undefined with fewer than two. */
  readonly everyS: number | undefined;
}

/** Everything that was heard, within bounds that hold on any broker. */
export interface Observations {
  add(topic: string, payload: Buffer, isRetained: boolean, atMs: number): void;
  get(topic: string): Observation | undefined;
  all(): Iterable<Observation>;
  /** Topics, or payloads of topics, that were not kept for want of room. */
  readonly leftOut: number;
  readonly topics: number;
  readonly messages: number;
}

interface Kept {
  payload: Buffer;
  live: number;
  isRetained: boolean;
  firstAtMs: number;
  lastAtMs: number;
}

export interface ObservationLimits {
  readonly topics: number;
  /** All payloads together. */
  readonly bytes: number;
  /** One payload; those that describe whole systems may be `describingBytes` long. */
  readonly payloadBytes: number;
  readonly describingBytes: number;
}

const LIMITS: ObservationLimits = {
  topics: 20_000,
  bytes: 48 * 1024 * 1024,
  payloadBytes: 16_384,
  describingBytes: 8 * 1024 * 1024,
};

/** Topics that other topics cannot be understood without: they find room where values find none. */
const DESCRIBING = /\/bridge\/devices$|\/config$|^tasmota\/discovery\/|^shellies\/announce$|\/rpc$/;
/** Values may take this much of the room; the rest is kept for what describes them. */
const VALUES_SHARE = 0.5;

const NOTHING = Buffer.alloc(0);

export function createObservations(limits: ObservationLimits = LIMITS): Observations {
  return new BoundedObservations(limits);
}

class BoundedObservations implements Observations {
  leftOut = 0;
  messages = 0;
  #bytes = 0;
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly limits: ObservationLimits) {}

  add(topic: string, payload: Buffer, isRetained: boolean, atMs: number): void {
    this.messages++;
    const known = this.#kept.get(topic);
    const room = DESCRIBING.test(topic) ? this.limits.topics : this.limits.topics * VALUES_SHARE;
    if (known === undefined && this.#kept.size >= room) {
      this.leftOut++;
      return;
    }
    const entry = known ?? { payload: NOTHING, live: 0, isRetained, firstAtMs: atMs, lastAtMs: atMs };
    // A part of a larger buffer would keep the whole of it in memory.
    const taken = Buffer.from(this.#roomFor(topic, payload, entry.payload.length));
    this.#bytes += taken.length - entry.payload.length;
    entry.payload = taken;
    if (isRetained) entry.isRetained = true;
    else {
      if (entry.live === 0) entry.firstAtMs = atMs;
      entry.live++;
      entry.lastAtMs = atMs;
    }
    this.#kept.set(topic, entry);
  }

  #roomFor(topic: string, payload: Buffer, before: number): Buffer {
    const describes = DESCRIBING.test(topic);
    const largest = describes ? this.limits.describingBytes : this.limits.payloadBytes;
    const room = describes ? this.limits.bytes : this.limits.bytes * VALUES_SHARE;
    if (payload.length <= largest && this.#bytes - before + payload.length <= room) return payload;
    this.leftOut++;
    return NOTHING;
  }

  get(topic: string): Observation | undefined {
    const entry = this.#kept.get(topic);
    return entry === undefined ? undefined : observationOf(topic, entry);
  }

  *all(): Iterable<Observation> {
    for (const [topic, entry] of this.#kept) yield observationOf(topic, entry);
  }

  get topics(): number {
    return this.#kept.size;
  }
}

function observationOf(topic: string, { payload, live, isRetained, firstAtMs, lastAtMs }: Kept): Observation {
  return {
    topic,
    payload,
    live,
    isRetained,
    everyS: live < 2 ? undefined : Math.round((lastAtMs - firstAtMs) / (live - 1) / 100) / 10,
  };
}
