import { connectAsync, type MqttClient } from 'mqtt';
import { vi } from 'vitest';

export interface Seen {
  readonly topic: string;
  readonly payload: string;
  readonly isRetained: boolean;
  readonly expiryS: number | undefined;
}

/** An ordinary subscriber of the whole tree. */
export class Observer {
  readonly seen: Seen[] = [];
  #client: MqttClient | undefined;

  /** Subscribes; what is retained comes first. */
  static async on(url: string, login: { username?: string; password?: string } = {}): Promise<Observer> {
    const observer = new Observer();
    const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 50, ...login });
    client.on('message', (topic, payload, packet) => {
      observer.seen.push({
        topic,
        payload: payload.toString(),
        isRetained: packet.retain,
        expiryS: packet.properties?.messageExpiryInterval,
      });
    });
    observer.#client = client;
    await client.subscribeAsync('#', { qos: 1 });
    return observer;
  }

  on(topic: string): Seen[] {
    return this.seen.filter((message) => message.topic === topic);
  }

  payloadsOn(topic: string): string[] {
    return this.on(topic).map(({ payload }) => payload);
  }

  seqsOn(topic: string): number[] {
    return this.payloadsOn(topic)
      .filter((payload) => payload !== '')
      .map((payload) => JSON.parse(payload).seq);
  }

  /** Waits until the condition holds; fails with what it says otherwise. */
  async until(condition: () => void): Promise<void> {
    await vi.waitFor(condition, { timeout: 15_000, interval: 20 });
  }

  async close(): Promise<void> {
    await this.#client?.endAsync(true);
  }
}
