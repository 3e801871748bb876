import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CounterRecord } from '../../../src/pipeline/counter-memory.ts';
import { createStateDirectory } from './counter-rig.ts';

type Place = Awaited<ReturnType<typeof createStateDirectory>>;

let place: Place;
beforeEach(async () => {
  place = await createStateDirectory();
});
afterEach(() => place.remove());

const record = (changes: Partial<CounterRecord> = {}): CounterRecord => ({
  ...{ raw: 5, offset: 100, published: 105, at: 1000, since: 500, resets: 2 },
  ...changes,
});
const path = () => join(place.directory, 'counters.json');
const stored = async () => JSON.parse(await readFile(path(), 'utf8')).devices.plug.counters.e_imp;

describe('counter file', () => {
  it('gives the next run what it was given', async () => {
    const first = await place.open();
    first.keep('plug', 'e_imp', record());
    first.keep('plug', 'e_exp', record({ origin: 'integrated', offset: 0, published: 5 }));
    first.keepIdentity('plug', '84:f3:eb:00:11:22');
    await first.flush(true);
    const second = await place.open();
    expect(second.record('plug', 'e_imp')).toEqual(record());
    expect(second.record('plug', 'e_exp')).toEqual(record({ origin: 'integrated', offset: 0, published: 5 }));
    expect(second.identity('plug')).toBe('84:f3:eb:00:11:22');
    expect(place.codes()).toEqual([]);
  });

  it('keeps what is pending over a kill: a swap whose first value has not come', async () => {
    const first = await place.open();
    first.keep('plug', 'e_imp', record({ rebase: true }), true);
    await first.flush();
    expect((await place.open()).record('plug', 'e_imp')).toMatchObject({ rebase: true });
  });

  it('writes once a minute, at once after a change of level, and at the end', async () => {
    const counters = await place.open();
    const end = new AbortController();
    const running = counters.run(end.signal);
    counters.keep('plug', 'e_imp', record());
    await counters.flush();
    counters.keep('plug', 'e_imp', record({ raw: 5.001, published: 105.001 }));
    await place.clock.advance(30_000);
    expect((await stored()).raw).toBe(5);
    await place.clock.advance(35_000);
    await counters.flush();
    expect((await stored()).raw).toBe(5.001);
    counters.keep('plug', 'e_imp', record({ raw: 0, offset: 105.001, published: 105.001 }), true);
    await counters.flush();
    expect((await stored()).offset).toBe(105.001);
    counters.keep('plug', 'e_imp', record({ raw: 0.002, offset: 105.001, published: 105.003 }));
    end.abort();
    await running;
    expect(await stored()).toMatchObject({ raw: 0.002, ceiling: 105.003 });
    expect(await readdir(place.directory)).toEqual(['counters.json']);
  });

  it('writes a new ceiling before the old one is reached, further away where more is drawn', async () => {
    const counters = await place.open();
    for (let i = 0; i <= 20; i++) {
      counters.keep('plug', 'e_imp', record({ raw: 5 + i * 0.01, published: 105 + i * 0.01 }));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect.poll(async () => (await stored()).ceiling).toBeGreaterThan(105.2);
    await counters.flush();
    expect(counters.ceiling('plug', 'e_imp')).toBe((await stored()).ceiling);
  });

  it.each([
    ['cut off', '{"version":1,"devices":{"plug":'],
    ['empty', ''],
    ['of a later version', '{"version":2,"devices":{}}'],
    ['with a text for a number', '{"version":1,"devices":{"plug":{"counters":{"e_imp":{"raw":"5"}}}}}'],
    ['an array', '[]'],
  ])('sets a file aside that is %s, tells it once, and goes on', async (_what, text) => {
    await writeFile(path(), text);
    const counters = await place.open();
    expect(place.codes()).toEqual(['counters-damaged']);
    expect(counters.record('plug', 'e_imp')).toBeUndefined();
    const [aside] = await readdir(place.directory);
    expect(aside).toMatch(/^counters\.damaged-.*\.json$/);
    expect(await readFile(join(place.directory, aside ?? ''), 'utf8')).toBe(text);
    counters.keep('plug', 'e_imp', record(), true);
    await counters.flush();
    expect((await stored()).raw).toBe(5);
  });

  it('sets no property on a prototype, whatever ids the file holds', async () => {
    const counter = '{"raw":1,"offset":0,"published":1,"ceiling":1,"at":0,"since":0,"resets":0}';
    const text = `{"version":1,"devices":{"__proto__":{"counters":{"__proto__":${counter}}},"constructor":{"counters":{}}}}`;
    await writeFile(path(), text);
    const counters = await place.open();
    expect(counters.record('constructor', 'toString')).toBeUndefined();
    expect(Object.prototype).not.toHaveProperty('counters');
    expect(Object.prototype).not.toHaveProperty('raw');
  });

  it('tells once that nothing can be written, goes on, and tells once that it can again', async () => {
    const counters = await place.open();
    // A folder in the place of the draft fails for everybody, root included.
    await mkdir(`${path()}.new`);
    for (let i = 0; i < 5; i++) {
      counters.keep('plug', 'e_imp', record({ raw: i }), true);
      await counters.flush();
    }
    expect(place.codes()).toEqual(['counters-not-kept']);
    expect(counters.ceiling('plug', 'e_imp')).toBe(Number.POSITIVE_INFINITY);
    await rm(`${path()}.new`, { recursive: true, force: true });
    await counters.flush();
    expect(place.codes()).toEqual(['counters-not-kept', 'counters-kept']);
    expect((await stored()).raw).toBe(4);
  });

  it('makes the folder where it is missing', async () => {
    await rm(place.directory, { recursive: true });
    const counters = await place.open();
    counters.keep('plug', 'e_imp', record(), true);
    await counters.flush();
    expect((await stored()).raw).toBe(5);
    await chmod(place.directory, 0o755);
  });

  it('begins, after a kill, where the killed run may have come to; after an orderly end where it was', async () => {
    const first = await place.open();
    const sum = record({ origin: 'integrated', offset: 0, raw: 7, published: 7 });
    first.keep('plug', 'e_imp', sum, true);
    await first.flush();
    const afterKill = await place.open();
    expect(afterKill.record('plug', 'e_imp')?.published).toBeCloseTo(7.02, 6);
    expect(afterKill.record('plug', 'e_imp')?.raw).toBe(7);
    first.keep('plug', 'e_imp', sum);
    await first.flush(true);
    expect((await place.open()).record('plug', 'e_imp')?.published).toBe(7);
  });
});
