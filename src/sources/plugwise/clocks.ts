import { clockDifferenceMs } from '../../protocols/plugwise/device-time.ts';
import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import {
  clockRequest,
  decodeClockAnswer,
  setClockRequest,
  setRealTimeClockRequest,
} from '../../protocols/plugwise/messages.ts';
import { breakHour } from './energy-ledger.ts';
import type { PlugNode } from './node.ts';
import { notice, type PlugContext } from './plug-context.ts';

const TOLERANCE_MS = 5000;
/** Dates come to the minute only. */
const DATE_TOLERANCE_MS = 120_000;
const SET_INTERVAL_MS = 86_400_000;
/** A gateway without a clock of its own believes in 1970 until the network has told it better. */
const EARLIEST_TRUE_TIME = Date.UTC(2024, 0, 1);

/** Looks at a node's clock; sets it where it is wrong, or was not set for a day. */
export async function checkClock(context: PlugContext, node: PlugNode): Promise<void> {
  const { stick, clock, config } = context;
  const { state, identity } = node;
  const { response, at } = await stick.request(clockRequest(node.mac));
  const timeOfDayMs = decodeClockAnswer(response.fields);
  if (timeOfDayMs === undefined) state.damaged++;
  state.clockErrorMs = timeOfDayMs === undefined ? undefined : clockDifferenceMs(timeOfDayMs, at);
  const isDateRight =
    identity?.clockMs !== undefined && Math.abs(identity.clockMs - identity.at) <= DATE_TOLERANCE_MS;
  const isRight = isDateRight && Math.abs(state.clockErrorMs ?? Number.NaN) <= TOLERANCE_MS;
  state.isClockRight = isRight;
  const now = clock.monotonicMs();
  state.clockSetAt ??= isRight ? now : undefined;
  const isDue = state.clockSetAt === undefined || now - state.clockSetAt >= SET_INTERVAL_MS;
  if (!config.setClocks) tellWrongClock(context, node, isRight);
  else if ((!isRight || isDue) && clock.now() >= EARLIEST_TRUE_TIME) await setClock(context, node, isRight);
}

async function setClock(context: PlugContext, node: PlugNode, wasRight: boolean): Promise<void> {
  const { stick, clock } = context;
  const { state, mac } = node;
  const { at } = await stick.request(setClockRequest(mac, clock.now()));
  if (mac === stick.network?.network?.circlePlusMac) await setRealTimeClock(context, node);
  state.clockSetAt = clock.monotonicMs();
  state.clockSets++;
  if (wasRight) return;
  // The hour that it counts begins somewhere now.
  breakHour(state.energy, at);
  state.isClockRight = true;
  // Date and relay are asked for again soon: what is known of the date is what was wrong.
  state.infoDueAt = 0;
}

async function setRealTimeClock({ stick, clock }: PlugContext, { state, mac }: PlugNode): Promise<void> {
  try {
    await stick.request(setRealTimeClockRequest(mac, clock.now()));
  } catch (error) {
    // Its ordinary clock is set all the same; the other keeps it over a power cut only.
    if (!(error instanceof PlugwiseError) || error.code !== 'node-refused') throw error;
    state.damaged++;
  }
}

function tellWrongClock(context: PlugContext, node: PlugNode, isRight: boolean): void {
  if (isRight || node.state.isClockTold || !context.config.energyLog) return;
  node.state.isClockTold = true;
  const message = `the clock of ${node.device.id} is wrong, so its energy is not counted; set setClocks: true`;
  context.emit(notice(context, 'warn', 'plug-clock-wrong', message, node));
}
