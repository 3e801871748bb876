import { parentPort, workerData } from 'node:worker_threads';
import { createSystemClock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { silentLogger } from '../lib/logger.ts';
import { loadProfiles } from '../meters/load-profiles.ts';
import type { BrokerLogin } from './plugs/broker-login.ts';
import { createSimulator } from './simulator.ts';
import type { FromSimulator, SimulatorTask, ToSimulator } from './thread-messages.ts';

/** The thread of the simulated house: its meters answer at their pace whatever the gateway is doing. */

const say = (message: FromSimulator) => parentPort?.postMessage(message);

function forwardingLogger(): Logger {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (facts: object, message: string) =>
    say({ type: 'log', level, facts, message });
  const own = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { ...silentLogger, ...own } as Logger; // pino's methods are overloaded; the simulator uses this form
}

async function work({ config, profileDirectories, faults }: SimulatorTask): Promise<void> {
  const stop = new AbortController();
  const ownBroker = new Promise<BrokerLogin | undefined>((resolve) => {
    parentPort?.on('message', (message: ToSimulator) => {
      if (message.type === 'stop') stop.abort();
      else resolve(message.login);
    });
  });
  const profiles = await loadProfiles(profileDirectories);
  const logger = forwardingLogger();
  const clock = createSystemClock();
  const simulator = createSimulator({ config, profiles, clock, logger, faults, ownBroker });
  void simulator.listening.then(
    (buses) => say({ type: 'listening', buses }),
    () => {}, // run rejects as well
  );
  await simulator.run(stop.signal);
}

work(workerData).then(
  () => parentPort?.close(),
  (error) => {
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    parentPort?.close();
  },
);
