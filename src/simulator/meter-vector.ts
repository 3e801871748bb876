import { ILLEGAL_FUNCTION, type MeterModel } from './meter-model.ts';

/** The callbacks through which the servers of modbus-serial ask for values ("service vector"). */
type Give<T> = (error: { readonly modbusErrorCode: number } | null, value?: T) => void;

export interface MeterVector {
  getHoldingRegister(address: number, unitId: number, give: Give<number>): void;
  getInputRegister(address: number, unitId: number, give: Give<number>): void;
  getMultipleHoldingRegisters(
    address: number,
    count: number,
    unitId: number,
    give: Give<readonly number[]>,
  ): void;
  getMultipleInputRegisters(
    address: number,
    count: number,
    unitId: number,
    give: Give<readonly number[]>,
  ): void;
  getCoil(address: number, unitId: number, give: Give<boolean>): void;
  getDiscreteInput(address: number, unitId: number, give: Give<boolean>): void;
  setCoil(address: number, value: boolean, unitId: number, give: Give<void>): void;
  setRegister(address: number, value: number, unitId: number, give: Give<void>): void;
  reportServerID(unitId: number): object | undefined;
  readDeviceIdentification(unitId: number): Promise<Readonly<Record<number, string>>>;
}

const REFUSED = { modbusErrorCode: ILLEGAL_FUNCTION };

/**
 * The units of a line as modbus-serial wants to see them. It looks at the number of parameters to tell
 * callbacks from return values, so every parameter stands here; a unit that is not there never calls back,
 * which is how it stays silent. Meters are only read: writes and coils are refused with exception 1.
 */
export function createMeterVector(units: ReadonlyMap<number, MeterModel>): MeterVector {
  const read = (
    table: 'holding' | 'input',
    address: number,
    count: number,
    unitId: number,
    give: Give<readonly number[]>,
  ) => {
    const unit = units.get(unitId);
    if (unit === undefined) return;
    const words = unit.read(table, address, count);
    // Without a list beside the error, its handler of function 4 stumbles and answers exception 4.
    if (typeof words === 'number') give({ modbusErrorCode: words }, []);
    else give(null, words);
  };
  const first =
    (give: Give<number>): Give<readonly number[]> =>
    (error, words) =>
      give(error, words?.[0]);
  const refuse = (unitId: number, give: Give<never>) => {
    if (units.has(unitId)) give(REFUSED);
  };
  return {
    getHoldingRegister: (address, unitId, give) => read('holding', address, 1, unitId, first(give)),
    getInputRegister: (address, unitId, give) => read('input', address, 1, unitId, first(give)),
    getMultipleHoldingRegisters: (address, count, unitId, give) =>
      read('holding', address, count, unitId, give),
    getMultipleInputRegisters: (address, count, unitId, give) => read('input', address, count, unitId, give),
    getCoil: (_address, unitId, give) => refuse(unitId, give),
    getDiscreteInput: (_address, unitId, give) => refuse(unitId, give),
    setCoil: (_address, _value, unitId, give) => refuse(unitId, give),
    setRegister: (_address, _value, unitId, give) => refuse(unitId, give),
    reportServerID: (unitId) => {
      const text = units.get(unitId)?.serverId;
      return text === undefined
        ? undefined
        : { id: 1, running: true, additionalData: Buffer.from(text, 'latin1') };
    },
    async readDeviceIdentification(unitId) {
      const objects = units.get(unitId)?.identification;
      if (objects === undefined) throw Object.assign(new Error('not known to this model'), REFUSED);
      return { 0: objects[0], 1: objects[1], 2: objects[2] };
    },
  };
}
