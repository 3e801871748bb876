import type { SimulatorConfig } from '../config/types.ts';
import { runSimulatorThread, type SimulatorThreadOptions } from '../simulator/simulator-thread.ts';

/** The simulated house beside the gateway. */
export interface SimulatedHouse {
  /** Its wires answer; or it has failed, which was logged. */
  readonly listening: Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts the simulated house, where the configuration has one; without one both promises are resolved. */
export function startHouse(
  config: SimulatorConfig | undefined,
  options: Pick<SimulatorThreadOptions, 'profileDirectories' | 'logger' | 'ownBroker'>,
  signal: AbortSignal,
): SimulatedHouse {
  if (config === undefined) return { listening: Promise.resolve(), ended: Promise.resolve() };
  let onListening = () => {};
  const listening = new Promise<void>((resolve) => {
    onListening = resolve;
  });
  const ended = runSimulatorThread({ config, ...options, onListening }, signal).catch((error: Error) => {
    options.logger.error({ code: 'simulator' }, `the simulated house has ended: ${error.message}`);
    onListening();
  });
  return { listening, ended };
}
