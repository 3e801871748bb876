/** How long a unit takes from the end of a request to the begin of its answer, learned from its answers. */
export interface LearnedLatency {
  /** What to allow now, ms. */
  readonly budgetMs: number;
  /** Longest seen among the last answers, ms; undefined before the first. */
  readonly longestMs: number | undefined;
  /** The middle of the last answers, ms; undefined until there are some. */
  readonly typicalMs: number | undefined;
  observe(latencyMs: number): void;
  /** No answer came within the budget of a unit that has answered before: allow more next time. */
  extend(): void;
  /** The unit is taken for dead: probes of it shall not cost the others more than they must. */
  relax(): void;
}

const REMEMBERED = 64;
const FEW = 8;
/** Below it a stall of this very computer would look like a silent meter. */
const FLOOR_MS = 120;
/** Nobody waits longer for a meter, however slow it once was. */
const CEILING_MS = 3000;

/**
 * Begins with what the profile says. After some answers the budget is three times the longest latency of
 * the last 64 answers and 60 ms more, so that a meter under load, which answers later than usual, is not
 * taken for dead.
 */
export function createLearnedLatency(initialMs: number): LearnedLatency {
  const last: number[] = [];
  let next = 0;
  let extendedMs = 0;
  const longest = () => (last.length === 0 ? undefined : Math.max(...last));
  return {
    get budgetMs() {
      const seen = longest();
      const learned = seen === undefined || last.length < FEW ? initialMs : Math.max(FLOOR_MS, 3 * seen + 60);
      return Math.min(CEILING_MS, Math.max(learned, extendedMs));
    },
    get typicalMs() {
      if (last.length < FEW) return undefined;
      return [...last].sort((a, b) => a - b)[last.length >> 1];
    },
    get longestMs() {
      return longest();
    },
    observe(latencyMs) {
      last[next] = Math.max(0, latencyMs);
      next = (next + 1) % REMEMBERED;
      extendedMs = Math.max(0, extendedMs / 2 - 1);
    },
    extend() {
      if (last.length === 0) return;
      extendedMs = Math.min(Math.max(initialMs, CEILING_MS / 2), Math.max(this.budgetMs, FLOOR_MS) * 1.5);
    },
    relax() {
      extendedMs = 0;
    },
  };
}
