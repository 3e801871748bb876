import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import type { Thread } from '../../../src/broker/broker-thread.ts';
import { createEmbeddedBroker } from '../../../src/broker/embedded-broker.ts';
import { parseFromWorker, parseToWorker, type ToWorker } from '../../../src/broker/messages.ts';
import { returnCode } from '../../../src/broker/peer.ts';
import { createSecret } from '../../../src/config/secret.ts';
import type { Clock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';

class FakeThread extends EventEmitter implements Thread {
  readonly told: ToWorker[] = [];
  isTerminated = false;
  postMessage(message: ToWorker): void {
    this.told.push(message);
    if (message.type === 'stop') setImmediate(() => this.emit('message', { type: 'stopped' }));
  }
  async terminate(): Promise<number> {
    if (!this.isTerminated) setImmediate(() => this.emit('exit', 1));
    this.isTerminated = true;
    return 1;
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function start() {
  const threads: FakeThread[] = [];
  const slept: number[] = [];
  const timers: { ms: number; act: () => void; isOff: boolean }[] = [];
  const notices: string[] = [];
  const clock: Clock = {
    now: () => 0,
    monotonicMs: () => 0,
    async sleep(ms) {
      slept.push(Math.round(ms));
    },
    timer(ms, act) {
      const timer = { ms, act, isOff: false };
      timers.push(timer);
      return () => {
        timer.isOff = true;
      };
    },
  };
  const stopping = new AbortController();
  const broker = createEmbeddedBroker({
    config: {
      enabled: true,
      host: '127.0.0.1',
      port: 0,
      websocketPort: undefined,
      allowAnonymous: false,
      users: [{ name: 'u', role: 'read', passwordHash: createSecret('hash') }],
      maxConnections: 1,
      maxConnectionsPerAddress: 1,
      maxPacketBytes: 1,
      maxRetainedTopics: 1,
      maxRetainedBytes: 1,
      maxQueuedMessages: 1,
      connectTimeoutMs: 1,
    },
    clock,
    logger: silentLogger,
    owner: { username: 'o', password: 'p' },
    onNotice: ({ code }) => notices.push(code),
    spawn() {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
  });
  const running = broker.run(stopping.signal);
  const last = () => threads.at(-1) ?? new FakeThread();
  const tick = () => {
    const due = timers.filter(({ isOff, ms }) => !isOff && ms === 2000);
    for (const timer of due) {
      timer.isOff = true;
      timer.act();
    }
  };
  return { broker, threads, last, slept, notices, stopping, running, tick };
}

describe('the embedded broker', () => {
  test('tells where it listens, and takes the same port after a restart', async () => {
    const { broker, last, stopping, running, threads } = start();
    last().emit('message', { type: 'ready' });
    expect(last().told).toEqual([{ type: 'listen', port: 0, websocketPort: undefined }]);
    last().emit('message', { type: 'listening', port: 4711 });
    expect(await broker.listening).toEqual({ host: '127.0.0.1', port: 4711, websocketPort: undefined });
    last().emit('error', new Error('out of memory'));
    last().emit('exit', 1);
    await settle();
    expect(threads).toHaveLength(2);
    last().emit('message', { type: 'ready' });
    expect(last().told).toEqual([{ type: 'listen', port: 4711, websocketPort: undefined }]);
    expect(broker.statistics().restarts).toBe(1);
    stopping.abort();
    await running;
  });

  test('restarts at once, then at growing distance', async () => {
    const { last, slept, stopping, running, notices } = start();
    for (let death = 0; death < 9; death++) {
      last().emit('exit', 1);
      await settle();
    }
    expect(slept).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(notices.filter((code) => code === 'broker-restarted')).toHaveLength(9);
    stopping.abort();
    await running;
  });

  test('tries a port in use again, and says so once', async () => {
    const { last, stopping, running, notices } = start();
    last().emit('message', { type: 'ready' });
    for (let time = 0; time < 3; time++) {
      last().emit('message', { type: 'listen-failed', code: 'EADDRINUSE', message: 'in use' });
      await settle();
    }
    expect(last().told.filter(({ type }) => type === 'listen')).toHaveLength(4);
    expect(notices).toEqual(['broker-port']);
    stopping.abort();
    await running;
  });

  test('ends a thread that does not answer, not one that does', async () => {
    const { last, tick, threads, stopping, running } = start();
    for (let time = 0; time < 20; time++) {
      tick();
      last().emit('message', { type: 'figures', figures: { connections: 1 } });
    }
    expect(last().isTerminated).toBe(false);
    for (let time = 0; time < 6; time++) tick();
    await settle();
    expect(threads).toHaveLength(2);
    stopping.abort();
    await running;
  });

  test('adds up what threads counted before they died', async () => {
    const { broker, last, stopping, running } = start();
    const figures = (login: number) => ({ type: 'figures', figures: { refused: { login } } });
    last().emit('message', figures(3));
    last().emit('exit', 1);
    await settle();
    last().emit('message', figures(2));
    expect(broker.statistics().refused).toEqual({ login: 5 });
    stopping.abort();
    await running;
  });

  test('ends a thread that does not stop when it is told to', async () => {
    const { last, stopping, running, tick } = start();
    const thread = last();
    thread.postMessage = () => {};
    stopping.abort();
    tick();
    await running;
    expect(thread.isTerminated).toBe(true);
  });

  test('takes no harm from what a thread says', async () => {
    const { broker, last, stopping, running } = start();
    for (const strange of [null, 7, 'x', {}, { type: '__proto__' }, { type: 'listening', port: -1 }])
      last().emit('message', strange);
    expect(broker.statistics()).toMatchObject({ restarts: 0 });
    stopping.abort();
    await running;
  });
});

test('messages between the threads are checked', () => {
  expect(parseFromWorker({ type: 'listening', port: 1, websocketPort: 70_000 })).toBeUndefined();
  expect(parseFromWorker({ type: 'figures', figures: { a: 1, b: { c: 2 } } })).toBeDefined();
  expect(parseFromWorker({ type: 'figures', figures: { a: 'x' } })).toBeUndefined();
  expect(parseFromWorker({ type: 'fault' })).toBeUndefined();
  expect(parseToWorker({ type: 'listen', port: 1883 })).toEqual({
    type: 'listen',
    port: 1883,
    websocketPort: undefined,
  });
  expect(parseToWorker({ type: 'listen', port: '1883' })).toBeUndefined();
  expect(parseToWorker([])).toBeUndefined();
});

test.each([
  [0x85, 2],
  [0x88, 3],
  [0x89, 3],
  [0x87, 5],
  [0x81, 5],
])('reason 0x%s is CONNACK code %i in 3.1.1', (reason, code) => {
  expect(returnCode(reason)).toBe(code);
});
