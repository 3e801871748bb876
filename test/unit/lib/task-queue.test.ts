import { describe, expect, it } from 'vitest';
import { createTaskQueue } from '../../../src/lib/task-queue.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the task queue', () => {
  it('runs one task at a time, in the order of asking', async () => {
    const queue = createTaskQueue();
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const task = (name: number, turns: number) => async () => {
      most = Math.max(most, ++running);
      for (let i = 0; i < turns; i++) await turn();
      order.push(name);
      running--;
      return name * 10;
    };
    const results = await Promise.all([
      queue.run(task(1, 5)),
      queue.run(task(2, 0)),
      queue.run(task(3, 2)),
      queue.run(task(4, 0)),
    ]);
    expect([order, results, most]).toEqual([[1, 2, 3, 4], [10, 20, 30, 40], 1]);
  });

  it('goes on after a task that rejects and one that throws at once', async () => {
    const queue = createTaskQueue();
    const rejected = queue.run(() => Promise.reject(new Error('first')));
    const thrown = queue.run(() => {
      throw new Error('second');
    });
    const third = queue.run(async () => 'third');
    await expect(rejected).rejects.toThrow('first');
    await expect(thrown).rejects.toThrow('second');
    await expect(third).resolves.toBe('third');
  });

  it('takes a task that is asked for inside another behind it', async () => {
    const queue = createTaskQueue();
    const order: string[] = [];
    let inner: Promise<void> | undefined;
    await queue.run(async () => {
      inner = queue.run(async () => {
        order.push('inner');
      });
      await turn();
      order.push('outer');
    });
    await inner;
    expect(order).toEqual(['outer', 'inner']);
  });
});
