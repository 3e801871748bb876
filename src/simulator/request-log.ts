import type { Clock } from '../lib/clock.ts';
import type { FaultName } from './faults.ts';

/** One request as the line saw it. */
export interface RequestRecord {
  /** Wall clock, ms since 1970. */
  readonly at: number;
  readonly unitId: number;
  readonly functionCode: number;
  /** Of reads and writes: the first address and the number of registers. */
  readonly address?: number;
  readonly count?: number;
  readonly fault?: FaultName;
  /** False for units that are not on the line. */
  readonly isKnownUnit: boolean;
}

const KEPT = 1000;

export interface RequestLog {
  /** The last 1000 requests, oldest first. */
  readonly records: readonly RequestRecord[];
  note(body: Uint8Array, fault: FaultName | undefined, isKnownUnit: boolean): void;
}

export function createRequestLog(
  clock: Clock,
  onRequest: (record: RequestRecord) => void = () => {},
): RequestLog {
  const records: RequestRecord[] = [];
  return {
    records,
    note(body, fault, isKnownUnit) {
      const faulty = fault === undefined ? {} : { fault };
      const record = { at: clock.now(), ...describeRequest(body), isKnownUnit, ...faulty };
      records.push(record);
      if (records.length > KEPT) records.shift();
      onRequest(record);
    },
  };
}

function describeRequest(body: Uint8Array) {
  const [unitId = 0, functionCode = 0, high = 0, low = 0, countHigh = 0, countLow = 0] = body;
  const isSingleWrite = functionCode === 5 || functionCode === 6;
  const hasAddress = (functionCode >= 1 && functionCode <= 6) || functionCode === 15 || functionCode === 16;
  if (!hasAddress || body.length < 6) return { unitId, functionCode };
  const count = isSingleWrite ? 1 : countHigh * 256 + countLow;
  return { unitId, functionCode, address: high * 256 + low, count };
}
