import type { Connection } from '../config/types.ts';
import type { Clock } from '../lib/clock.ts';
import { createModbusBus, type ModbusBus } from '../protocols/modbus/bus.ts';
import { type BusConnection, connectBus } from '../sources/modbus-meter/bus-connection.ts';
import { InterruptedError } from './failure.ts';

/** An open bus, and how it is framed and timed. */
export interface OpenBus {
  readonly bus: ModbusBus;
  readonly link: BusConnection;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Opens a bus for one piece of work and closes it again, whatever comes of it. Rejects with the
 * TransportError that kept it from opening or ended it, and with an InterruptedError when the signal aborts.
 */
export async function withBus<T>(
  connection: Connection,
  clock: Clock,
  signal: AbortSignal,
  work: (open: OpenBus) => Promise<T>,
): Promise<T> {
  const closing = new AbortController();
  const close = () => closing.abort();
  signal.addEventListener('abort', close, { once: true });
  let lose: (cause: Error) => void = () => {};
  const lost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  // Whoever races against it handles it; when the work is done first, nobody has to.
  lost.catch(() => {});
  const link = connectBus(connection);
  const bus = createModbusBus({
    ...link,
    clock,
    onState: (state) => {
      if (state.kind === 'unavailable') lose(state.cause);
    },
  });
  const running = bus.run(closing.signal);
  try {
    await Promise.race([bus.whenOpen(closing.signal), lost]);
    if (signal.aborted) throw new InterruptedError();
    return await Promise.race([work({ bus, link, clock, signal }), lost]);
  } catch (error) {
    // What fails because the port was closed under it has not failed.
    throw signal.aborted ? new InterruptedError() : error;
  } finally {
    signal.removeEventListener('abort', close);
    closing.abort();
    await running;
  }
}
