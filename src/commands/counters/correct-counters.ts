import type { Clock } from '../../lib/clock.ts';
import { EXIT } from '../../lib/exit-codes.ts';
import {
  type CorrectionOutcome,
  type CounterCorrection,
  leaveCorrection,
  takeOutcome,
  withdrawCorrection,
} from '../../pipeline/counter-corrections.ts';
import { openCounterFile } from '../../pipeline/counter-file.ts';
import { findOwner } from '../../pipeline/counter-owner.ts';
import { CommandError } from '../failure.ts';

/** A running gateway looks every two seconds. */
const PATIENCE_MS = 8000;
const LOOK_EVERY_MS = 100;

/**
 * Leaves a correction in the state directory and waits until the running gateway has taken it; where none runs, opens
 * the counters itself and takes it the same way. Throws a CommandError where neither can be done.
 */
export async function correctCounters(
  directory: string,
  correction: CounterCorrection,
  clock: Clock,
): Promise<CorrectionOutcome> {
  const name = await leaveCorrection(directory, correction).catch((error: Error) => {
    throw new CommandError(EXIT.noPermission, `nothing can be left in ${directory}: ${error.message}`);
  });
  const owner = await findOwner(directory);
  const outcome = owner.kind === 'none' ? undefined : await awaitOutcome(directory, name, clock);
  if (outcome !== undefined) return outcome;
  if (owner.kind === 'alive') return giveUp(directory, name, owner.pid);
  await takeHere(directory, clock);
  return (await takeOutcome(directory, name)) ?? giveUp(directory, name, undefined);
}

async function awaitOutcome(
  directory: string,
  name: string,
  clock: Clock,
): Promise<CorrectionOutcome | undefined> {
  for (let waitedMs = 0; waitedMs <= PATIENCE_MS; waitedMs += LOOK_EVERY_MS) {
    const outcome = await takeOutcome(directory, name);
    if (outcome !== undefined) return outcome;
    await clock.sleep(LOOK_EVERY_MS);
  }
  return undefined;
}

async function giveUp(directory: string, name: string, pid: number | undefined): Promise<never> {
  const isWithdrawn = await withdrawCorrection(directory, name);
  const gateway = pid === undefined ? 'the gateway' : `the gateway (process ${pid})`;
  throw new CommandError(
    EXIT.unavailable,
    isWithdrawn
      ? `${gateway} has not taken the correction; nothing was changed. Try again when it is less busy`
      : 'the correction was taken and its outcome is not known; `busbar counters` shows what is',
  );
}

async function takeHere(directory: string, clock: Clock): Promise<void> {
  const problems: string[] = [];
  const counters = await openCounterFile({
    directory,
    clock,
    onNotice: ({ code, message }) => {
      if (code === 'counters-not-kept') problems.push(message);
    },
  });
  await counters.takeCorrections(true);
  const [problem] = problems;
  if (problem !== undefined) throw new CommandError(EXIT.io, problem);
}
