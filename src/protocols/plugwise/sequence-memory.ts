/** The last sequence numbers that are done with, so that a repeated frame is known as one. */
export interface SequenceMemory {
  add(sequence: string): void;
  has(sequence: string): boolean;
  clear(): void;
}

/** Numbers come round again after 65,000 requests; repetitions within moments. */
const KEPT = 50;

export function createSequenceMemory(): SequenceMemory {
  const known = new Set<string>();
  return {
    add(sequence) {
      known.delete(sequence);
      known.add(sequence);
      const [oldest] = known;
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
    },
    has: (sequence) => known.has(sequence),
    clear: () => known.clear(),
  };
}
