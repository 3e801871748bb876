import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type CounterCorrection,
  leaveCorrection,
  takeOutcome,
} from '../../../src/pipeline/counter-corrections.ts';
import { createStateDirectory, plug, startPipeline } from './counter-rig.ts';

let place: Awaited<ReturnType<typeof createStateDirectory>>;
beforeEach(async () => {
  place = await createStateDirectory();
});
afterEach(() => place.remove());

const set = (value: number, allowLower = false, key = 'e_imp'): CounterCorrection => ({
  ...{ kind: 'set', device: 'plug', key, value, allowLower },
});

/** A running gateway with a plug at 50 kWh. */
async function startGateway() {
  const counters = await place.open();
  const end = new AbortController();
  const running = counters.run(end.signal);
  const lane = startPipeline([plug()], { counters });
  lane.feed({ e_imp: 50 }, 0);
  const correct = async (correction: CounterCorrection) => {
    const name = await leaveCorrection(place.directory, correction);
    // The schedule is moved; the disk takes the time that it takes.
    const giveUpAt = performance.now() + 20_000;
    for (;;) {
      await place.clock.advance(2000);
      const outcome = await takeOutcome(place.directory, name);
      if (outcome !== undefined || performance.now() > giveUpAt) return outcome;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const stop = async () => {
    end.abort();
    await running;
  };
  return { ...lane, counters, correct, stop };
}

describe('correction by hand', () => {
  it('is taken by the running gateway, and energy counts on from it', async () => {
    const { correct, feed, values, stop } = await startGateway();
    expect(await correct(set(18_342.1))).toEqual({
      isDone: true,
      message: 'plug e_imp was set from 50 to 18342.1 by hand',
    });
    feed({ e_imp: 50.01 }, 10_000);
    expect(values('e_imp')).toEqual([50, 18_342.11]);
    await stop();
    const next = startPipeline([plug()], { counters: await place.open() });
    next.feed({ e_imp: 50.02 }, 20_000);
    expect(next.values('e_imp')).toEqual([18_342.12]);
    expect(place.codes()).toEqual(['counter-corrected']);
  });

  it('never lowers a counter unless that is asked for, and then leaves a notice', async () => {
    const { correct, feed, values, stop } = await startGateway();
    expect(await correct(set(20))).toMatchObject({ isDone: false });
    feed({ e_imp: 50.01 }, 10_000);
    expect(await correct(set(20, true))).toMatchObject({ isDone: true });
    feed({ e_imp: 50.02 }, 20_000);
    expect(values('e_imp')).toEqual([50, 50.01, 20.01]);
    expect(place.notices.map(({ code, deviceId }) => [code, deviceId])).toEqual([
      ['counter-correction-refused', 'plug'],
      ['counter-corrected', 'plug'],
    ]);
    expect(place.notices[1]?.message).toContain('was lowered from 50.01 to 20');
    await stop();
  });

  it('stands, though the device goes back to a level that it had before', async () => {
    const { correct, feed, values, stop } = await startGateway();
    for (let i = 1; i <= 4; i++) feed({ e_imp: 0 }, i * 10_000);
    await correct(set(80));
    feed({ e_imp: 50.001 }, 50_000);
    feed({ e_imp: 0.001 }, 60_000);
    expect(values('e_imp').at(-1)).toBeCloseTo(80.001, 9);
    await stop();
  });

  it('forgets a device, which then begins at what it shows', async () => {
    const { correct, feed, values, stop } = await startGateway();
    for (let i = 1; i <= 4; i++) feed({ e_imp: 0 }, i * 10_000);
    expect(await correct({ kind: 'forget', device: 'plug' })).toMatchObject({ isDone: true });
    feed({ e_imp: 0.01 }, 50_000);
    expect(values('e_imp').at(-1)).toBe(0.01);
    await stop();
  });

  it('is refused in words where there is no such counter', async () => {
    const { correct, stop } = await startGateway();
    expect((await correct(set(1, false, 'e_exp')))?.message).toBe(
      'plug has no counter "e_exp"; it has e_imp',
    );
    const other = await correct({ kind: 'forget', device: 'fridge' });
    expect(other?.message).toBe('nothing is known of a device "fridge"');
    await stop();
  });

  it('is ignored and removed where it is none', async () => {
    const folder = join(place.directory, 'counter-corrections');
    await mkdir(folder);
    const texts = ['', 'null', '{"kind":"set","device":"plug","key":"e_imp","value":"9"}', 'x'.repeat(9000)];
    for (const [i, text] of texts.entries()) await writeFile(join(folder, `${i}.json`), text);
    const counters = await place.open();
    await counters.takeCorrections();
    expect(place.codes()).toEqual(texts.map(() => 'counter-correction-refused'));
    expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toEqual([]);
  });
});
