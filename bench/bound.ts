import { wordCount } from '../src/meters/decode-register.ts';
import type { MeterRegister, ReadLimits } from '../src/meters/profile.ts';

/** A serial line and a meter on it, as the arithmetic sees them. All in milliseconds. */
export interface BoundLine {
  readonly characterMs: number;
  readonly silenceMs: number;
  readonly gapMs: number;
  readonly turnaroundMs: number;
}

/**
 * Least time for one cycle over all rows, by the arithmetic of the wire alone: for each read 8 characters of
 * request, silence, turnaround, 5 + 2n characters of answer, silence or the meter's own gap. Found by trying
 * every place where a read can end, in order of the addresses; written apart from the planner that it judges.
 */
export function cycleBound(registers: readonly MeterRegister[], limits: ReadLimits, line: BoundLine) {
  const rows = registers
    .map((row) => ({ table: row.table, from: row.address, to: row.address + wordCount(row.type) }))
    .sort((a, b) => a.table.localeCompare(b.table) || a.from - b.from);
  const perRead =
    13 * line.characterMs + line.silenceMs + line.turnaroundMs + Math.max(line.silenceMs, line.gapMs);
  const memo = new Map<number, { ms: number; reads: number }>();
  const best = (start: number): { ms: number; reads: number } => {
    const first = rows[start];
    if (first === undefined) return { ms: 0, reads: 0 };
    const known = memo.get(start);
    if (known !== undefined) return known;
    let found = { ms: Number.POSITIVE_INFINITY, reads: 0 };
    for (let end = start; end < rows.length; end++) {
      const last = rows[end];
      const before = rows[end - 1];
      // How far a read may run over registers that nobody has described is the meter's own limit.
      if (end > start && last !== undefined && last.from - (before?.to ?? 0) > limits.maxGap) break;
      if (last === undefined || last.table !== first.table || last.to - first.from > limits.maxRegisters)
        break;
      const inBlock =
        limits.blocks.length === 0 ||
        limits.blocks.some((b) => b.table === first.table && first.from >= b.first && last.to - 1 <= b.last);
      const clean = !limits.forbidden.some(
        (f) => f.table === first.table && first.from <= f.last && last.to > f.first,
      );
      if (!inBlock || !clean) continue;
      const rest = best(end + 1);
      const ms = perRead + 2 * (last.to - first.from) * line.characterMs + rest.ms;
      if (ms < found.ms) found = { ms, reads: rest.reads + 1 };
    }
    memo.set(start, found);
    return found;
  };
  return best(0);
}
