/** Delays between tries: `firstMs`, then twice the last, up to `maxMs`, each shortened by up to `jitter`. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** 0 to 1: share of the delay that chance may take off, so that many clients do not come at once. */
  readonly jitter?: number;
}

/** The delay before try number `attempt` (0 is the first repetition), in milliseconds. */
export function backoffMs(
  attempt: number,
  options: BackoffOptions,
  random: () => number = Math.random,
): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 30));
  return full * (1 - (options.jitter ?? 0) * random());
}
