import { ModbusExceptionError, ModbusProtocolError } from '../../protocols/modbus/errors.ts';
import { createLearnedLatency } from '../../protocols/modbus/latency.ts';
import {
  identificationObjects,
  type ModbusRequest,
  type ReadRequest,
  readDeviceIdentification,
  readRegisters,
  reportServerId,
  serverIdText,
  wordsOf,
} from '../../protocols/modbus/pdu.ts';
import type { UnitNeeds } from '../../protocols/modbus/transactor.ts';
import { TransportError } from '../../transports/byte-stream.ts';
import type { OpenBus } from '../with-bus.ts';

/** What a unit said to a read: its words, a refusal, or nothing that can be used. */
export type Said = readonly number[] | 'refused' | 'silent';

/** Asks one unit, and the same question only once. */
export interface UnitAsker {
  read(read: Omit<ReadRequest, 'unitId'>): Promise<Said>;
  /** Texts of function codes 43/14 and 17; undefined where the unit does not know them. */
  deviceIdentification(): Promise<string | undefined>;
  serverId(): Promise<string | undefined>;
}

/** The slowest models of the profiles begin to answer after so long, ms. */
const LATENCY_MS = 600;
/** Some models lose requests that follow each other more closely. */
const GAP_MS = 60;
/** A refusal that may belong to the question before is asked for again when nothing is open any more. */
const SETTLE_MS = 1500;

export function createUnitAsker({ bus, clock, link, signal }: OpenBus, unitId: number): UnitAsker {
  const unit: UnitNeeds = {
    gapMs: link.framing.hasTransactionId ? 0 : GAP_MS,
    latency: createLearnedLatency(LATENCY_MS),
  };
  const known = new Map<string, Promise<Said>>();

  async function ask(request: ModbusRequest): Promise<Uint8Array | 'refused' | 'silent'> {
    try {
      return (await bus.transact(request, unit)).pdu;
    } catch (error) {
      if (error instanceof ModbusExceptionError) return error.isRefusal ? 'refused' : 'silent';
      if (error instanceof ModbusProtocolError) {
        if (error.fault === 'unclear-exception') await clock.sleep(SETTLE_MS, signal);
        return 'silent';
      }
      if (error instanceof TransportError && error.code === 'timeout') return 'silent';
      throw error;
    }
  }

  async function readTwice(read: Omit<ReadRequest, 'unitId'>): Promise<Said> {
    const request = readRegisters({ ...read, unitId });
    let said = await ask(request);
    if (said === 'silent' && !signal.aborted) said = await ask(request);
    return typeof said === 'string' ? said : wordsOf(said);
  }

  return {
    read(read) {
      const key = `${read.table} ${read.address} ${read.count}`;
      const said = known.get(key) ?? readTwice(read);
      known.set(key, said);
      return said;
    },
    async deviceIdentification() {
      const said = await ask(readDeviceIdentification(unitId));
      if (typeof said === 'string') return undefined;
      return textOf([...identificationObjects(said).values()].join(' '));
    },
    async serverId() {
      const said = await ask(reportServerId(unitId));
      return typeof said === 'string' ? undefined : textOf(serverIdText(said));
    },
  };
}

const textOf = (text: string) => (text.trim() === '' ? undefined : text.trim());
