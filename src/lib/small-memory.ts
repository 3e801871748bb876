import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's heap small: a young generation of 1 MiB instead of 16, and code that is optimised for size. The
 * program has little to remember and much time; measured, it saves 13 of 86 MiB (docs/decisions/0006). Only
 * what is allocated later is affected, so it is called first.
 */
export function keepMemorySmall(): void {
  for (const flag of ['--max-semi-space-size=1', '--semi-space-growth-factor=1', '--optimize-for-size'])
    setFlagsFromString(flag);
}
