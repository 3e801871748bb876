import { createPercentiles, type Percentiles } from '../../lib/percentiles.ts';
import { ModbusExceptionError } from '../../protocols/modbus/errors.ts';
import { nextSlot, noteSlot, postponeProbe, probeDueAt } from './meter-state.ts';
import { isSilence } from './poll.ts';
import { type BegunPoll, beginPoll, finishPoll, type PollContext, type PolledMeter } from './poll-meter.ts';

/** Served slots of one bus, for the statistics. */
export interface SlotStatistics {
  readonly latenessMs: Percentiles;
  slots: number;
  missed: number;
}

export function createSlotStatistics(): SlotStatistics {
  return { latenessMs: createPercentiles(), slots: 0, missed: 0 };
}

/** Time that is left between the longest possible end of a probe and the next slot. */
const PROBE_MARGIN_MS = 15;
/** A probe for which there never is time between slots is sent all the same, this late. */
const PROBE_PATIENCE_MS = 5000;

/**
 * Polls the meters of one bus until the signal aborts. Slots are whole multiples of each meter's interval
 * on the wall clock; a slot that has passed is counted and skipped. Meters that do not answer are probed in
 * the time between the slots of the others.
 */
export async function runBusLoop(
  context: PollContext,
  meters: readonly PolledMeter[],
  slots: SlotStatistics,
  signal: AbortSignal,
): Promise<void> {
  const { bus, clock } = context;
  while (!signal.aborted) {
    if (!bus.isOpen) {
      for (const meter of meters) goOffline(context, meter);
      if (!(await bus.whenOpen(signal))) return;
      for (const meter of meters) meter.state.isPollWanted = true;
    }
    const wanted = meters.filter((each) => each.state.isPollWanted);
    if (wanted.length > 0) {
      for (const each of wanted) each.state.isPollWanted = false;
      await serve(context, wanted, () => undefined);
      continue;
    }
    const now = clock.now();
    const slotAt = nextSlotOf(meters, now);
    const probed = dueProbe(context, meters, now, slotAt);
    if (probed !== undefined) {
      await probe(context, probed);
      continue;
    }
    const wakeAt = Math.min(slotAt, nextProbeAt(meters, now));
    const isTime = await waitUntil(context, wakeAt, signal);
    context.watch();
    if (!isTime || wakeAt < slotAt) continue;
    await serveSlot(context, meters, slotAt, slots);
  }
}

const isPolled = (each: PolledMeter) => each.state.availability !== 'offline';

function nextSlotOf(meters: readonly PolledMeter[], now: number): number {
  let at = now + 60_000;
  for (const { meter, state } of meters.filter(isPolled)) {
    const { intervalMs } = meter.config;
    // A clock that was set back must not stop the polls until it is that late again.
    const last = state.lastSlotAt > now + intervalMs ? 0 : state.lastSlotAt;
    at = Math.min(at, nextSlot(Math.max(now - 1, last), intervalMs));
  }
  return at;
}

async function serveSlot(
  context: PollContext,
  meters: readonly PolledMeter[],
  slotAt: number,
  slots: SlotStatistics,
): Promise<void> {
  const due = meters.filter((each) => isPolled(each) && slotAt % each.meter.config.intervalMs === 0);
  if (due.length === 0) return;
  const latenessMs = context.clock.now() - slotAt;
  const slotMonotonicMs = context.clock.monotonicMs() - latenessMs;
  for (const { meter, state } of due)
    slots.missed += noteSlot(state, slotAt, slotMonotonicMs, meter.config.intervalMs);
  slots.slots++;
  slots.latenessMs.add(latenessMs);
  await serve(context, due, () => slotAt);
}

// First everybody's reads, then what has to be tried again: nobody waits for another's repetition.
async function serve(
  context: PollContext,
  due: readonly PolledMeter[],
  slotOf: (each: PolledMeter) => number | undefined,
): Promise<void> {
  const troubled: BegunPoll[] = [];
  for (const each of due) {
    if (!context.bus.isOpen) break;
    const begun = await beginPoll(context, each, slotOf(each));
    const isClean = begun.outcome.failed.length === 0 && begun.outcome.refused.length === 0;
    if (isClean) await finishPoll(context, begun);
    else troubled.push(begun);
  }
  for (const begun of troubled) await finishPoll(context, begun);
}

function dueProbe(
  context: PollContext,
  meters: readonly PolledMeter[],
  now: number,
  slotAt: number,
): PolledMeter | undefined {
  for (const each of meters) {
    const dueAt = probeDueAt(each.state, now);
    if (isPolled(each) || dueAt > now) continue;
    const costMs = context.bus.worstCaseMs(each.meter.request(each.meter.probe()), each.meter.unit);
    if (slotAt - now > costMs + PROBE_MARGIN_MS || now - dueAt > PROBE_PATIENCE_MS) return each;
  }
  return undefined;
}

function nextProbeAt(meters: readonly PolledMeter[], now: number): number {
  let at = Number.POSITIVE_INFINITY;
  for (const each of meters) {
    const dueAt = probeDueAt(each.state, now);
    if (!isPolled(each) && dueAt > now) at = Math.min(at, dueAt);
  }
  return at;
}

// One small read; when it is answered the whole poll follows at once.
async function probe(context: PollContext, each: PolledMeter): Promise<void> {
  const { bus, clock } = context;
  const { meter, state } = each;
  try {
    await bus.transact(meter.request(meter.probe()), meter.unit);
    state.isPollWanted = true;
  } catch (error) {
    if (!bus.isOpen) return;
    if (error instanceof ModbusExceptionError && !isSilence(error)) state.isPollWanted = true;
    else postponeProbe(state, clock.now());
  }
}

function goOffline(context: PollContext, { meter, state }: PolledMeter): void {
  meter.factors = new Map();
  state.failedProbes = 0;
  state.lastSlotAt = 0;
  if (state.availability === 'offline') return;
  const wasOnline = state.availability === 'online';
  state.availability = wasOnline ? 'offline' : 'unknown';
  if (!wasOnline) return;
  const reason = `${context.busId} is not connected`;
  context.emit({
    type: 'availability',
    deviceId: meter.device.id,
    state: 'offline',
    at: context.clock.now(),
    reason,
  });
}

/** A clock that jumps by more than this while we wait makes the slot meaningless. */
const CLOCK_JUMP_MS = 2000;

/**
 * Waits in two steps, because a long timer fires 0.1 % late. False when the bus was lost or found, the end
 * came, or the clock was set: then everything is reckoned anew.
 */
async function waitUntil(context: PollContext, at: number, signal: AbortSignal): Promise<boolean> {
  const { bus, clock } = context;
  const woken = context.wake();
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const left = at - clock.now();
    if (signal.aborted || woken.aborted || !bus.isOpen) return false;
    if (left <= 0) return left > -CLOCK_JUMP_MS;
    if (left > before + CLOCK_JUMP_MS) return false;
    before = left;
    await clock.sleep(left > 60 ? Math.min(left - 30, 1000) : left, woken);
  }
}
