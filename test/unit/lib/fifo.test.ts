import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFifo } from '../../../src/lib/fifo.ts';

test('gives back what was pushed, in order, as a plain array does', () => {
  const step = fc.oneof(fc.constant('take' as const), fc.constant('takeAll' as const), fc.nat());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const fifo = createFifo<number>();
      const plain: number[] = [];
      for (const what of steps) {
        if (what === 'take') expect(fifo.take()).toBe(plain.shift());
        else if (what === 'takeAll') expect(fifo.takeAll()).toEqual(plain.splice(0));
        else {
          fifo.push(what);
          plain.push(what);
        }
        expect(fifo.size).toBe(plain.length);
      }
    }),
  );
});

test('keeps its order over many thousands', () => {
  const fifo = createFifo<number>();
  let next = 0;
  for (let n = 0; n < 20_000; n++) {
    fifo.push(n);
    if (n % 3 !== 0) expect(fifo.take()).toBe(next++);
  }
  expect(fifo.takeAll()).toEqual(Array.from({ length: fifo.size + 20_000 - next }, (_, n) => next + n));
});
