import type { ReadLimits } from '../../../../src/meters/profile.ts';
import type { PlannedRead, PlanRow, ReadCost } from '../../../../src/sources/modbus-meter/plan-reads.ts';

/** A meter without limits but the protocol's. */
export const PLAIN: ReadLimits = {
  maxRegisters: 125,
  step: 1,
  canBridge: true,
  maxGap: 20,
  blocks: [],
  forbidden: [],
  tablesAlike: false,
};
export const COST: ReadCost = { requestMs: 50, registerMs: 2 };

/** A row that is called after its place. */
export const row = (address: number, count = 2, table: PlanRow['table'] = 'input'): PlanRow => ({
  key: `${table}${address}`,
  table,
  address,
  count,
});
/** `input:0+2` */
export const shapes = (reads: readonly PlannedRead[]) =>
  reads.map((read) => `${read.table}:${read.address}+${read.count}`);
