import type { DeviceQuantity } from '../../domain/device.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Statistics } from '../../domain/source.ts';

/** Makes readings from the bytes of one kind of monitor; knows neither ports nor time. */
export interface StreamDecoder {
  /** Bytes in the order in which they came. Never throws. */
  take(bytes: Uint8Array): void;
  /** A new connection: what was half heard is forgotten. */
  reset(): void;
  /** Nothing came for long: what was half heard is never completed by what comes later. */
  breakOff(): void;
  /** Sound messages of any kind, of configured devices or not. */
  readonly understood: number;
  statistics(): Statistics;
}

/** What a decoder tells of the device with this place in the configuration. */
export interface Delivery {
  readings(device: number, readings: readonly Reading[]): void;
  /** It has quantities that were not announced. */
  quantities(device: number, more: readonly DeviceQuantity[]): void;
}

/** Counts by word; bounded, because some of the words come from the air. */
interface Tally {
  count(word: string, by?: number): void;
  toStatistics(): Statistics;
}

const MAX_WORDS = 40;

function createTally(): Tally {
  const counts = new Map<string, number>();
  return {
    count(word, by = 1) {
      const key = counts.has(word) || counts.size < MAX_WORDS ? word : 'others';
      counts.set(key, (counts.get(key) ?? 0) + by);
    },
    toStatistics: () => Object.fromEntries(counts),
  };
}

/** What was heard on one line, for the statistics. */
export interface Heard {
  readonly messages: Tally;
  /** Messages of devices that are not configured: what a user can add. */
  readonly unconfigured: Tally;
}

export function createHeard(): Heard {
  return { messages: createTally(), unconfigured: createTally() };
}

/** What cuts bytes into messages of one protocol. */
interface MessageSplitter<T> {
  take(bytes: Uint8Array): readonly T[];
  reset(): void;
  /** Absent: `reset` does. */
  breakOff?(): void;
  readonly cut: number;
  readonly tooLong?: number;
  readonly badChecksum?: number;
}

/** A decoder of messages; `understand` says whether a message was sound. */
export function decodeWith<T>(
  splitter: MessageSplitter<T>,
  heard: Heard,
  understand: (message: T) => boolean,
): StreamDecoder {
  let understood = 0;
  return {
    take(bytes) {
      for (const message of splitter.take(bytes)) {
        if (understand(message)) understood++;
        else heard.messages.count('malformed');
      }
    },
    reset: () => splitter.reset(),
    breakOff: () => (splitter.breakOff === undefined ? splitter.reset() : splitter.breakOff()),
    get understood() {
      return understood;
    },
    statistics: () => ({
      messages: heard.messages.toStatistics(),
      unconfigured: heard.unconfigured.toStatistics(),
      cut: splitter.cut,
      ...(splitter.tooLong === undefined ? {} : { too_long: splitter.tooLong }),
      ...(splitter.badChecksum === undefined ? {} : { bad_checksum: splitter.badChecksum }),
    }),
  };
}
