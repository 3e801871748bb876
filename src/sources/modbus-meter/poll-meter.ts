import type { Emit, Notice } from '../../domain/event.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ModbusBus } from '../../protocols/modbus/bus.ts';
import { ModbusProtocolError } from '../../protocols/modbus/errors.ts';
import { decodeReadings, decodeScales, wordsByKey } from './decode-poll.ts';
import type { Meter } from './meter.ts';
import { type MeterState, postponeProbe } from './meter-state.ts';
import { joinSpans, type PollOutcome, pollReads } from './poll.ts';
import { diagnoseRefusal } from './refusals.ts';

/** What polling needs to know of its surroundings. */
export interface PollContext {
  readonly bus: ModbusBus;
  readonly busId: string;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Aborts when the bus opens or is lost, or at the end: whoever waits looks again. */
  wake(): AbortSignal;
  /** Looks after a connection that may be half dead. */
  watch(): void;
}

/** A meter with its state. */
export interface PolledMeter {
  readonly meter: Meter;
  readonly state: MeterState;
}

/** A first pass over a meter's reads; `finishPoll` tries again what failed and tells the result. */
export interface BegunPoll {
  readonly polled: PolledMeter;
  readonly outcome: PollOutcome;
}

/** Sends the reads that are due at `slotAt` (all rows without a slot). Nothing is told yet. */
export async function beginPoll(
  context: PollContext,
  polled: PolledMeter,
  slotAt: number | undefined,
): Promise<BegunPoll> {
  const { meter } = polled;
  const reads = meter.planFor(meter.dueRows(slotAt), context.clock.monotonicMs());
  return { polled, outcome: await pollReads(context.bus, meter, reads, context.clock) };
}

/** Tries once more what failed, asks about refusals, and emits one sample with everything that was read. */
export async function finishPoll(context: PollContext, begun: BegunPoll): Promise<void> {
  const { polled, outcome: first } = begun;
  const { bus, clock } = context;
  const answers = [...first.answers];
  let span = first.span;
  let outcome = first;
  if (first.failed.length > 0 && bus.isOpen && !(first.isSilent && polled.state.availability !== 'online')) {
    outcome = await pollReads(bus, polled.meter, first.failed, clock);
    answers.push(...outcome.answers);
    span = joinSpans(span, outcome.span);
  }
  for (const refusal of [...first.refused, ...(outcome === first ? [] : outcome.refused)]) {
    const diagnosis = await diagnoseRefusal(bus, polled.meter, refusal, clock);
    answers.push(...diagnosis.answers);
    span = joinSpans(span, diagnosis.span);
    tellRefusal(context, polled, refusal.error.message, diagnosis.refusedKeys);
    if (diagnosis.isBlockRefused) polled.meter.plans.refuseLongReads(refusal.read.count);
  }
  const asked = first.asked + (outcome === first ? 0 : outcome.asked);
  // Where no row is due, or none could be asked for without confusion, there is nothing to tell.
  if (asked === 0) return;
  const error = outcome.error ?? first.error;
  if (first.isAlive || outcome.isAlive) tellLife(context, polled);
  else tellFailure(context, polled, asked, error);
  const readings = decode(polled.meter, answers, clock);
  if (readings.length > 0 && span !== undefined) emitSample(context, polled, readings, span);
  tellDamage(context, polled, error);
}

function decode(meter: Meter, answers: PollOutcome['answers'], clock: Clock): Reading[] {
  const words = wordsByKey(answers);
  const factors = decodeScales(meter.scales, words);
  if (factors.size > 0) {
    meter.factors = new Map([...meter.factors, ...factors]);
    meter.scalesReadAt = clock.monotonicMs();
  }
  return decodeReadings(meter.dueRows(undefined), words, meter.factors, meter.config.invert);
}

function tellLife(context: PollContext, { meter, state }: PolledMeter): void {
  const { clock, emit } = context;
  const deviceId = meter.device.id;
  state.failedProbes = 0;
  state.unanswered = 0;
  if (state.availability === 'online') return;
  const wasOffline = state.availability === 'offline';
  state.availability = 'online';
  emit({ type: 'availability', deviceId, state: 'online', at: clock.now(), reason: 'it answers' });
  if (wasOffline) emit(notice(context, 'info', 'meter-back', `${deviceId} answers again`, deviceId));
}

function emitSample(
  { clock, emit }: PollContext,
  { meter, state }: PolledMeter,
  readings: Reading[],
  span: { readonly from: number; readonly to: number },
): void {
  const middle = (span.from + span.to) / 2;
  state.samples++;
  const takenAt = Math.round(clock.now() - (clock.monotonicMs() - middle));
  emit({ type: 'sample', sample: { deviceId: meter.device.id, takenAt, readings } });
}

/** So many requests without an answer, in a row, are no accident of a meter that was there. */
const SILENT_REQUESTS = 2;

function tellFailure(
  context: PollContext,
  { meter, state }: PolledMeter,
  asked: number,
  error: Error | undefined,
): void {
  if (!context.bus.isOpen) return; // the bus tells of itself
  state.unanswered += asked;
  if (state.unanswered < SILENT_REQUESTS && state.availability === 'online') return;
  const now = context.clock.now();
  postponeProbe(state, now);
  state.lastSlotAt = 0;
  if (state.availability === 'offline') return;
  state.availability = 'offline';
  meter.factors = new Map();
  const deviceId = meter.device.id;
  const reason = error?.message ?? 'no answer';
  context.emit({ type: 'availability', deviceId, state: 'offline', at: now, reason });
  const hint = 'check its wires (A and B swapped?), supply, unit number, baud rate and parity';
  context.emit(
    notice(
      context,
      'warn',
      'meter-silent',
      `${deviceId} does not answer on ${context.busId}: ${reason}; ${hint}`,
      deviceId,
    ),
  );
}

function tellRefusal(
  context: PollContext,
  { meter }: PolledMeter,
  reason: string,
  keys: readonly string[],
): void {
  const fresh = keys.filter((key) => !meter.refused.has(key));
  if (fresh.length === 0) return;
  for (const key of fresh) meter.refuse(key);
  const deviceId = meter.device.id;
  const message = `${deviceId} does not have ${fresh.join(', ')} (${reason}); not asked for any more`;
  context.emit(notice(context, 'warn', 'register-refused', message, deviceId));
}

/** Polls without damage after which an episode of damaged answers counts as over. */
const CLEAN_POLLS = 20;

function tellDamage(context: PollContext, { meter, state }: PolledMeter, error: Error | undefined): void {
  const deviceId = meter.device.id;
  if (error instanceof ModbusProtocolError) {
    state.cleanPolls = 0;
    if (state.isDamageTold) return;
    state.isDamageTold = true;
    const hint = 'noise, a missing terminator or ground, or two units with one number';
    context.emit(notice(context, 'warn', 'answers-damaged', `${error.message}; ${hint}`, deviceId));
  } else if (state.isDamageTold && ++state.cleanPolls >= CLEAN_POLLS) {
    state.isDamageTold = false;
    context.emit(
      notice(
        context,
        'info',
        'answers-clean',
        `${deviceId}: the last ${CLEAN_POLLS} polls were clean`,
        deviceId,
      ),
    );
  }
}

/** A notice about this bus or one of its meters. */
export function notice(
  context: PollContext,
  level: Notice['level'],
  code: string,
  message: string,
  deviceId?: string,
): Notice {
  const about = deviceId === undefined ? {} : { deviceId };
  return { type: 'notice', level, code, message, at: context.clock.now(), bus: context.busId, ...about };
}
