import type { Clock } from '../../lib/clock.ts';
import type { ModbusBus } from '../../protocols/modbus/bus.ts';
import type { ModbusExceptionError } from '../../protocols/modbus/errors.ts';
import type { AnsweredRead } from './decode-poll.ts';
import type { Meter } from './meter.ts';
import type { PlannedRead } from './plan-reads.ts';
import { joinSpans, type PollOutcome, pollReads } from './poll.ts';

export interface Diagnosis {
  readonly answers: readonly AnsweredRead[];
  readonly span: PollOutcome['span'];
  /** Keys of rows that the meter refuses, twice asked. */
  readonly refusedKeys: readonly string[];
  /** The block was refused although each of its rows is answered alone. */
  readonly isBlockRefused: boolean;
}

/**
 * Finds out what a meter meant by refusing a block (exception 1, 2 or 3): asks for its rows one by one. A
 * row that is refused alone, twice, is not in this meter; where none is, the block itself was the mistake.
 */
export async function diagnoseRefusal(
  bus: ModbusBus,
  meter: Meter,
  refused: { readonly read: PlannedRead; readonly error: ModbusExceptionError },
  clock: Clock,
): Promise<Diagnosis> {
  const single = refused.read.rows
    .map((row) => meter.plans.plan([row], 1)[0])
    .filter((read) => read !== undefined);
  const first = await pollReads(bus, meter, single, clock);
  if (first.refused.length === 0) {
    const isComplete = first.answers.length === single.length && refused.read.rows.length > 1;
    // One refusal may have been a mood of the meter: the block is asked for once more.
    const block = isComplete ? await pollReads(bus, meter, [refused.read], clock) : undefined;
    const isBlockRefused = (block?.refused.length ?? 0) > 0;
    return { answers: first.answers, span: first.span, refusedKeys: [], isBlockRefused };
  }
  const again = await pollReads(
    bus,
    meter,
    first.refused.map((each) => each.read),
    clock,
  );
  const refusedKeys = again.refused.flatMap((each) => each.read.rows.map((row) => row.key));
  const span = joinSpans(first.span, again.span);
  return { answers: [...first.answers, ...again.answers], span, refusedKeys, isBlockRefused: false };
}
