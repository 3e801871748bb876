import type { Reading } from '../domain/reading.ts';
import { type Estimate, judge } from './derived-witness.ts';

/** What was computed for one moment of the reference. */
export interface EstimatedMoment {
  readonly at: number;
  readonly p: Estimate;
  readonly q: Estimate | undefined;
}

/** A moment about which a decision was made; without readings where nobody knows them well enough. */
export interface DecidedMoment {
  readonly at: number;
  readonly readings: readonly Reading[] | undefined;
}

/** Estimates of one side that a decision looks at. */
const KEPT_BEHIND = 2;

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
    const powers = this.#line.map(({ p }) => p);
    for (; this.#next < this.#line.length; this.#next++) {
      const judgement = judge(powers, this.#next, isEnd);
      if (judgement === 'open') break;
      const moment = this.#line[this.#next];
      if (moment === undefined) break;
      decided.push({ at: moment.at, readings: judgement === 'good' ? this.#readings(moment) : undefined });
    }
    const useless = this.#next - KEPT_BEHIND;
    if (useless > 0) {
      this.#line.splice(0, useless);
      this.#next -= useless;
    }
    return decided;
  }

  #readings({ p, q }: EstimatedMoment): readonly Reading[] {
    const active: Reading = { code: 'p', value: p.value };
    const reactive = this.#line.map((moment) => moment.q);
    const isKnown = q !== undefined && judge(reactive, this.#next, true) === 'good';
    return isKnown ? [active, { code: 'q', value: q.value }] : [active];
  }
}
