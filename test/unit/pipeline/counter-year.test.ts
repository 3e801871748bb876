import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../../src/domain/device.ts';
import type { CounterFile } from '../../../src/pipeline/counter-file.ts';
import { createStateDirectory, plug, startPipeline } from './counter-rig.ts';
import { createRandom, DAY, HOUR, MINUTE, type Resets, SimulatedPlug } from './plug-year.ts';

let place: Awaited<ReturnType<typeof createStateDirectory>>;
beforeEach(async () => {
  place = await createStateDirectory();
});
afterEach(() => place.remove());

const START = Date.UTC(2026, 0, 1);
const STEP = 2 * MINUTE;

type Happening = 'restarts' | 'kills' | 'swaps' | 'resets' | 'outliers' | 'lost';

/** One year on one state directory: the plug, the gateway that reads it, and all that happens to both. */
class Year {
  readonly published: number[] = [];
  readonly plug: SimulatedPlug;
  readonly counted: Record<Happening, number> = {
    ...{ restarts: 0, kills: 0, swaps: 0, resets: 0, outliers: 0, lost: 0 },
  };
  readonly #random: () => number;
  #counters: CounterFile | undefined;
  #run: ReturnType<typeof startPipeline> | undefined;

  constructor(
    private readonly resets: Resets,
    seed: number,
    private readonly isCounting: boolean,
  ) {
    this.#random = createRandom(seed);
    this.plug = new SimulatedPlug(resets, this.#random, resets === undefined ? 1234.5 : 0);
  }

  async live(): Promise<void> {
    await this.#begin();
    const end = START + 365 * DAY;
    let killAt = Number.POSITIVE_INFINITY;
    for (let at = START; at < end; at += STEP) {
      this.plug.step(at - STEP, at);
      const chance = this.#random();
      if (at >= killAt) {
        await this.#kill();
        killAt = Number.POSITIVE_INFINITY;
      } else if (chance < 0.0001) {
        // Within three samples after a write, and half of the times with a power cut for the plug as well.
        await this.#counters?.flush();
        killAt = at + Math.ceil(3 * this.#random()) * STEP;
        if (this.#random() < 0.5) this.#reset();
      } else if (chance < 0.00015) this.#reset();
      else if (chance < 0.00017) this.#swap();
      else if (chance < 0.00037) await this.#restart();
      this.#sample(at);
      if (killAt < end) await this.#pendingWrites();
      if (at % (4 * HOUR) === 0) await this.#counters?.flush();
    }
    await this.#counters?.flush();
    this.#feed(end);
    this.#collect();
  }

  #sample(at: number): void {
    const chance = this.#random();
    if (chance < 0.01) this.counted.lost++;
    else if (chance >= 0.011) this.#feed(at);
    else {
      this.counted.outliers++;
      const wrong = [0, -1, 9e6, Number.NaN, this.plug.shown + 50][Math.floor(this.#random() * 5)] ?? 0;
      this.#run?.feed(this.isCounting ? { e_imp: wrong } : { p: wrong * 1e6 - 1e7 }, at);
    }
  }

  #feed(at: number): void {
    const { power, shown } = this.plug;
    this.#run?.feed(this.isCounting ? { p: power, e_imp: shown } : { p: power }, at);
  }

  #reset(): void {
    this.counted.resets++;
    this.plug.reset();
  }

  #swap(): void {
    this.counted.swaps++;
    this.plug.swap();
    this.#run?.pipeline.accept({ type: 'device', device: this.#device() });
  }

  async #restart(): Promise<void> {
    this.counted.restarts++;
    await this.#counters?.flush(true);
    await this.#begin();
  }

  // What is on the disk at that moment is all that is left.
  async #kill(): Promise<void> {
    this.counted.kills++;
    const path = join(place.directory, 'counters.json');
    const left = await readFile(path, 'utf8');
    await this.#counters?.flush();
    await writeFile(path, left);
    await this.#begin();
  }

  // A write that was asked for takes milliseconds, and the next sample comes minutes later.
  async #pendingWrites(): Promise<void> {
    const published = this.#counters?.record('plug', 'e_imp')?.published ?? 0;
    while ((this.#counters?.ceiling('plug', 'e_imp') ?? published) < published)
      await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async #begin(): Promise<void> {
    this.#collect();
    const counters = await place.open();
    this.#counters = counters;
    this.#run = startPipeline([this.#device()], { counters });
  }

  #collect(): void {
    this.published.push(...(this.#run?.values('e_imp') ?? []));
  }

  #device(): Device {
    const { resets } = this;
    const counter = { code: 'e_imp', intervalMs: STEP, ...(resets === undefined ? {} : { resets }) } as const;
    const power = { code: 'p', intervalMs: STEP } as const;
    const quantities = this.isCounting ? [power, counter] : [power];
    return plug({ identity: this.plug.identity, intervalMs: STEP, quantities });
  }
}

function expectHonest({ published, plug: { truth } }: Year): void {
  const falls = published.filter((value, i) => value < (published[i - 1] ?? value));
  expect(falls).toEqual([]);
  const gained = (published.at(-1) ?? 0) - (published[0] ?? 0);
  expect(truth).toBeGreaterThan(1000);
  expect(Math.abs(gained - truth) / truth).toBeLessThan(0.001);
}

const TIMEOUT_MS = 300_000;

describe('a year of a plug comes out as the energy that was drawn', { timeout: TIMEOUT_MS }, () => {
  it.each<readonly [string, Resets, number]>([
    ['for ever', undefined, 1],
    ['since the boot', 'at-boot', 2],
    ['since midnight', 'daily', 3],
    ['since the first of the month', 'monthly', 4],
  ])('by a plug that counts %s', async (_since, resets, seed) => {
    const year = new Year(resets, seed, true);
    await year.live();
    for (const count of Object.values(year.counted)) expect(count).toBeGreaterThan(0);
    expectHonest(year);
  });

  it('by a plug that does not count, summed up from its power', async () => {
    const year = new Year(undefined, 5, false);
    await year.live();
    expectHonest(year);
  });

  it('by a plug whose 32 bits come to their end', async () => {
    const year = new Year(undefined, 6, true);
    year.plug.nearWrap();
    await year.live();
    expectHonest(year);
  });
});
