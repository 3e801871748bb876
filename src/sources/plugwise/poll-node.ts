import type { Reading } from '../../domain/reading.ts';
import { invertReadings } from '../../mapping/invert.ts';
import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import type { Answered } from '../../protocols/plugwise/exchange.ts';
import {
  calibrationRequest,
  decodeCalibration,
  decodePower,
  type PowerCounts,
  powerRequest,
} from '../../protocols/plugwise/messages.ts';
import { pulsesToWatts } from '../../protocols/plugwise/pulses.ts';
import { addCount } from './energy-ledger.ts';
import { hasFirstFirmware, type PlugNode } from './node.ts';
import { postponeProbe } from './node-state.ts';
import { isRequestFailure, notice, type PlugContext } from './plug-context.ts';

const WINDOW_S = 8;
/** Two requests in a row without an answer are no accident of a Circle that was there. */
const SILENT_REQUESTS = 2;
/** Beyond what any Circle counts in an hour (10 kW). */
const MAX_HOUR_PULSES = 17_000_000;

/**
 * Asks a node for its power, and before the first time for its calibration: without that there is nothing to tell.
 * False where it did not answer.
 */
export async function pollNode(context: PlugContext, node: PlugNode): Promise<boolean> {
  try {
    if (node.calibration === undefined) await learnCalibration(context, node);
    const power = powerRequest(node.mac);
    const answered = await context.stick.request(power, (late) => {
      node.state.lateSamples++;
      takePower(context, node, late);
      context.rouse();
    });
    takePower(context, node, answered);
    return true;
  } catch (error) {
    if (!isRequestFailure(error)) throw error;
    tellFailure(context, node, error);
    return false;
  }
}

async function learnCalibration(context: PlugContext, node: PlugNode): Promise<void> {
  const take = (answered: Answered) => takeCalibration(context, node, answered);
  take(await context.stick.request(calibrationRequest(node.mac), take));
  if (node.calibration === undefined) {
    node.state.damaged++;
    throw new PlugwiseError('damaged', `${node.mac} sends a calibration that cannot be`);
  }
}

function takeCalibration(context: PlugContext, node: PlugNode, { response }: Answered): void {
  const calibration = decodeCalibration(response.fields);
  if (calibration === undefined) return;
  node.calibration = calibration;
  node.calibrationDigits = response.fields;
  context.remember();
}

function takePower(context: PlugContext, node: PlugNode, { response, at }: Answered): void {
  const counts = decodePower(response.fields);
  const { calibration, state } = node;
  if (counts === undefined || calibration === undefined) {
    state.damaged++;
    return;
  }
  tellLife(context, node);
  const { pulses, seconds } = chosenCount(node, counts, response.sequence === undefined);
  // It is a mean over the window, so it was measured in the middle of it.
  const takenAt = Math.round(at - (seconds * 1000) / 2);
  if (takenAt <= state.newestAt && state.newestAt - takenAt < WINDOW_S * 1000) return;
  state.newestAt = takenAt;
  const readings: Reading[] = [{ code: 'p', value: pulsesToWatts(pulses, seconds, calibration) }];
  if (context.config.energyLog) readings.push(...energyReadings(node, counts, at));
  emitReadings(context, node, readings, takenAt);
}

// Both counts of the firmware of 2008 are of one second.
function chosenCount(node: PlugNode, counts: PowerCounts, isUnnumbered: boolean) {
  const isFirst = isUnnumbered || hasFirstFirmware(node.facts);
  return isFirst || counts.lastEightSeconds === undefined
    ? { pulses: counts.lastSecond, seconds: 1 }
    : { pulses: counts.lastEightSeconds, seconds: WINDOW_S };
}

function energyReadings({ calibration, state }: PlugNode, counts: PowerCounts, at: number): Reading[] {
  const consumed = Math.max(0, counts.hourConsumed ?? Number.NaN);
  const produced = Math.max(0, -(counts.hourProduced ?? 0));
  const isPossible = consumed <= MAX_HOUR_PULSES && produced <= MAX_HOUR_PULSES;
  if (calibration === undefined || !state.isClockRight || !isPossible) return [];
  if (!addCount(state.energy, { consumed, produced, at }, calibration)) return [];
  return [
    { code: 'e_imp', value: state.energy.importKwh },
    { code: 'e_exp', value: state.energy.exportKwh },
  ];
}

/** Emits one sample of a node; inverted where the node is. */
export function emitReadings(
  { emit }: PlugContext,
  { config, device, state }: PlugNode,
  readings: readonly Reading[],
  takenAt: number,
): void {
  state.samples++;
  const told = config.invert ? invertReadings(readings) : readings;
  emit({ type: 'sample', sample: { deviceId: device.id, takenAt, readings: told } });
}

function tellLife({ clock, emit, ...context }: PlugContext, node: PlugNode): void {
  const { state, device } = node;
  state.failedProbes = 0;
  state.unanswered = 0;
  if (state.availability === 'online') return;
  const wasOffline = state.availability === 'offline';
  state.availability = 'online';
  emit({ type: 'availability', deviceId: device.id, state: 'online', at: clock.now(), reason: 'it answers' });
  if (wasOffline && state.isSilenceTold) {
    state.isSilenceTold = false;
    emit(notice({ clock, ...context }, 'info', 'plug-back', `${device.id} answers again`, node));
  }
}

function tellFailure(context: PlugContext, node: PlugNode, error: Error): void {
  const { stick, clock } = context;
  // What the stick or its port is to blame for is told of them.
  const isOwn = error instanceof PlugwiseError && error.code !== 'not-ready' && error.code !== 'stick-silent';
  if (!isOwn || !stick.isReady) return;
  node.state.unanswered++;
  // One answer that was lost, at the start too, must not keep a plug away for half a minute.
  if (node.state.availability !== 'offline' && node.state.unanswered < SILENT_REQUESTS) return;
  postponeProbe(node.state, clock.now());
  goOffline(context, node, error.message);
  if (node.state.isSilenceTold) return;
  node.state.isSilenceTold = true;
  const hint = 'is it plugged in and in reach, and is its MAC right?';
  const message = `${node.device.id} does not answer on ${context.config.id}: ${error.message}; ${hint}`;
  context.emit(notice(context, 'warn', 'plug-silent', message, node));
}

/** Says that a node is offline; nothing where that is known. */
export function goOffline({ clock, emit }: PlugContext, { device, state }: PlugNode, reason: string): void {
  state.lastSlotAt = 0;
  if (state.availability === 'offline') return;
  state.availability = 'offline';
  emit({ type: 'availability', deviceId: device.id, state: 'offline', at: clock.now(), reason });
}
