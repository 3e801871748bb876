import { PlugwiseError } from '../../protocols/plugwise/errors.ts';
import { decodeEnergyLog, energyLogRequest, type LogEntry } from '../../protocols/plugwise/messages.ts';
import { dropOldHours, finishHours, hoursWanted } from './energy-ledger.ts';
import type { PlugNode } from './node.ts';
import type { PlugContext } from './plug-context.ts';

/** Reads the logs of the nodes, one block of one node a minute, and finishes hours with them. */
export interface EnergyReader {
  /** Monotonic, ms; infinity while no node has an hour to finish. */
  dueAt(): number;
  readOne(): Promise<void>;
  postpone(untilMs: number): void;
}

/** More than that floods the network, which is what hangs it. */
const BLOCK_INTERVAL_MS = 60_000;
/** A node writes its entry some time after the full hour. */
const WRITTEN_MS = 60_000;
const HOUR_MS = 3_600_000;
const BLOCK_ENTRIES = 4;
const BLOCKS = 6016;

export function createEnergyReader({ stick, clock, nodes, remember }: PlugContext): EnergyReader {
  let nextAt = 0;
  let turn = 0;

  async function readOne(): Promise<void> {
    nextAt = clock.monotonicMs() + BLOCK_INTERVAL_MS;
    const waiting = nodes.filter((node) => isWaiting(node, clock.now()));
    const node = waiting.find(({ state }) => state.reading !== undefined) ?? waiting[turn++ % waiting.length];
    if (node === undefined) return;
    node.state.reading ??= beginReading(node, clock.now());
    const { reading, energy } = node.state;
    if (reading === undefined || node.calibration === undefined) return;
    const { response } = await stick.request(energyLogRequest(node.mac, reading.block));
    const log = decodeEnergyLog(response.fields);
    if (log === undefined || log.position.block !== reading.block) {
      node.state.damaged++;
      throw new PlugwiseError('damaged', `${node.mac} sends another block of its log than was asked for`);
    }
    node.state.logBlocks++;
    reading.entries.push(...log.entries.filter((entry): entry is LogEntry => entry !== undefined));
    if (reading.block !== reading.last) {
      reading.block = (reading.block + 1) % BLOCKS;
      return;
    }
    finishHours(energy, reading.entries, reading.hour, node.calibration);
    node.state.reading = undefined;
    remember();
  }

  return {
    dueAt: () => (nodes.some((node) => isWaiting(node, clock.now())) ? nextAt : Number.POSITIVE_INFINITY),
    readOne,
    postpone: (until) => {
      nextAt = until;
      // Where one node does not answer, the next one has its turn.
      for (const { state } of nodes) state.reading = undefined;
    },
  };
}

// Its pointer must have been read after it wrote the hour's entry.
function isWaiting({ state, identity, calibration }: PlugNode, now: number): boolean {
  if (state.availability !== 'online' || identity === undefined || calibration === undefined) return false;
  if (state.reading !== undefined) return true;
  const hourStart = Math.floor(now / HOUR_MS) * HOUR_MS;
  return hoursWanted(state.energy, now) > 0 && state.isClockRight && identity.at >= hourStart + WRITTEN_MS;
}

function beginReading({ state, identity }: PlugNode, now: number): PlugNode['state']['reading'] {
  if (identity === undefined) return undefined;
  dropOldHours(state.energy, now);
  const { block, slot } = identity.nextLog;
  const next = block * BLOCK_ENTRIES + slot;
  // A node that logs production writes two entries an hour.
  const entries = hoursWanted(state.energy, now) * (state.energy.exportKwh > 0 ? 2 : 1);
  const wrap = (entry: number) => {
    const all = BLOCKS * BLOCK_ENTRIES;
    return Math.floor((((entry % all) + all) % all) / BLOCK_ENTRIES);
  };
  return { entries: [], block: wrap(next - entries), last: wrap(next - 1), hour: Math.floor(now / HOUR_MS) };
}
