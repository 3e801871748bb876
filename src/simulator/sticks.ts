import type { ByteConnection, SimulatorConfig } from '../config/types.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { House } from './house.ts';
import { openStickWire } from './plugwise/open-stick-wire.ts';
import { createSimulatedStick, type SimulatedStick } from './plugwise/simulated-stick.ts';
import { checkCircuit } from './unknown-name.ts';
import type { Wire } from './wires/wire.ts';

/** A Plugwise stick of the house on its wire. */
export interface SimulatedStickWire {
  readonly stick: SimulatedStick;
  /** Where it listens, once it does: the system's choice for port 0. */
  readonly port: number | undefined;
  /** Rejects with an Error that says what to do. */
  open(): Promise<Wire>;
}

/** Every stick of the configuration. Throws an Error for a circuit that the house does not have. */
export function createSticks(
  { sticks = [], seed }: SimulatorConfig,
  house: House,
  surroundings: { readonly clock: Clock; readonly logger: Logger },
): readonly SimulatedStickWire[] {
  return sticks.map(({ connection, circles }, n) => {
    const place = placeOf(connection);
    const stick = createSimulatedStick({
      circles: circles.map(({ mac, measures }) => {
        checkCircuit(`${place}, circle ${mac}`, measures);
        return { mac, measure: (atMs: number) => house.at(atMs).circuit(measures)?.p ?? 0 };
      }),
      clock: surroundings.clock,
      seed: seed + n,
    });
    let port: number | undefined;
    return {
      stick,
      get port() {
        return port;
      },
      async open() {
        const wire = await openStickWire(stick, connection, surroundings);
        port = wire.port;
        surroundings.logger.info({ stick: placeOf(connection, port) }, 'the simulated stick answers');
        return wire;
      },
    };
  });
}

function placeOf(connection: ByteConnection, port?: number): string {
  return connection.kind === 'serial'
    ? `serial:${connection.path}`
    : `tcp://${connection.host}:${port ?? connection.port}`;
}
