import type { SimulatorConfig } from '../config/types.ts';
import type { FaultRule } from './faults.ts';
import type { BrokerLogin } from './plugs/broker-login.ts';
import type { ListeningBus } from './simulator.ts';

/** What the simulator's thread is started with. */
export interface SimulatorTask {
  readonly config: SimulatorConfig;
  readonly profileDirectories: readonly string[];
  readonly faults: readonly FaultRule[];
}

/** What it says. */
export type FromSimulator =
  | { readonly type: 'listening'; readonly buses: readonly ListeningBus[] }
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly facts: object;
      readonly message: string;
    }
  | { readonly type: 'failed'; readonly message: string };

/** What it is told: which broker its plugs speak to, once that is known; to close everything and end. */
export type ToSimulator =
  | { readonly type: 'broker'; readonly login: BrokerLogin | undefined }
  | { readonly type: 'stop' };
