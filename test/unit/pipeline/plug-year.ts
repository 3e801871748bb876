import type { DeviceQuantity } from '../../../src/domain/device.ts';

/** A plug with a life: it draws power, counts it, and loses or changes its counter in all the ways there are. */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Numbers from 0 to 1 that are the same with each run (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Resets = DeviceQuantity['resets'];

/** The wall clock of Berlin as a plain day number; the summer time of 2026 is from 29 March to 25 October, 01:00 UTC. */
function berlinDay(atMs: number): number {
  const isSummer = atMs >= Date.UTC(2026, 2, 29, 1) && atMs < Date.UTC(2026, 9, 25, 1);
  return Math.floor((atMs + (isSummer ? 2 : 1) * HOUR) / DAY);
}

function berlinMonth(atMs: number): number {
  const day = new Date(berlinDay(atMs) * DAY);
  return day.getUTCFullYear() * 12 + day.getUTCMonth();
}

export class SimulatedPlug {
  /** W, in effect since the last step. */
  power = 60;
  /** kWh since the beginning. */
  truth = 0;
  identity = 'plug-1';
  #register: number;
  #wrapAt = Number.POSITIVE_INFINITY;

  constructor(
    private readonly resets: Resets,
    private readonly random: () => number,
    register: number,
  ) {
    this.#register = register;
  }

  /** What it shows, in steps of 1 Wh. */
  get shown(): number {
    return Math.floor(this.#register * 1000 + 1e-6) / 1000;
  }

  step(fromMs: number, toMs: number): void {
    const periodOf = this.resets === 'monthly' ? berlinMonth : berlinDay;
    const isRestart =
      (this.resets === 'daily' || this.resets === 'monthly') && periodOf(fromMs) !== periodOf(toMs);
    if (isRestart) this.#register = 0;
    const gained = (this.power * (toMs - fromMs)) / 3.6e9;
    this.truth += gained;
    this.#register += gained;
    if (this.#register >= this.#wrapAt) this.#register -= this.#wrapAt;
    if (this.random() < 0.02)
      this.power = this.random() < 0.6 ? 5 + 100 * this.random() : 3000 * this.random();
  }

  reset(): void {
    this.#register = 0;
  }

  /** Takes the counter to just below the end of its 32 bits. */
  nearWrap(): void {
    this.#wrapAt = 2 ** 32 / 1e6;
  }

  swap(): void {
    this.identity = `plug-${Math.floor(this.random() * 1e9)}`;
    this.#register = 2000 * this.random();
  }
}
