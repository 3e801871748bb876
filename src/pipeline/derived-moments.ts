import type { Reading } from '../domain/reading.ts';
import { type EstimatedMoment, judge } from './derived-witness.ts';

/** A moment about which a decision was made; without readings where nobody knows them well enough. */
export interface DecidedMoment {
  readonly at: number;
  readonly readings: readonly Reading[] | undefined;
}

/** The moments of the reference in order, each decided when it is known what came before and after it. */
export class DerivedMoments {
  #line: EstimatedMoment[] = [];
  /** Index of the oldest moment without a decision. */
  #next = 0;

  /** `maxStepMs`: moments further apart than this are no neighbours. */
  constructor(private readonly maxStepMs: number) {}

  add(moment: EstimatedMoment): readonly DecidedMoment[] {
    const last = this.#line.at(-1);
    const ended = last !== undefined && moment.at - last.at > this.maxStepMs ? this.end() : [];
    this.#line.push(moment);
    return [...ended, ...this.#decide(false)];
  }

  /** For the moment that comes next nothing could be computed: what is behind it is no neighbour any more. */
  end(): readonly DecidedMoment[] {
    const decided = this.#decide(true);
    this.#line = [];
    this.#next = 0;
    return decided;
  }

  #decide(isEnd: boolean): DecidedMoment[] {
    const decided: DecidedMoment[] = [];
    for (; this.#next < this.#line.length; this.#next++) {
      const judgement = judge(this.#line, this.#next, 'p', isEnd);
      const moment = this.#line[this.#next];
      if (judgement === 'open' || moment === undefined) break;
      decided.push({ at: moment.at, readings: judgement === 'good' ? this.#readings(moment) : undefined });
    }
    this.#forget();
    return decided;
  }

  #readings({ p, q }: EstimatedMoment): readonly Reading[] {
    const active: Reading = { code: 'p', value: p.value };
    const isKnown = q !== undefined && judge(this.#line, this.#next, 'q', true) === 'good';
    return isKnown ? [active, { code: 'q', value: q.value }] : [active];
  }

  // The gaps of later moments begin later: what lies before the last moment ahead of them is of no use.
  #forget(): void {
    const oldest = this.#line[Math.min(this.#next, this.#line.length - 1)];
    if (oldest === undefined) return;
    const from = oldest.gaps.reduce((earliest, gap) => Math.min(earliest, gap.from), oldest.at);
    const useless = this.#line.findLastIndex(({ at }) => at <= from);
    if (useless <= 0) return;
    this.#line.splice(0, useless);
    this.#next -= useless;
  }
}
