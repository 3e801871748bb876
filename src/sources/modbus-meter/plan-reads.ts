import type { AddressRange, ReadLimits, RegisterTable } from '../../meters/profile.ts';

/** A value in the meter that is to be read whole. */
export interface PlanRow {
  readonly key: string;
  readonly table: RegisterTable;
  readonly address: number;
  /** Number of registers. */
  readonly count: number;
}

/** One request and the rows that its answer holds. */
export interface PlannedRead {
  readonly table: RegisterTable;
  readonly address: number;
  readonly count: number;
  readonly rows: readonly PlanRow[];
}

/** What requests cost on this line, ms. */
export interface ReadCost {
  /** Request frame, frame around the answer, silence, the meter's latency. */
  readonly requestMs: number;
  /** Two bytes on the wire. */
  readonly registerMs: number;
}

/**
 * The cheapest requests, in line time, that read all rows: never longer than the meter allows, never over a
 * forbidden address or out of a block, never with a row cut in two. Optimal for rows that do not overlap:
 * in the order of the addresses, the best plan for the first n rows ends with one read of the last k of
 * them behind the best plan for the rest. Throws a RangeError for a row that no read can hold.
 */
export function planReads(rows: readonly PlanRow[], limits: ReadLimits, cost: ReadCost): PlannedRead[] {
  const tables: readonly (readonly PlanRow[])[] = limits.tablesAlike
    ? [rows.map((row) => ({ ...row, table: rows[0]?.table ?? row.table }))]
    : [rows.filter((row) => row.table === 'input'), rows.filter((row) => row.table === 'holding')];
  const reads = tables.flatMap((sameTable) => planTable(sameTable, limits, cost));
  return makeDistinct(reads, limits);
}

/** Line time of a plan, ms. */
export function planCostMs(reads: readonly PlannedRead[], cost: ReadCost): number {
  return reads.reduce((sum, read) => sum + cost.requestMs + read.count * cost.registerMs, 0);
}

interface Step {
  readonly costMs: number;
  readonly from: number;
  readonly read: PlannedRead | undefined;
}

function planTable(rows: readonly PlanRow[], limits: ReadLimits, cost: ReadCost): PlannedRead[] {
  const sorted = [...rows].sort((a, b) => a.address - b.address || a.count - b.count);
  const best: Step[] = [{ costMs: 0, from: 0, read: undefined }];
  for (let end = 1; end <= sorted.length; end++) {
    let step: Step = { costMs: Number.POSITIVE_INFINITY, from: end - 1, read: undefined };
    for (let from = end - 1; from >= 0; from--) {
      const read = readOf(sorted.slice(from, end), limits);
      if (read === 'too-long') break;
      if (read === 'forbidden') continue;
      const costMs = (best[from]?.costMs ?? 0) + cost.requestMs + read.count * cost.registerMs;
      if (costMs < step.costMs) step = { costMs, from, read };
    }
    if (step.read === undefined) {
      const row = sorted[end - 1];
      throw new RangeError(
        `no read of at most ${limits.maxRegisters} registers can hold ${row?.key} at ${row?.address}`,
      );
    }
    best.push(step);
  }
  const reads: PlannedRead[] = [];
  for (let end = sorted.length; end > 0; ) {
    const step = best[end];
    if (step?.read === undefined) break;
    reads.unshift(step.read);
    end = step.from;
  }
  return reads;
}

function readOf(rows: readonly PlanRow[], limits: ReadLimits): PlannedRead | 'too-long' | 'forbidden' {
  const first = rows[0];
  if (first === undefined) return 'forbidden';
  let end = first.address + first.count;
  for (const row of rows.slice(1)) {
    const gap = row.address - end;
    if (gap > (limits.canBridge ? limits.maxGap : 0)) return 'too-long';
    end = Math.max(end, row.address + row.count);
  }
  const address = Math.floor(first.address / limits.step) * limits.step;
  const count = Math.ceil((end - address) / limits.step) * limits.step;
  if (count > limits.maxRegisters) return 'too-long';
  const read = { table: first.table, address, count, rows };
  return isAllowed(read, limits) ? read : 'forbidden';
}

function isAllowed(read: Omit<PlannedRead, 'rows'>, limits: ReadLimits): boolean {
  const last = read.address + read.count - 1;
  if (read.count > limits.maxRegisters || last > 0xffff) return false;
  const sameTable = (range: AddressRange) => limits.tablesAlike || range.table === read.table;
  const touches = (range: AddressRange) =>
    sameTable(range) && read.address <= range.last && last >= range.first;
  const holds = (range: AddressRange) =>
    sameTable(range) && read.address >= range.first && last <= range.last;
  if (limits.forbidden.some(touches)) return false;
  return limits.blocks.length === 0 || limits.blocks.some(holds);
}

/** Reads this near to each other are made different; at 9600 baud that is more than a copy can be late. */
const DISTINCT_AMONG = 4;
/** A read is made longer by so many steps at most to tell it from its neighbours. */
const MAX_EXTENSION = 4;

// Neighbouring reads of equal length give answers that look alike. Where the meter allows it, one of them is
// asked for in the other table, or a little longer, so that a stray answer is recognised at once instead of
// being waited for.
function makeDistinct(reads: readonly PlannedRead[], limits: ReadLimits): PlannedRead[] {
  const distinct: PlannedRead[] = [];
  for (const read of reads) {
    const near = distinct.slice(1 - DISTINCT_AMONG);
    const isAlike = (other: PlannedRead) =>
      near.some((each) => each.table === other.table && each.count === other.count);
    distinct.push(
      isAlike(read) ? (variantsOf(read, limits).find((variant) => !isAlike(variant)) ?? read) : read,
    );
  }
  return distinct;
}

// The same rows, asked for so that the answer looks different; the cheapest first.
function variantsOf(read: PlannedRead, limits: ReadLimits): PlannedRead[] {
  const tables: readonly RegisterTable[] = limits.tablesAlike
    ? [read.table, read.table === 'input' ? 'holding' : 'input']
    : [read.table];
  const longest = limits.canBridge ? Math.min(MAX_EXTENSION, Math.floor(limits.maxGap / limits.step)) : 0;
  const variants: PlannedRead[] = [];
  for (let steps = 0; steps <= longest; steps++)
    for (const table of tables) variants.push({ ...read, table, count: read.count + steps * limits.step });
  return variants.slice(1).filter((variant) => isAllowed(variant, limits));
}

/**
 * Other legal reads at the same place, each of another shape, shortest first: asked to make sure that an
 * outstanding answer can no longer come.
 */
export function fencesOf(read: PlannedRead, limits: ReadLimits): PlannedRead[] {
  const shapes = new Set([`${read.table}:${read.count}`]);
  const fences: PlannedRead[] = [];
  const parts = read.rows.slice(1).map((_, index) => readOf(read.rows.slice(0, index + 1), limits));
  for (const fence of [...parts, ...variantsOf(read, limits)]) {
    if (typeof fence !== 'object' || shapes.has(`${fence.table}:${fence.count}`)) continue;
    shapes.add(`${fence.table}:${fence.count}`);
    fences.push(fence);
  }
  return fences;
}
