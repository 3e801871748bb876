import { EXIT } from '../lib/exit-codes.ts';

/**
 * Aborts at the first Ctrl-C or SIGTERM, and when whoever read the output has gone (`| head`). A second
 * Ctrl-C ends the process at once.
 */
export function createStopSignal(): AbortSignal {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(EXIT.interrupted);
    stop.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.stdout.on('error', () => stop.abort());
  return stop.signal;
}
