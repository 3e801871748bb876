import type { Notice } from '../../domain/event.ts';
import { MqttLinkError } from '../../transports/mqtt-error.ts';
import type { MqttLink } from '../../transports/mqtt-link.ts';
import { formatNotice } from './payload.ts';

const MAX_WAITING = 200;
const OPTIONS = { qos: 1, retain: false, contentType: 'application/json' } as const;

interface Waiting {
  readonly payload: string;
  isInFlight: boolean;
}

/** Notices on their way to `gateway/events`; those of an outage wait here, the oldest go when it is full. */
export class NoticeQueue {
  #waiting: Waiting[] = [];
  #droppedCount = 0;

  constructor(
    private readonly topic: string,
    private readonly link: MqttLink,
  ) {}

  get waitingCount(): number {
    return this.#waiting.length;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  add(notice: Notice): void {
    this.#waiting.push({ payload: formatNotice(notice), isInFlight: false });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#droppedCount += 1;
    }
    this.flush();
  }

  /** Sends all that wait, in order; without a link it does nothing. */
  flush(): void {
    if (!this.link.isConnected) return;
    for (const waiting of this.#waiting) {
      if (waiting.isInFlight) continue;
      waiting.isInFlight = true;
      this.link.publish(this.topic, waiting.payload, OPTIONS).then(
        () => this.#remove(waiting),
        (error: unknown) => {
          waiting.isInFlight = false;
          if (error instanceof MqttLinkError && error.code === 'publish-refused') {
            this.#remove(waiting);
            this.#droppedCount += 1;
          }
        },
      );
    }
  }

  #remove(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
  }
}
