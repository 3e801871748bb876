/** How long a unit takes from the end of a request to the begin of its answer, learned from its answers. */
export interface LearnedLatency {
  /** What to allow now, ms. */
  readonly budgetMs: number;
  /** Longest seen among the last answers, ms; undefined before the first. */
  readonly longestMs: number | undefined;
  /** The middle of the last answers, ms; undefined until there are some. */
  readonly typicalMs: number | undefined;
  observe(latencyMs: number): void;
  /** An answer that came after its time-out, as far as one can tell. */
  observeLate(latencyMs: number): void;
}

const REMEMBERED = 64;
const FEW = 8;
/** Below it a stall of this very computer would look like a silent meter. */
const FLOOR_MS = 120;
/** Nobody waits longer for a meter, however slow it once was. */
const CEILING_MS = 3000;
/** What comes late may be another's answer: it counts for a few answers only, unless they are as slow. */
const LATE_FADES = 0.8;
const LATE_MARGIN_MS = 100;

/**
 * Begins with what the profile says. After some answers the budget is three times the longest latency of
 * the last 64 answers and 60 ms more, so that a meter under load, which answers later than usual, is not
 * taken for dead. A time-out teaches nothing by itself: a late answer is recognised when it comes, and does.
 */
export function createLearnedLatency(initialMs: number): LearnedLatency {
  const last: number[] = [];
  let next = 0;
  let lateMs = 0;
  const longest = () => (last.length === 0 ? undefined : Math.max(...last));
  return {
    get budgetMs() {
      const seen = longest();
      const learned = seen === undefined ? initialMs : Math.max(FLOOR_MS, 3 * seen + 60);
      // A few answers may show that a meter is slower than its profile says, but not that it is faster.
      return Math.min(CEILING_MS, Math.max(learned, lateMs, last.length < FEW ? initialMs : 0));
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
      lateMs *= LATE_FADES;
    },
    observeLate(latencyMs) {
      lateMs = Math.max(lateMs, latencyMs + LATE_MARGIN_MS);
    },
  };
}
