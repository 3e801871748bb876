import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryOutbox } from '../../../../src/sinks/mqtt/outbox.ts';

const NONE = new Set<number>();
const LARGE = { maxSamples: 1_000_000, maxBytes: 1e9 };
const entry = (payload: string) => ({ topic: 'house/mains/history', payload });

async function payloads(outbox: ReturnType<typeof createMemoryOutbox>, limit = 1e6) {
  return (await outbox.read(limit, NONE)).map(({ payload }) => payload);
}

describe('memory outbox', () => {
  it('gives entries back in the order in which they came', async () => {
    const outbox = createMemoryOutbox(LARGE);
    for (const text of ['a', 'b', 'c']) outbox.add(entry(text));
    expect(await payloads(outbox)).toEqual(['a', 'b', 'c']);
    expect(await payloads(outbox, 2)).toEqual(['a', 'b']);
    expect(outbox.size).toBe(3);
  });

  it('leaves out what is being sent', async () => {
    const outbox = createMemoryOutbox(LARGE);
    for (const text of ['a', 'b', 'c']) outbox.add(entry(text));
    const [first] = await outbox.read(1, NONE);
    const rest = await outbox.read(9, new Set([first?.position ?? -1]));
    expect(rest.map(({ payload }) => payload)).toEqual(['b', 'c']);
  });

  it('drops the oldest and counts them when there are too many', async () => {
    const outbox = createMemoryOutbox({ maxSamples: 2, maxBytes: 1e9 });
    for (const text of ['a', 'b', 'c', 'd']) outbox.add(entry(text));
    expect(await payloads(outbox)).toEqual(['c', 'd']);
    expect(outbox.statistics()).toMatchObject({ waiting: 2, dropped: 2 });
  });

  it('drops the oldest when the bytes are used up, and never keeps what is larger than all of it', async () => {
    const outbox = createMemoryOutbox({ maxSamples: 1000, maxBytes: 1000 });
    for (let i = 0; i < 20; i++) outbox.add(entry(`${i}`.padEnd(100, '.')));
    outbox.add(entry('x'.repeat(5000)));
    const { waiting_bytes } = outbox.statistics();
    expect(waiting_bytes).toBeLessThanOrEqual(1000);
    expect((await payloads(outbox)).at(-1)).toContain('19');
    expect(outbox.statistics()).toMatchObject({ dropped: 21 - outbox.size });
  });

  it('removes in any order, and twice without harm', async () => {
    const outbox = createMemoryOutbox(LARGE);
    for (const text of ['a', 'b', 'c']) outbox.add(entry(text));
    outbox.remove(1);
    outbox.remove(1);
    expect(await payloads(outbox)).toEqual(['a', 'c']);
    outbox.remove(0);
    outbox.remove(2);
    outbox.remove(99);
    expect(outbox.statistics()).toEqual({ waiting: 0, waiting_bytes: 0, dropped: 0 });
  });

  it('stays what a plain list would be, whatever is added and removed', async () => {
    const step = fc.oneof(
      fc.record({ add: fc.string({ maxLength: 5 }) }),
      fc.record({ removeAt: fc.nat({ max: 5 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), async (steps) => {
        const outbox = createMemoryOutbox({ maxSamples: 20, maxBytes: 1e9 });
        let model: string[] = [];
        for (const action of steps) {
          if ('add' in action) {
            outbox.add(entry(action.add));
            model = [...model, action.add].slice(-20);
          } else {
            const kept = (await outbox.read(100, NONE))[action.removeAt];
            if (kept === undefined) continue;
            outbox.remove(kept.position);
            model.splice(action.removeAt, 1);
          }
        }
        expect(await payloads(outbox)).toEqual(model);
      }),
    );
  });

  it('forgets what it has given over a long life', () => {
    const outbox = createMemoryOutbox(LARGE);
    for (let i = 0; i < 50_000; i++) {
      outbox.add(entry('x'));
      if (i >= 10) outbox.remove(i - 10);
    }
    expect(outbox.size).toBe(10);
    expect(outbox.statistics().waiting_bytes).toBe(10 * (19 + 1 + 120));
  });
});
