import { fileURLToPath } from 'node:url';

/**
 * The built file of a worker thread. The program runs bundled from dist/, where the worker stands beside it;
 * tests run from src/ and use the worker that their set-up built.
 */
export function workerPath(name: 'broker-worker' | 'simulator-worker', here: string): string {
  const relative = here.endsWith('.ts') ? `../../dist/${name}.js` : `./${name}.js`;
  return fileURLToPath(new URL(relative, here));
}
