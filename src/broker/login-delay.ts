/**
 * How long the next login from an address waits: nothing until the third failure, then 0.5 s, 1 s, 2 s, 4 s.
 * A wait, not a ban: a stranger on the same address can slow a user down, never lock him out.
 */
export class LoginDelay {
  readonly #failures = new Map<string, { count: number; at: number }>();
  readonly #maxAddresses: number;

  constructor(maxAddresses = 1000) {
    this.#maxAddresses = maxAddresses;
  }

  /** Milliseconds to wait before a login from this address is looked at. */
  delayMs(address: string, nowMs: number): number {
    const entry = this.#failures.get(address);
    if (entry === undefined) return 0;
    if (nowMs - entry.at > FORGET_MS) {
      this.#failures.delete(address);
      return 0;
    }
    return entry.count < FREE_FAILURES
      ? 0
      : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (entry.count - FREE_FAILURES));
  }

  failed(address: string, nowMs: number): void {
    const count = (this.#failures.get(address)?.count ?? 0) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, { count: Math.min(count, 30), at: nowMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > this.#maxAddresses && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeeded(address: string): void {
    this.#failures.delete(address);
  }
}

const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 4000;
const FORGET_MS = 5 * 60_000;
