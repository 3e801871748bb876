import { backoffMs } from '../../lib/backoff.ts';
import { decodeTablePlace, tableRequest } from '../../protocols/plugwise/messages.ts';
import { notice, type PlugContext } from './plug-context.ts';

/** The table of nodes that the Circle+ keeps: who else is there, and who is not. */
export interface NetworkTable {
  /** Monotonic, ms, at which the next place is to be read. */
  dueAt(): number;
  readOne(): Promise<void>;
  postpone(untilMs: number): void;
  /** What was read last, in this run or an earlier one. */
  known: KnownNetwork | undefined;
}

export interface KnownNetwork {
  readonly circlePlus: string;
  /** Wall clock, ms. */
  readonly readAt: number;
  /** MACs in the table; the Circle+ itself does not stand there. */
  readonly nodes: readonly string[];
}

const PLACES = 64;
/** Asking for all of it takes some seconds, and it changes only when somebody pairs a Circle. */
const KEPT_MS = 7 * 86_400_000;
const AGAIN = { firstMs: 60_000, maxMs: 3_600_000 };
const MAX_SHOWN = 12;

export function createNetworkTable(context: PlugContext, kept: KnownNetwork | undefined): NetworkTable {
  const { stick, clock } = context;
  let place = 0;
  let found: string[] = [];
  let notBefore = 0;
  let failures = 0;
  const circlePlus = () => stick.network?.network?.circlePlusMac;
  const isKnown = () => {
    const { known } = table;
    if (known === undefined || known.circlePlus !== circlePlus()) return false;
    return Math.abs(clock.now() - known.readAt) < KEPT_MS;
  };
  const table: NetworkTable = {
    known: kept,
    // A stick without a network has no table.
    dueAt: () => (circlePlus() === undefined || isKnown() ? Number.POSITIVE_INFINITY : notBefore),
    async readOne() {
      const mac = circlePlus();
      if (mac === undefined) return;
      const { response } = await stick.request(tableRequest(mac, place));
      // A place a second: nobody waits for it.
      notBefore = clock.monotonicMs() + 1000;
      failures = 0;
      const entry = decodeTablePlace(response.fields);
      if (entry === undefined || entry.place !== place) return;
      if (entry.mac !== undefined) found.push(entry.mac);
      if (++place < PLACES) return;
      table.known = { circlePlus: mac, readAt: clock.now(), nodes: found };
      place = 0;
      found = [];
      context.remember();
      tellNetwork(context, table.known);
    },
    postpone: (until) => {
      // A Circle+ that does not answer holds everybody up, so it is asked ever more rarely.
      notBefore = until + backoffMs(failures++, AGAIN);
    },
  };
  return table;
}

function tellNetwork(context: PlugContext, { circlePlus, nodes }: KnownNetwork): void {
  const present = [circlePlus, ...nodes];
  const configured = context.nodes.map(({ mac }) => mac);
  const others = present.filter((mac) => !configured.includes(mac));
  const absent = context.nodes.filter(({ mac }) => !present.includes(mac));
  const parts = [`${context.config.id}: the network has ${present.length} nodes`];
  if (others.length > 0) parts.push(`not configured: ${listed(others)}`);
  if (absent.length > 0) parts.push(`configured, but not there: ${listed(absent.map(({ mac }) => mac))}`);
  const level = absent.length > 0 ? 'warn' : 'info';
  context.emit(notice(context, level, 'plugwise-network', parts.join('; ')));
}

function listed(macs: readonly string[]): string {
  const more = macs.length - MAX_SHOWN;
  return macs.slice(0, MAX_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
