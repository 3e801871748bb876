import type { ModbusBus } from '../../protocols/modbus/bus.ts';

/**
 * A connection can be open and dead: a TCP peer that lost its power, an adapter that hangs. When requests
 * have gone out for a while and not one was answered, the port is opened anew, each time more rarely.
 */
export function createBusWatchdog(
  bus: ModbusBus,
  firstLimitMs: number,
  monotonicMs: () => number,
): () => void {
  let answers = 0;
  let requestsThen = 0;
  let since = monotonicMs();
  let limitMs = firstLimitMs;
  return () => {
    let answered = 0;
    let requests = 0;
    for (const unit of bus.counters.units.values()) {
      answered += unit.answers + unit.exceptions;
      requests += unit.requests;
    }
    const now = monotonicMs();
    if (answered !== answers) {
      answers = answered;
      limitMs = firstLimitMs;
    } else if (requests - requestsThen >= 3 && now - since >= limitMs) {
      limitMs = Math.min(limitMs * 2, MAX_LIMIT_MS);
      bus.reopen('nothing has answered for a while');
    } else return;
    since = now;
    requestsThen = requests;
  };
}

const MAX_LIMIT_MS = 600_000;
