/**
 * One open request of attributes at one device. zigbee2mqtt reads them one after the other and publishes the
 * whole state after each answer, so the first state after the request answers the first attribute, the second
 * state the second one.
 */
export interface Question {
  open(properties: readonly string[], at: number): void;
  /** A state with these properties came; those of them that answer the question, each once. */
  arrived(properties: readonly string[], at: number): ReadonlySet<string>;
  /** The value of this property is known anyway, since it has just changed: its answer would only repeat it. */
  settle(property: string): void;
  isOpen(at: number): boolean;
  close(): void;
}

/** How long the first answer may take. */
export const ANSWER_MS = 5000;
/** Answers to one request follow one another; where several came as one, none follows. */
const NEXT_ANSWER_MS = 1000;

export function createQuestion(): Question {
  let asked: readonly string[] = [];
  let until = Number.NEGATIVE_INFINITY;
  let begunAt = 0;
  const arrivals = new Map<string, number>();
  const answered = new Set<string>();
  // A clock that was set back ends the question too.
  const isOpen = (at: number) => at <= until && at >= begunAt && answered.size < asked.length;

  return {
    isOpen,
    open(properties, at) {
      asked = properties;
      begunAt = at;
      until = at + ANSWER_MS;
      arrivals.clear();
      answered.clear();
    },
    settle(property) {
      if (asked.includes(property)) answered.add(property);
    },
    close() {
      asked = [];
    },
    arrived(properties, at) {
      const now = new Set<string>();
      if (!isOpen(at)) return now;
      for (const property of properties) {
        const place = asked.indexOf(property);
        if (place < 0) continue;
        const count = (arrivals.get(property) ?? 0) + 1;
        arrivals.set(property, count);
        if (count <= place || answered.has(property)) continue;
        answered.add(property);
        now.add(property);
      }
      if (now.size > 0) until = Math.min(until, at + NEXT_ANSWER_MS);
      return now;
    },
  };
}
