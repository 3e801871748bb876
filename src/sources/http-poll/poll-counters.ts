import type { Statistics } from '../../domain/source.ts';

/** What happened to the questions of one source. */
export interface PollCounters {
  requests: number;
  /** Answers that said that nothing has changed. */
  unchanged: number;
  /** Pages whose own time was that of the page before. */
  notMoved: number;
  clockWrong: number;
  timeMissing: number;
  valuesMissing: number;
  missedSlots: number;
  fail(kind: string): void;
  toStatistics(): Statistics;
}

export function createPollCounters(): PollCounters {
  const failed = new Map<string, number>();
  return {
    requests: 0,
    unchanged: 0,
    notMoved: 0,
    clockWrong: 0,
    timeMissing: 0,
    valuesMissing: 0,
    missedSlots: 0,
    fail: (kind) => void failed.set(kind, (failed.get(kind) ?? 0) + 1),
    toStatistics() {
      return {
        requests: this.requests,
        unchanged: this.unchanged,
        not_moved: this.notMoved,
        clock_wrong: this.clockWrong,
        time_missing: this.timeMissing,
        values_missing: this.valuesMissing,
        missed_slots: this.missedSlots,
        failed: Object.fromEntries(failed),
      };
    },
  };
}
