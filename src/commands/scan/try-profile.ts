import type { Reading } from '../../domain/reading.ts';
import { withWordOrder } from '../../meters/decode-register.ts';
import type { MeterProfile, WordOrder } from '../../meters/profile.ts';
import {
  type AnsweredRead,
  decodeReadings,
  decodeScales,
  wordsByKey,
} from '../../sources/modbus-meter/decode-poll.ts';
import { type MeterRow, type MeterRows, rowsOf } from '../../sources/modbus-meter/meter-rows.ts';
import { type PlannedRead, planReads } from '../../sources/modbus-meter/plan-reads.ts';
import { deviceOf } from '../read/read-device.ts';
import type { UnitAsker } from './ask-unit.ts';
import { judgeReadings, type Plausibility } from './plausibility.ts';

/** How a unit looks when it is read as one model, in the word order that fits better. */
export interface Trial extends Plausibility {
  /** The other order than the profile's; undefined where its own fits as well. */
  readonly wordOrder: WordOrder | undefined;
}

/** Quantities by which a wrong map shows itself. */
const TELLING = new Set(['f', 'v', 'i', 'p', 's', 'pf']);
// Few requests matter more here than few registers; any numbers of that proportion do.
const COST = { requestMs: 100, registerMs: 2 };

/**
 * Reads the frequency or a voltage as this model has it and, if that can be, what else tells. Undefined
 * where the model has neither, or the unit cannot be it.
 */
export async function tryProfile(profile: MeterProfile, unit: UnitAsker): Promise<Trial | undefined> {
  const all = rowsOf(
    deviceOf(profile, { unitId: 1, wordOrder: undefined, only: undefined, latencyMs: undefined }),
    profile,
  );
  const rows = all.rows.filter(({ register }) => TELLING.has(register.code));
  const first =
    rows.find(({ register }) => register.code === 'f') ?? rows.find(({ register }) => register.code === 'v');
  if (first === undefined) return undefined;
  const look = await readRows(all, [first], unit);
  if (look.refused > 0 || look.answers.length === 0) return undefined;
  if (Math.max(...ordersOf(profile).map((order) => judge(all, [first], look, order).score)) <= 0)
    return undefined;
  const answered = await readRows(all, rows, unit);
  const [own, other] = ordersOf(profile).map((order) => ({ order, ...judge(all, rows, answered, order) }));
  if (own === undefined || other === undefined) return undefined;
  const best = other.score > own.score ? other : own;
  const { score, speaksFor, speaksAgainst } = best;
  return { score, speaksFor, speaksAgainst, wordOrder: best.order };
}

/** The profile's own order, and the one that most of its values do not have. */
function ordersOf(profile: MeterProfile): readonly (WordOrder | undefined)[] {
  const bigs = profile.registers.filter((row) => row.wordOrder === 'big').length;
  return [undefined, bigs * 2 >= profile.registers.length ? 'little' : 'big'];
}

interface Answered {
  readonly answers: readonly AnsweredRead[];
  readonly refused: number;
}

async function readRows(all: MeterRows, rows: readonly MeterRow[], unit: UnitAsker): Promise<Answered> {
  const plan = [...rows.map((row) => row.plan), ...all.scales.map((scale) => scale.plan)];
  const answers: AnsweredRead[] = [];
  let refused = 0;
  for (const read of planReads(plan, all.limits, COST)) {
    const words = await unit.read({ table: read.table, address: read.address, count: read.count });
    if (typeof words !== 'string') answers.push({ read, words });
    else if (words === 'refused') refused += requiredRows(read, rows);
  }
  return { answers, refused };
}

function requiredRows(read: PlannedRead, rows: readonly MeterRow[]): number {
  const optional = new Set(rows.filter((row) => row.register.optional).map((row) => row.plan.key));
  return read.rows.filter((row) => !optional.has(row.key)).length;
}

function judge(
  all: MeterRows,
  rows: readonly MeterRow[],
  { answers, refused }: Answered,
  order: WordOrder | undefined,
): Plausibility {
  const words = wordsByKey(answers);
  const factors = decodeScales(all.scales, words);
  const ordered = rows.map((row) =>
    order === undefined ? row : { ...row, register: withWordOrder(row.register, order) },
  );
  const readings: Reading[] = decodeReadings(ordered, words, factors, false);
  return judgeReadings(readings, refused, rows.length);
}
