import { join } from 'node:path';
import { decodeCalibration } from '../../protocols/plugwise/messages.ts';
import { describeNode } from './identity.ts';
import type { KnownNetwork } from './network-table.ts';
import type { PlugNode } from './node.ts';
import { notice, type PlugContext } from './plug-context.ts';
import { createStateFile, type StoredNetwork, type StoredNode } from './state-file.ts';

/** What is kept on disk: calibrations, who the nodes are, the node table, energy counters. */
export interface Memory {
  /** Gives the nodes what was kept of them. Tells once when the file is of no use. */
  load(context: PlugContext): Promise<KnownNetwork | undefined>;
  /** Writes what has changed, a while after it did, until the signal aborts; then once more. */
  run(context: PlugContext, network: () => KnownNetwork | undefined, signal: AbortSignal): Promise<void>;
  /** Something worth keeping was learned. */
  remember(): void;
}

const SAVE_AFTER_MS = 5000;
/** Counters move all the time, and memory cards die of small writes. */
const SAVE_COUNTERS_MS = 600_000;

export function createMemory(stateDirectory: string, sourceId: string): Memory {
  const file = createStateFile(join(stateDirectory, `plugwise-${sourceId}.json`));
  let others: StoredNetwork['nodes'] = {};
  let isFailureTold = false;
  let dirty = new AbortController();

  async function save(context: PlugContext, network: KnownNetwork | undefined): Promise<void> {
    try {
      await file.write(contentOf(context.nodes, network, others));
      isFailureTold = false;
    } catch (error) {
      if (isFailureTold) return;
      isFailureTold = true;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${context.config.id}: what was learned of the Circles cannot be kept (${reason})`;
      context.emit(notice(context, 'warn', 'plugwise-state-failed', message));
    }
  }

  return {
    async load(context) {
      const { content, problem } = await file.read();
      if (problem !== undefined) {
        const message = `${context.config.id}: ${problem}; calibrations are learned anew`;
        context.emit(notice(context, 'warn', 'plugwise-state-damaged', message));
      }
      if (content === undefined) return undefined;
      others = content.nodes;
      for (const node of context.nodes) {
        const stored = Object.hasOwn(content.nodes, node.mac) ? content.nodes[node.mac] : undefined;
        if (stored !== undefined) restore(context, node, stored);
      }
      return content.network;
    },
    async run(context, network, signal) {
      const counted = context.config.energyLog ? SAVE_COUNTERS_MS : 86_400_000;
      while (!signal.aborted) {
        await context.clock.sleep(counted, AbortSignal.any([signal, dirty.signal]));
        dirty = new AbortController();
        await context.clock.sleep(SAVE_AFTER_MS, signal);
        if (!signal.aborted) await save(context, network());
      }
      await save(context, network());
    },
    remember: () => dirty.abort(),
  };
}

function restore(context: PlugContext, node: PlugNode, stored: StoredNode): void {
  const calibration = decodeCalibration(stored.calibration ?? '');
  if (calibration !== undefined) {
    node.calibration = calibration;
    node.calibrationDigits = stored.calibration;
  }
  if (stored.facts !== undefined) describeNode(context, node, stored.facts);
  const { energy } = node.state;
  if (stored.energy === undefined || energy.finishedHour !== undefined) return;
  energy.importKwh = stored.energy.importKwh;
  energy.exportKwh = stored.energy.exportKwh;
  energy.finishedHour = stored.energy.finishedHour;
  for (const { hour, ...counted } of stored.energy.hours) energy.hours.set(hour, counted);
}

// Circles that left the configuration may come back; their calibration stays true.
function contentOf(
  nodes: readonly PlugNode[],
  network: KnownNetwork | undefined,
  others: StoredNetwork['nodes'],
): StoredNetwork {
  const own = nodes.map((node): [string, StoredNode] => [node.mac, storedNode(node)]);
  return {
    version: 1,
    ...(network === undefined ? {} : { network: { ...network, nodes: [...network.nodes] } }),
    nodes: { ...others, ...Object.fromEntries(own) },
  };
}

function storedNode({ calibrationDigits, facts, state }: PlugNode): StoredNode {
  const { importKwh, exportKwh, finishedHour, hours } = state.energy;
  const energy =
    finishedHour === undefined
      ? undefined
      : { importKwh, exportKwh, finishedHour, hours: [...hours].map(([hour, each]) => ({ hour, ...each })) };
  return {
    ...(calibrationDigits === undefined ? {} : { calibration: calibrationDigits }),
    ...(facts === undefined ? {} : { facts }),
    ...(energy === undefined ? {} : { energy }),
  };
}
