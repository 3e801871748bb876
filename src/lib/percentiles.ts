/** The last measurements of one kind, for medians and tails; a fixed amount of memory. */
export interface Percentiles {
  add(value: number): void;
  /** Value below which that share (0 to 1) of the kept measurements lie; undefined without any. */
  at(share: number): number | undefined;
  readonly count: number;
}

export function createPercentiles(kept = 512): Percentiles {
  const values: number[] = [];
  let count = 0;
  return {
    add(value) {
      values[count % kept] = value;
      count++;
    },
    at(share) {
      if (values.length === 0) return undefined;
      const sorted = [...values].sort((a, b) => a - b);
      return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
    },
    get count() {
      return count;
    },
  };
}
