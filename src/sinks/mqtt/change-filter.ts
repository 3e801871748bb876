import type { ChangeRule } from '../../config/types.ts';

interface Last {
  readonly value: number;
  readonly at: number;
}

/**
 * Decides which samples of a key go to its value topic: the first, those that moved far enough from the one
 * published last, and one each heartbeat. Without a rule: all.
 */
export class ChangeFilter {
  #last: Last | undefined;

  /** `slackMs`: how much earlier than due a heartbeat may come, so that it falls on a sample. */
  constructor(
    private readonly rule: ChangeRule | undefined,
    private readonly slackMs: number,
  ) {}

  /** Whether a value measured at `at` (ms) is to be published; it then counts as published. */
  takes(value: number, at: number): boolean {
    if (this.rule === undefined) return true;
    if (this.#last !== undefined && !this.#isDue(this.rule, this.#last, value, at)) return false;
    this.#last = { value, at };
    return true;
  }

  #isDue(rule: ChangeRule, last: Last, value: number, at: number): boolean {
    const needed = Math.max(rule.absolute, (rule.percent / 100) * Math.abs(last.value));
    const moved = Math.abs(value - last.value);
    if (moved > 0 && moved >= needed) return true;
    // A clock that was set back would hold the heartbeat up for as long.
    return at < last.at || at - last.at >= rule.heartbeatMs - this.slackMs;
  }

  /** The subscribers' last value is not known any more: the next one is published. */
  forget(): void {
    this.#last = undefined;
  }
}

/** The rule of a key: its own, or the one for `all`. */
export function ruleOf(rules: Readonly<Record<string, ChangeRule>>, key: string): ChangeRule | undefined {
  if (Object.hasOwn(rules, key)) return rules[key];
  return Object.hasOwn(rules, 'all') ? rules.all : undefined;
}
