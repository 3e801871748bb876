/** First in, first out; `shift` of an array moves all that is behind, which shows at thousands of entries. */
export interface Fifo<T> {
  readonly size: number;
  push(value: T): void;
  take(): T | undefined;
  takeAll(): T[];
}

const COMPACT_AT = 1024;

export function createFifo<T>(): Fifo<T> {
  let values: (T | undefined)[] = [];
  let head = 0;
  return {
    get size() {
      return values.length - head;
    },
    push(value) {
      values.push(value);
    },
    take() {
      if (head === values.length) return undefined;
      const value = values[head];
      values[head] = undefined;
      head += 1;
      if (head === values.length) {
        values = [];
        head = 0;
      } else if (head >= COMPACT_AT && head * 2 > values.length) {
        values = values.slice(head);
        head = 0;
      }
      return value;
    },
    takeAll() {
      // Everything from the head on was pushed and not taken.
      const rest = values.slice(head) as T[];
      values = [];
      head = 0;
      return rest;
    },
  };
}
