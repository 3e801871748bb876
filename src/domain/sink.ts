import type { GatewayEvent } from './event.ts';
import type { Statistics } from './source.ts';

/** Where events go. `accept` never blocks and never throws: a sink that cannot deliver keeps or counts. */
export interface Sink {
  accept(event: GatewayEvent): void;
  run(signal: AbortSignal): Promise<void>;
  statistics(): Statistics;
}
