import type { GatewayEvent } from '../domain/event.ts';
import type { Sink } from '../domain/sink.ts';
import type { Statistics } from '../domain/source.ts';

/** Events kept while there is no sink yet; the oldest go first. */
const MAX_EARLY = 10_000;

/** Where events leave the program: the sink exists only when its broker is known, and nothing is lost until then. */
export class Outlet {
  #early: GatewayEvent[] = [];
  #sink: Sink | undefined;

  accept(event: GatewayEvent): void {
    if (this.#sink !== undefined) this.#sink.accept(event);
    else if (this.#early.push(event) > MAX_EARLY) this.#early.shift();
  }

  attach(sink: Sink): void {
    this.#sink = sink;
    for (const event of this.#early) sink.accept(event);
    this.#early = [];
  }

  statistics(): Statistics {
    return this.#sink?.statistics() ?? { waiting_for_broker: this.#early.length };
  }
}
