import { checkClock } from './clocks.ts';
import { createEnergyReader, type EnergyReader } from './energy-reader.ts';
import { learnIdentity } from './identity.ts';
import type { NetworkTable } from './network-table.ts';
import { type PlugNode, RELAY_INTERVAL_MS } from './node.ts';
import { isRequestFailure, type PlugContext } from './plug-context.ts';

/** What is asked for between the polls: who a node is, its relay, its clock, the node table, the energy log. */
export interface Errands {
  /** Does one that is overdue by `patienceMs`; false where there is none. */
  runOne(patienceMs: number): Promise<boolean>;
  /** Wall clock at which the next one is due; infinity for none. */
  nextAt(now: number): number;
}

const CLOCK_CHECK_MS = 3_600_000;
/** After an errand that failed. */
const AGAIN_MS = 60_000;

interface Errand {
  /** Monotonic, ms; infinity for never. */
  dueAt(): number;
  run(): Promise<void>;
  postpone(untilMs: number): void;
}

export function createErrands(context: PlugContext, table: NetworkTable): Errands {
  const { clock, nodes } = context;
  const errands: Errand[] = [
    ...nodes.map((node) => identityErrand(context, node)),
    ...nodes.map((node) => clockErrand(context, node)),
    ...(context.config.energyLog ? [energyErrand(createEnergyReader(context))] : []),
    tableErrand(table),
  ];
  const soonest = () => errands.reduce((a, b) => (b.dueAt() < a.dueAt() ? b : a));
  return {
    async runOne(patienceMs) {
      const errand = soonest();
      if (errand.dueAt() + patienceMs > clock.monotonicMs()) return false;
      try {
        await errand.run();
      } catch (error) {
        if (!isRequestFailure(error)) throw error;
        errand.postpone(clock.monotonicMs() + AGAIN_MS);
      }
      return true;
    },
    nextAt: (now) => now + Math.max(0, soonest().dueAt() - clock.monotonicMs()),
  };
}

const isOnline = ({ state }: PlugNode) => state.availability === 'online';

function identityErrand(context: PlugContext, node: PlugNode): Errand {
  const { clock } = context;
  return {
    dueAt: () => (isOnline(node) ? node.state.infoDueAt : Number.POSITIVE_INFINITY),
    async run() {
      await learnIdentity(context, node);
      node.state.infoDueAt = clock.monotonicMs() + RELAY_INTERVAL_MS;
    },
    postpone: (until) => {
      node.state.infoDueAt = until;
    },
  };
}

function clockErrand(context: PlugContext, node: PlugNode): Errand {
  const { clock } = context;
  const isWanted = context.config.setClocks || context.config.energyLog;
  return {
    // The date comes with the identity, so that goes first.
    dueAt: () =>
      isWanted && isOnline(node) && node.identity !== undefined
        ? node.state.clockDueAt
        : Number.POSITIVE_INFINITY,
    async run() {
      await checkClock(context, node);
      node.state.clockDueAt = clock.monotonicMs() + CLOCK_CHECK_MS;
    },
    postpone: (until) => {
      node.state.clockDueAt = until;
    },
  };
}

function energyErrand(reader: EnergyReader): Errand {
  return {
    dueAt: () => reader.dueAt(),
    run: () => reader.readOne(),
    postpone: (until) => reader.postpone(until),
  };
}

function tableErrand(table: NetworkTable): Errand {
  return {
    dueAt: () => table.dueAt(),
    run: () => table.readOne(),
    postpone: (until) => table.postpone(until),
  };
}
