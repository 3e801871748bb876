import type { Statistics } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { MqttLinkError } from '../../transports/mqtt-error.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import type { KeptEntry, Outbox } from './outbox.ts';

// 200 a second at most: an hour of a house is delivered in minutes, and the live topics never notice.
const TICK_MS = 50;
const PER_TICK = 10;
const MAX_UNACKNOWLEDGED = 32;

const OPTIONS = { qos: 1, retain: false, contentType: 'application/json' } as const;

/** Sends what stands in the outbox to the history topics, paced, beside the live topics. */
export class HistorySender {
  readonly #inFlight = new Set<number>();
  #deliveredCount = 0;
  #refusedCount = 0;
  #wake: (() => void) | undefined;

  constructor(
    private readonly outbox: Outbox,
    private readonly link: MqttLink,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** To be told when the link came back and when the outbox got an entry. */
  wake(): void {
    this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const isIdle = !this.link.isConnected || this.outbox.size === this.#inFlight.size;
      if (isIdle) {
        await this.#untilWoken(signal);
        continue;
      }
      const room = this.#window() - this.#inFlight.size;
      if (room > 0) await this.#sendOldest(Math.min(PER_TICK, room));
      await this.clock.sleep(TICK_MS, signal);
    }
  }

  // Half of what the broker takes at once stays free for the live topics.
  #window(): number {
    return Math.max(1, Math.min(MAX_UNACKNOWLEDGED, Math.floor(this.link.maxInFlight / 2)));
  }

  async #sendOldest(limit: number): Promise<void> {
    let entries: readonly KeptEntry[];
    try {
      entries = await this.outbox.read(limit, this.#inFlight);
    } catch (error) {
      this.logger.warn(`history cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    for (const entry of entries) {
      this.#inFlight.add(entry.position);
      this.link.publish(entry.topic, entry.payload, OPTIONS).then(
        () => this.#onDelivered(entry),
        (error: unknown) => this.#onFailed(entry, error),
      );
    }
  }

  #onDelivered(entry: KeptEntry): void {
    this.#inFlight.delete(entry.position);
    this.outbox.remove(entry.position);
    this.#deliveredCount += 1;
  }

  // A refusal would come again for ever and hold up all that follow; anything else is sent again later.
  #onFailed(entry: KeptEntry, error: unknown): void {
    this.#inFlight.delete(entry.position);
    if (!(error instanceof MqttLinkError) || error.code !== 'publish-refused') return;
    this.outbox.remove(entry.position);
    this.#refusedCount += 1;
    if (this.#refusedCount === 1) this.logger.warn(`history is not taken: ${error.message}`);
  }

  #untilWoken(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const wake = () => {
        this.#wake = undefined;
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  statistics(): Statistics {
    return {
      ...this.outbox.statistics(),
      in_flight: this.#inFlight.size,
      delivered: this.#deliveredCount,
      refused: this.#refusedCount,
    };
  }
}
