import { asciiFraming } from '../../../../src/protocols/modbus/ascii.ts';
import { type BusState, createModbusBus, type ModbusBus } from '../../../../src/protocols/modbus/bus.ts';
import { countersOf, type UnitCounters } from '../../../../src/protocols/modbus/bus-statistics.ts';
import { createLearnedLatency } from '../../../../src/protocols/modbus/latency.ts';
import { type LineTiming, serialTiming } from '../../../../src/protocols/modbus/line-timing.ts';
import { mbapFraming } from '../../../../src/protocols/modbus/mbap.ts';
import { type ModbusRequest, wordsOf } from '../../../../src/protocols/modbus/pdu.ts';
import { rtuFraming } from '../../../../src/protocols/modbus/rtu.ts';
import type { UnitNeeds } from '../../../../src/protocols/modbus/transactor.ts';
import { createFakeLine, type Delivery, type FakeLine } from '../../../support/fake-stream.ts';
import { createManualClock, type ManualClock } from '../../../support/manual-clock.ts';
import { answerPdu, type FramingName, frameOf, unframe } from './reference-frames.ts';

/** What a request asks for, as the far end reads it. */
export interface Asked {
  readonly unitId: number;
  readonly functionCode: number;
  readonly address: number;
  readonly count: number;
  readonly transactionId: number;
}

/** What the far end does with request number `index` (0 is the first). */
export type Script = (asked: Asked, index: number) => readonly Delivery[];

export interface BusRig {
  readonly clock: ManualClock;
  readonly line: FakeLine;
  readonly bus: ModbusBus;
  readonly states: readonly BusState[];
  /** Everything that was asked so far, as it went over the line. */
  readonly asked: readonly (Asked & { readonly at: number })[];
  readonly unit: UnitNeeds;
  counters(unitId?: number): UnitCounters;
  /** One request: the words of its answer, or the error with its code, fault or exception code. */
  ask(request: ModbusRequest, unit?: UnitNeeds): Promise<readonly number[] | string>;
  end(): Promise<void>;
}

export interface RigOptions {
  readonly framing?: FramingName;
  readonly timing?: LineTiming;
  readonly latencyMs?: number;
  readonly gapMs?: number;
  readonly carriesOver?: boolean;
  /** False: the port is missing until `line.restore()`. */
  readonly isOpen?: boolean;
  readonly errorMs?: () => number;
}

export const LINE_9600 = serialTiming({ baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 }, 20);
const FRAMINGS = { rtu: rtuFraming, ascii: asciiFraming, mbap: mbapFraming };

/** A bus on a fake line with a scripted far end, open and with moved time. */
export async function createBusRig(script: Script, options: RigOptions = {}): Promise<BusRig> {
  const framing = options.framing ?? 'rtu';
  const clock = createManualClock(options);
  const asked: (Asked & { at: number })[] = [];
  const line = createFakeLine(
    clock,
    (bytes) => {
      const { unitId, pdu, transactionId } = unframe(framing, bytes);
      const [functionCode = 0, high = 0, low = 0, countHigh = 0, countLow = 0] = pdu;
      const address = high * 256 + low;
      const count = countHigh * 256 + countLow;
      asked.push({ unitId, functionCode, address, count, transactionId, at: clock.monotonicMs() });
      return script({ unitId, functionCode, address, count, transactionId }, asked.length - 1);
    },
    options,
  );
  const states: BusState[] = [];
  const timing = options.timing ?? LINE_9600;
  const bus = createModbusBus({
    opener: line.opener,
    framing: FRAMINGS[framing],
    timing,
    clock,
    onState: (state) => states.push(state),
  });
  if (options.isOpen === false) line.lose();
  const end = new AbortController();
  const running = bus.run(end.signal);
  if (options.isOpen !== false) await clock.advanceUntil(bus.whenOpen(end.signal));
  const unit = { gapMs: options.gapMs ?? 0, latency: createLearnedLatency(options.latencyMs ?? 200) };
  return {
    clock,
    line,
    bus,
    states,
    asked,
    unit,
    counters: (unitId = 1) => countersOf(bus.counters, unitId),
    ask: (request, needs = unit) => clock.advanceUntil(wordsOrError(bus.transact(request, needs))),
    async end() {
      end.abort();
      await clock.advanceUntil(running);
    },
  };
}

/** The words of an answer, or a word for the error: its code, its fault, `exception 2`. */
export function wordsOrError(transaction: Promise<{ pdu: Uint8Array }>): Promise<readonly number[] | string> {
  return transaction.then(
    ({ pdu }) => wordsOf(pdu),
    (error: { code?: string; fault?: string; exceptionCode?: number; message: string }) => {
      if (error.exceptionCode !== undefined) return `exception ${error.exceptionCode}`;
      return error.code ?? error.fault ?? error.message;
    },
  );
}

/** The right frame for a request with these words. */
export function answering(framing: FramingName, asked: Asked, words: readonly number[]): Uint8Array {
  return frameOf(framing, asked.unitId, answerPdu(asked.functionCode, words), asked.transactionId);
}

/** `count` words that say which register they are: address times 10 plus `mark`. */
export function marked(asked: Asked, mark: number): number[] {
  return Array.from({ length: asked.count }, (_, i) => ((asked.address + i) * 10 + mark) & 0xffff);
}

/** A refusal of a request. */
export function refusing(framing: FramingName, asked: Asked, code: number): Uint8Array {
  return frameOf(framing, asked.unitId, [asked.functionCode | 0x80, code], asked.transactionId);
}
