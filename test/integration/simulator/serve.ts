import type { Connection, LineSettings } from '../../../src/config/types.ts';
import { type Clock, createSystemClock } from '../../../src/lib/clock.ts';
import { silentLogger } from '../../../src/lib/logger.ts';
import { createLine, type Line, type LineOptions } from '../../../src/simulator/line.ts';
import type { MeterModel } from '../../../src/simulator/meter-model.ts';
import { openWire } from '../../../src/simulator/wires/open-wire.ts';

export const LINE_9600: LineSettings = { baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 };

export function tcp(framing: 'rtu' | 'ascii' | 'mbap', line?: LineSettings, port = 0): Connection {
  return { kind: 'tcp', framing, host: '127.0.0.1', port, line, unitId: undefined };
}

/** A clock of the computer whose wall time stands still, so that values can be known. */
export function frozenClock(at: number): Clock {
  return { ...createSystemClock(), now: () => at };
}

/** Two registers of unit 1 answer 0x4366 0x3333 from address 0 on; addresses from 1000 are refused. */
export const plainMeter: MeterModel = {
  read: (_table, address, count) =>
    address >= 1000
      ? 2
      : Array.from({ length: count }, (_, n) => ((address + n) % 2 === 0 ? 0x4366 : 0x3333)),
};

export interface Served {
  readonly line: Line;
  readonly port: number;
  close(): Promise<void>;
}

/** Lets units answer on a connection of its own, at once unless the options say otherwise. */
export async function serve(connection: Connection, options: Partial<LineOptions> = {}): Promise<Served> {
  const line = createLine({
    units: new Map([[1, plainMeter]]),
    framing: connection.framing,
    paced: false,
    turnaroundMs: 0,
    clock: createSystemClock(),
    ...(connection.line === undefined ? {} : { settings: connection.line }),
    ...options,
  });
  const wire = await openWire(connection, line, { clock: createSystemClock(), logger: silentLogger });
  return {
    line,
    port: wire.port ?? 0,
    async close() {
      line.close();
      await wire.close();
    },
  };
}
