import { ModbusExceptionError, ModbusProtocolError } from '../../protocols/modbus/errors.ts';
import { createLearnedLatency } from '../../protocols/modbus/latency.ts';
import { type RegisterTable, readRegisters } from '../../protocols/modbus/pdu.ts';
import { TransportError } from '../../transports/byte-stream.ts';
import type { OpenBus } from '../with-bus.ts';

/** What one question to one unit brought. */
type Sign = 'present' | 'absent' | 'echo' | 'strange';

export interface UnitSearch {
  readonly units: readonly number[];
  /** Time until a unit begins to answer, ms. */
  readonly latencyMs: number;
  /** Tables to ask for; the second is only tried with units that were silent at the first. */
  readonly tables: readonly RegisterTable[];
  /** Units that were already found, for the numbers of the progress. */
  onProgress(unitId: number, found: number): void;
  onFound(unitId: number): void;
}

export interface UnitsFound {
  readonly units: readonly number[];
  /** Requests of which nothing but their echo came back. */
  readonly echoes: number;
  /** One device that answers whatever unit it is asked as. */
  readonly answersToAll: boolean;
}

/** Meters that are slow, or whose answer met another's, are asked again with this patience, ms. */
const PATIENT_LATENCY_MS = 1500;
/** A late answer can be that of one of so many units asked before. */
const SUSPECTS = 6;
/** Nobody has units of these numbers; a device that answers to them does not look at the number. */
const UNLIKELY_UNITS = [246, 231] as const;
/** Exceptions with which a gateway says that the unit behind it is not there. */
const GATEWAY_EXCEPTIONS = [10, 11];

/**
 * Asks units one after the other for two registers. Every valid frame proves a unit, a refusal as well.
 * Where something else arrives (a late answer of a unit before, damage), the last units are asked again
 * patiently: a unit is never taken for another, and a slow one is not passed over.
 */
export async function findUnits(open: OpenBus, search: UnitSearch): Promise<UnitsFound> {
  const found = new Set<number>();
  const suspects = new Set<number>();
  let { latencyMs } = search;
  let echoes = 0;
  const note = (unitId: number) => {
    if (!found.has(unitId)) search.onFound(unitId);
    found.add(unitId);
  };
  for (const table of search.tables) {
    const asked: number[] = [];
    for (const unitId of search.units) {
      if (open.signal.aborted) break;
      if (found.has(unitId)) continue;
      search.onProgress(unitId, found.size);
      asked.push(unitId);
      const { sign, isLineStrange } = await askUnit(open, unitId, table, latencyMs);
      if (sign === 'echo') echoes++;
      if (sign === 'present') note(unitId);
      if (isLineStrange) {
        for (const suspect of asked.slice(-SUSPECTS)) suspects.add(suspect);
        // A gateway that works on one request after the other needs more time than one unit.
        if (open.link.framing.hasTransactionId) latencyMs = Math.min(PATIENT_LATENCY_MS, latencyMs * 2);
      }
      if (sign === 'present' && (await answersToAll(open, found)))
        return { units: [unitId], echoes, answersToAll: true };
    }
  }
  await askAgain(
    open,
    search,
    [...suspects].filter((unitId) => !found.has(unitId)),
    note,
  );
  return { units: [...found].sort((a, b) => a - b), echoes, answersToAll: false };
}

async function askAgain(
  open: OpenBus,
  search: UnitSearch,
  suspects: readonly number[],
  note: (unitId: number) => void,
): Promise<void> {
  if (suspects.length > 0) await open.clock.sleep(PATIENT_LATENCY_MS, open.signal);
  for (const unitId of suspects) {
    for (const table of search.tables) {
      if (open.signal.aborted) return;
      const { sign } = await askUnit(open, unitId, table, PATIENT_LATENCY_MS);
      if (sign !== 'present') continue;
      note(unitId);
      break;
    }
  }
}

// Modbus TCP devices without a line behind them mostly do not look at the unit at all.
async function answersToAll(open: OpenBus, found: ReadonlySet<number>): Promise<boolean> {
  if (!open.link.framing.hasTransactionId || found.size !== 1) return false;
  for (const unitId of UNLIKELY_UNITS) {
    if (found.has(unitId)) continue;
    const { sign } = await askUnit(open, unitId, 'input', PATIENT_LATENCY_MS);
    if (sign !== 'present') return false;
  }
  return true;
}

async function askUnit(
  { bus }: OpenBus,
  unitId: number,
  table: RegisterTable,
  latencyMs: number,
): Promise<{ readonly sign: Sign; readonly isLineStrange: boolean }> {
  const before = { ...bus.counters };
  const request = readRegisters({ unitId, table, address: 0, count: 2 });
  let sign: Sign = 'present';
  try {
    await bus.transact(request, { gapMs: 0, latency: createLearnedLatency(latencyMs) });
  } catch (error) {
    sign = signOf(error);
  }
  const hasStray = bus.counters.unsolicitedBytes > before.unsolicitedBytes;
  const isEcho = sign === 'echo' || bus.counters.echoes > before.echoes;
  return { sign, isLineStrange: sign === 'strange' || (hasStray && !isEcho) };
}

function signOf(error: unknown): Sign {
  if (error instanceof ModbusExceptionError)
    return GATEWAY_EXCEPTIONS.includes(error.exceptionCode) ? 'absent' : 'present';
  if (error instanceof ModbusProtocolError) {
    switch (error.fault) {
      // Both are whole frames of this unit, whatever question they answer.
      case 'unclear-exception':
      case 'wrong-function':
        return 'present';
      case 'echo-only':
        return 'echo';
      default:
        return 'strange';
    }
  }
  if (error instanceof TransportError && error.code === 'timeout') return 'absent';
  throw error;
}
