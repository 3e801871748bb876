import type { ModbusExceptionError } from '../../protocols/modbus/errors.ts';
import {
  type AnsweredRead,
  decodeReadings,
  decodeScales,
  wordsByKey,
} from '../../sources/modbus-meter/decode-poll.ts';
import type { Meter } from '../../sources/modbus-meter/meter.ts';
import type { MeterRow } from '../../sources/modbus-meter/meter-rows.ts';
import type { PlannedRead } from '../../sources/modbus-meter/plan-reads.ts';
import { type PollOutcome, pollReads } from '../../sources/modbus-meter/poll.ts';
import { diagnoseRefusal } from '../../sources/modbus-meter/refusals.ts';
import type { OpenBus } from '../with-bus.ts';

/** One row of the profile and what the meter said to it. */
export type RowResult = { readonly row: MeterRow } & (
  | { readonly state: 'value'; readonly value: number; readonly words: readonly number[] }
  /** Answered with what the meter has for "not available". */
  | { readonly state: 'absent'; readonly words: readonly number[] }
  | { readonly state: 'refused' | 'failed' }
);

/** One reading of a whole meter. */
export interface MeterAnswer {
  readonly rows: readonly RowResult[];
  /** Middle of the requests, milliseconds since 1970; undefined where nothing was answered. */
  readonly takenAt: number | undefined;
  readonly requests: number;
  /** From the first request to the last answer, ms. */
  readonly tookMs: number;
  /** The last failure that was not healed by asking again. */
  readonly failure: Error | undefined;
  readonly refusal: ModbusExceptionError | undefined;
}

/** Some meters now and then do not answer, and noise passes: each read is tried three times. */
const PASSES = 3;

interface Gathered {
  readonly answers: AnsweredRead[];
  readonly refused: PollOutcome['refused'][number][];
  failed: readonly PlannedRead[];
  requests: number;
  from: number | undefined;
  to: number;
  error: Error | undefined;
}

/** Reads every row once, asks again for what failed, and finds out which rows of a refused block are meant. */
export async function readMeter({ bus, clock, signal }: OpenBus, meter: Meter): Promise<MeterAnswer> {
  const due = meter.dueRows(undefined);
  const got: Gathered = {
    answers: [],
    refused: [],
    failed: meter.planFor(due, clock.now()),
    requests: 0,
    from: undefined,
    to: clock.monotonicMs(),
    error: undefined,
  };
  for (let pass = 0; pass < PASSES && got.failed.length > 0 && !signal.aborted; pass++) {
    const clearAt = Math.min(...got.failed.map((read) => bus.clearAt(meter.request(read))));
    await clock.sleep(Math.max(0, clearAt - clock.monotonicMs()), signal);
    gather(got, await pollReads(bus, meter, got.failed, clock));
  }
  const refusedKeys = new Set<string>();
  for (const refusal of got.refused) {
    const diagnosis = await diagnoseRefusal(bus, meter, refusal, clock);
    got.answers.push(...diagnosis.answers);
    for (const key of diagnosis.refusedKeys) refusedKeys.add(key);
  }
  const now = clock.monotonicMs();
  const middle = got.from === undefined ? undefined : clock.now() - (now - (got.from + got.to) / 2);
  return {
    rows: rowResults(meter, due, got.answers, refusedKeys),
    takenAt: middle === undefined ? undefined : Math.round(middle),
    requests: got.requests,
    tookMs: got.from === undefined ? 0 : got.to - got.from,
    failure: got.failed.length > 0 ? got.error : undefined,
    refusal: got.refused.at(-1)?.error,
  };
}

function gather(got: Gathered, outcome: PollOutcome): void {
  got.answers.push(...outcome.answers);
  got.refused.push(...outcome.refused);
  got.requests += outcome.answers.length + outcome.refused.length;
  got.failed = outcome.failed;
  got.error = outcome.error ?? got.error;
  got.from ??= outcome.span?.from;
  got.to = outcome.span?.to ?? got.to;
}

function rowResults(
  meter: Meter,
  due: readonly MeterRow[],
  answers: readonly AnsweredRead[],
  refusedKeys: ReadonlySet<string>,
): RowResult[] {
  const words = wordsByKey(answers);
  const factors = decodeScales(meter.scales, words);
  return due.map((row) => {
    const own = words.get(row.plan.key);
    if (own === undefined) return { row, state: refusedKeys.has(row.plan.key) ? 'refused' : 'failed' };
    const [reading] = decodeReadings([row], words, factors, false);
    if (reading === undefined) return { row, state: 'absent', words: own };
    return { row, state: 'value', value: reading.value, words: own };
  });
}
