import { Worker } from 'node:worker_threads';
import type { SimulatorConfig } from '../config/types.ts';
import type { Clock } from '../lib/clock.ts';
import { createSystemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { workerPath } from '../lib/worker-path.ts';
import type { FaultRule } from './faults.ts';
import type { BrokerLogin } from './plugs/broker-login.ts';
import type { ListeningBus } from './simulator.ts';
import type { FromSimulator, SimulatorTask, ToSimulator } from './thread-messages.ts';

export interface SimulatorThreadOptions {
  readonly config: SimulatorConfig;
  /** Where the profiles are, the user's before the shipped ones. */
  readonly profileDirectories: readonly string[];
  readonly logger: Logger;
  readonly faults?: readonly FaultRule[];
  /** Called once, when every bus answers. */
  readonly onListening?: (buses: readonly ListeningBus[]) => void;
  readonly clock?: Clock;
  /**
   * How the broker is reached to which the gateway publishes, once that is known (the embedded one has its
   * port only when it listens); undefined: there is none. Nothing waits for it but the plugs that speak to it.
   */
  readonly ownBroker?: Promise<BrokerLogin | undefined>;
}

const STOP_MS = 3000;

/**
 * Runs the simulated house in a thread of its own. Resolves when the signal has aborted and everything is
 * closed; rejects when a bus cannot be opened, a profile or circuit is unknown, or the thread dies.
 */
export function runSimulatorThread(options: SimulatorThreadOptions, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { config, profileDirectories, logger, faults = [], clock = createSystemClock() } = options;
  const task: SimulatorTask = { config, profileDirectories, faults };
  const worker = new Worker(workerPath('simulator-worker', import.meta.url), {
    workerData: task,
    name: 'simulator',
  });
  const tell = (message: ToSimulator) => worker.postMessage(message);
  void (options.ownBroker ?? Promise.resolve(undefined)).then(
    (login) => tell({ type: 'broker', login }),
    () => tell({ type: 'broker', login: undefined }), // who gave the promise knows why
  );
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    let cancelKill: (() => void) | undefined;
    const onAbort = () => {
      tell({ type: 'stop' });
      cancelKill = clock.timer(STOP_MS, () => void worker.terminate());
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.on('message', (message: FromSimulator) => {
      switch (message.type) {
        case 'listening':
          options.onListening?.(message.buses);
          break;
        case 'log':
          logger[message.level](message.facts, message.message);
          break;
        case 'failed':
          failure = new Error(message.message);
          break;
      }
    });
    worker.on('error', (error) => {
      failure = new Error(`the thread of the simulator died: ${error.message}`, { cause: error });
    });
    worker.on('exit', (code) => {
      signal.removeEventListener('abort', onAbort);
      cancelKill?.();
      if (failure !== undefined) reject(failure);
      else if (signal.aborted) resolve();
      else reject(new Error(`the thread of the simulator ended by itself with code ${code}`));
    });
  });
}
