import { Worker } from 'node:worker_threads';
import { backoffMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import { workerPath } from '../lib/worker-path.ts';
import {
  type Figures,
  type FromWorker,
  parseFromWorker,
  type ToWorker,
  type WorkerSettings,
} from './messages.ts';

/** A thread as it is used here; a test puts one of its own in its place. */
export interface Thread {
  postMessage(message: ToWorker): void;
  on(event: 'message', receive: (message: unknown) => void): unknown;
  on(event: 'error', receive: (error: Error) => void): unknown;
  on(event: 'exit', receive: (exitCode: number) => void): unknown;
  terminate(): Promise<unknown>;
}

export type SpawnThread = (settings: WorkerSettings) => Thread;

export interface Ports {
  readonly port: number;
  readonly websocketPort: number | undefined;
}

export interface ThreadWatch {
  readonly clock: Clock;
  readonly spawn: SpawnThread;
  readonly settings: WorkerSettings;
  readonly ports: Ports;
  onListening(ports: Ports): void;
  onListenFailed(code: string, message: string): void;
  onFigures(figures: Figures): void;
  onFault(message: string): void;
}

const ASK_MS = 2000;
// So many questions without an answer in a row: the thread is stuck. Counted, not timed, because a
// computer that sleeps or stalls stops both sides.
const MAX_UNANSWERED = 5;
const STOP_MS = 2000;
const LISTEN_BACKOFF = { firstMs: 1000, maxMs: 30_000, jitter: 0.2 } as const;

/** Starts the thread of the broker. The limits are for its heap: beyond them it ends, and is started again. */
export function spawnBrokerThread(settings: WorkerSettings): Thread {
  return new Worker(workerPath('broker-worker', import.meta.url), {
    name: 'broker',
    workerData: settings,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 8 },
  });
}

/** Runs one thread to its end: until the signal aborts, or it dies. Resolves with what it died of. */
export async function watchThread(watch: ThreadWatch, signal: AbortSignal): Promise<string> {
  const { clock } = watch;
  const thread = watch.spawn(watch.settings);
  const over = new AbortController();
  let death = 'it ended without a word';
  const ended = new Promise<void>((resolve) => {
    thread.on('error', (error) => {
      death = error.message;
    });
    thread.on('exit', () => {
      over.abort();
      resolve();
    });
  });
  const stop = () => {
    thread.postMessage({ type: 'stop' });
    const cancel = clock.timer(STOP_MS, () => void thread.terminate());
    over.signal.addEventListener('abort', cancel, { once: true });
  };
  const pulse = keepAsking(clock, thread, () => {
    death = 'it did not answer any more';
  });
  thread.on('message', (value) => {
    const message = parseFromWorker(value);
    if (message?.type === 'figures') pulse.answered();
    if (message?.type === 'stopped') void thread.terminate();
    if (message !== undefined) pass(watch, thread, message, over.signal);
  });
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  await ended;
  signal.removeEventListener('abort', stop);
  pulse.stop();
  return death;
}

const attempts = new WeakMap<Thread, number>();

function pass(watch: ThreadWatch, thread: Thread, message: FromWorker, over: AbortSignal): void {
  switch (message.type) {
    case 'ready':
      thread.postMessage({ type: 'listen', ...watch.ports });
      return;
    case 'listening':
      watch.onListening({ port: message.port, websocketPort: message.websocketPort });
      return;
    case 'listen-failed': {
      watch.onListenFailed(message.code, message.message);
      const attempt = attempts.get(thread) ?? 0;
      attempts.set(thread, attempt + 1);
      void watch.clock.sleep(backoffMs(attempt, LISTEN_BACKOFF), over).then(() => {
        if (!over.aborted) thread.postMessage({ type: 'listen', ...watch.ports });
      });
      return;
    }
    case 'figures':
      watch.onFigures(message.figures);
      return;
    case 'fault':
      watch.onFault(message.message);
      return;
    case 'stopped':
      return;
  }
}

function keepAsking(clock: Clock, thread: Thread, onStuck: () => void) {
  let unanswered = 0;
  let cancel = () => {};
  const next = () => {
    cancel = clock.timer(ASK_MS, () => {
      unanswered += 1;
      if (unanswered > MAX_UNANSWERED) {
        onStuck();
        void thread.terminate();
        return;
      }
      thread.postMessage({ type: 'ask' });
      next();
    });
  };
  next();
  return {
    answered() {
      unanswered = 0;
    },
    stop: () => cancel(),
  };
}
