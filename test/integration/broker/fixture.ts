import { spawn } from 'node:child_process';
import { spawnBrokerThread, type Thread } from '../../../src/broker/broker-thread.ts';
import { type BrokerNotice, createEmbeddedBroker } from '../../../src/broker/embedded-broker.ts';
import type { BrokerConfig } from '../../../src/config/types.ts';
import { createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';

export const OWNER = { username: 'gateway-0f3a', password: 'a random password of the gateway' };

const DEFAULTS: BrokerConfig = {
  enabled: true,
  host: '127.0.0.1',
  port: 0,
  websocketPort: undefined,
  allowAnonymous: false,
  users: [],
  maxConnections: 150,
  maxConnectionsPerAddress: 100,
  maxPacketBytes: 262_144,
  maxRetainedTopics: 5000,
  maxRetainedBytes: 16 * 1024 * 1024,
  maxQueuedMessages: 1000,
  connectTimeoutMs: 3000,
};

/** A running broker for one test file, and the thread it runs in. */
export async function startBroker(config: Partial<BrokerConfig> = {}) {
  const notices: BrokerNotice[] = [];
  const threads: Thread[] = [];
  const stopping = new AbortController();
  const broker = createEmbeddedBroker({
    config: { ...DEFAULTS, ...config },
    clock: createSystemClock(),
    logger: silentLogger,
    owner: OWNER,
    onNotice: (notice) => notices.push(notice),
    spawn(settings) {
      const thread = spawnBrokerThread(settings);
      threads.push(thread);
      return thread;
    },
  });
  const running = broker.run(stopping.signal);
  const place = await broker.listening;
  return {
    ...place,
    broker,
    notices,
    threads,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Runs one of the mosquitto clients; `output` is what it printed on both channels. */
export function mosquitto(
  command: 'mosquitto_pub' | 'mosquitto_sub',
  port: number,
  ...args: string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, ['-h', '127.0.0.1', '-p', String(port), ...args]);
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      output += String(chunk);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

export async function until(isTrue: () => boolean, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error('it did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
