import { createPercentiles, type Percentiles } from '../../lib/percentiles.ts';
import { pingRequest } from '../../protocols/plugwise/messages.ts';
import type { Errands } from './errands.ts';
import type { PlugNode } from './node.ts';
import { nextSlot, noteSlot, postponeProbe, probeDueAt } from './node-state.ts';
import { isRequestFailure, type PlugContext } from './plug-context.ts';
import { pollNode } from './poll-node.ts';

/** Served slots of one stick, for the statistics. */
export interface SlotStatistics {
  readonly latenessMs: Percentiles;
  /** How long a round over all due nodes took. */
  readonly roundMs: Percentiles;
  slots: number;
  missed: number;
}

export function createSlotStatistics(): SlotStatistics {
  return { latenessMs: createPercentiles(), roundMs: createPercentiles(), slots: 0, missed: 0 };
}

/** A node that does not answer holds the stick for so long; pinged only where that leaves the next slot alone. */
const SILENCE_COST_MS = 2700;
/** What an answered request costs at most. */
const REQUEST_COST_MS = 400;
/** Where there never is time between slots, pings and errands are done all the same, this late, behind a round. */
const PATIENCE_MS = 60_000;
const LONGEST_WAIT_MS = 60_000;

/**
 * Polls the nodes of one stick until the signal aborts: at whole multiples of their interval on the wall clock,
 * one after the other. A slot that has passed is counted and skipped. Silent nodes are pinged, and everything
 * that is not power is asked for, in the time between the slots.
 */
export async function runPollLoop(
  context: PlugContext,
  errands: Errands,
  slots: SlotStatistics,
  signal: AbortSignal,
): Promise<void> {
  const { stick, clock, nodes } = context;
  let isRoundOver = false;
  while (!signal.aborted) {
    if (!stick.isReady && !(await stick.whenReady(signal))) return;
    const wanted = nodes.filter(({ state }) => state.isPollWanted && !state.isUnfit);
    if (wanted.length > 0) {
      for (const { state } of wanted) state.isPollWanted = false;
      await serve(context, wanted);
      continue;
    }
    const now = clock.now();
    const slotAt = nextSlotOf(nodes, now);
    const wasRoundOver = isRoundOver;
    isRoundOver = false;
    if (await useTime(context, errands, { now, slotAt, isRoundOver: wasRoundOver })) continue;
    const errandAt = errands.nextAt(now);
    // What is due and had to wait, waits for the slot to be served.
    const wakeAt = Math.min(slotAt, nextProbeAt(nodes, now), errandAt > now ? errandAt : slotAt);
    if (!(await waitUntil(context, wakeAt, signal)) || wakeAt < slotAt) continue;
    await serveSlot(context, slotAt, slots);
    isRoundOver = true;
  }
}

const isPolled = ({ state }: PlugNode) => state.availability !== 'offline' && !state.isUnfit;

function nextSlotOf(nodes: readonly PlugNode[], now: number): number {
  let at = now + LONGEST_WAIT_MS;
  for (const { config, state } of nodes.filter(isPolled)) {
    // A clock that was set back must not stop the polls until it is that late again.
    const last = state.lastSlotAt > now + config.intervalMs ? 0 : state.lastSlotAt;
    at = Math.min(at, nextSlot(Math.max(now - 1, last), config.intervalMs));
  }
  return at;
}

async function serveSlot(context: PlugContext, slotAt: number, slots: SlotStatistics): Promise<void> {
  const { clock, nodes } = context;
  const due = nodes.filter((node) => isPolled(node) && slotAt % node.config.intervalMs === 0);
  if (due.length === 0) return;
  const latenessMs = clock.now() - slotAt;
  const begunAt = clock.monotonicMs();
  for (const { state, config } of due)
    slots.missed += noteSlot(state, slotAt, begunAt - latenessMs, config.intervalMs);
  slots.slots++;
  slots.latenessMs.add(latenessMs);
  await serve(context, due);
  slots.roundMs.add(clock.monotonicMs() - begunAt);
}

// First everybody once, then, where there is time for it, who did not answer and is not given up.
async function serve(context: PlugContext, due: readonly PlugNode[]): Promise<void> {
  const { stick, clock, nodes } = context;
  const silent: PlugNode[] = [];
  for (const node of due) {
    if (!stick.isReady) return;
    if (!(await pollNode(context, node))) silent.push(node);
  }
  for (const node of silent) {
    // A late answer may have come in the meantime.
    const isWanted = node.state.unanswered > 0 && isPolled(node);
    const now = clock.now();
    const hasTime = nextSlotOf(nodes, now) - now > SILENCE_COST_MS;
    if (isWanted && hasTime && stick.isReady) await pollNode(context, node);
  }
}

// One ping or errand where there is time; true when something was done.
async function useTime(
  context: PlugContext,
  errands: Errands,
  {
    now,
    slotAt,
    isRoundOver,
  }: { readonly now: number; readonly slotAt: number; readonly isRoundOver: boolean },
): Promise<boolean> {
  const probed = context.nodes.find((node) => {
    if (isPolled(node)) return false;
    const overdueMs = now - probeDueAt(node.state, now);
    return overdueMs >= 0 && (slotAt - now > SILENCE_COST_MS || (isRoundOver && overdueMs > PATIENCE_MS));
  });
  if (probed !== undefined) {
    await probe(context, probed);
    return true;
  }
  if (slotAt - now > REQUEST_COST_MS) return errands.runOne(0);
  return isRoundOver && errands.runOne(PATIENCE_MS);
}

function nextProbeAt(nodes: readonly PlugNode[], now: number): number {
  let at = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const dueAt = probeDueAt(node.state, now);
    if (!isPolled(node) && dueAt > now) at = Math.min(at, dueAt);
  }
  return at;
}

// When a ping is answered the poll follows at once.
async function probe({ stick, clock, rouse }: PlugContext, { mac, state }: PlugNode): Promise<void> {
  const isBack = () => {
    state.isPollWanted = true;
    rouse();
  };
  // Whatever comes of it, the next one is further away; a poll that succeeds begins anew.
  postponeProbe(state, clock.now());
  try {
    await stick.request(pingRequest(mac), isBack);
    isBack();
  } catch (error) {
    if (!isRequestFailure(error)) throw error;
  }
}

/** A clock that jumps by more than this while we wait makes the slot meaningless. */
const CLOCK_JUMP_MS = 2000;

/**
 * Waits in two steps, because a long timer fires 0.1 % late. False when the stick was lost or found, the end
 * came, or the clock was set: then everything is reckoned anew.
 */
async function waitUntil(context: PlugContext, at: number, signal: AbortSignal): Promise<boolean> {
  const { stick, clock } = context;
  const woken = context.wake();
  let before = Number.POSITIVE_INFINITY;
  for (;;) {
    const left = at - clock.now();
    if (signal.aborted || woken.aborted || !stick.isReady) return false;
    if (left <= 0) return left > -CLOCK_JUMP_MS;
    if (left > before + CLOCK_JUMP_MS) return false;
    before = left;
    await clock.sleep(left > 60 ? Math.min(left - 30, 1000) : left, woken);
  }
}
