/// <reference path="./modbus-serial-parts.d.ts" />
import handlers, { type Handler } from 'modbus-serial/servers/servertcp_handler.js';
import { ILLEGAL_FUNCTION, ILLEGAL_VALUE, type MeterModel } from './meter-model.ts';
import { createMeterVector } from './meter-vector.ts';

/**
 * Answers request bodies (unit id, function code, fields; Modbus application protocol, 4.1) with the
 * handlers inside modbus-serial's servers. ServerSerial itself cannot stand on a line of ours: it frames by
 * 30 ms of silence and writes a right CRC over the request's wrong one before it looks.
 *
 *     01 04 00 00 00 02        request body: unit, function, address, count
 *     01 04 04 43 66 33 33     answer body: unit, function, byte count, words
 *     01 84 02                 refusal: unit, function | 80, exception code
 */
export type Responder = (body: Uint8Array) => Promise<Uint8Array | undefined>;

interface KnownFunction {
  readonly handler: Handler;
  /** Bytes of the request body; a meter does not answer any other length. */
  readonly length: number;
}

const FUNCTIONS: ReadonlyMap<number, KnownFunction> = new Map([
  [3, { handler: handlers.readMultipleRegisters, length: 6 }],
  [4, { handler: handlers.readInputRegisters, length: 6 }],
  [17, { handler: handlers.reportServerID, length: 2 }],
  [43, { handler: handlers.handleMEI, length: 5 }],
]);
const MAX_REGISTERS = 125;

/** The body of the answer, or undefined where no such unit is on the line. */
export function createResponder(units: ReadonlyMap<number, MeterModel>): Responder {
  const vector = createMeterVector(units);
  return (body) => {
    const unitId = body[0] ?? 0;
    const functionCode = body[1] ?? 0;
    if (!units.has(unitId) || body.length < 2) return Promise.resolve(undefined);
    const known = FUNCTIONS.get(functionCode);
    if (known === undefined) return Promise.resolve(refused(unitId, functionCode, ILLEGAL_FUNCTION));
    if (body.length !== known.length) return Promise.resolve(undefined);
    // The handler would answer exception 4 for a count that its byte count cannot hold.
    const isTooLong = functionCode <= 4 && (body[4] ?? 0) * 256 + (body[5] ?? 0) > MAX_REGISTERS;
    if (isTooLong) return Promise.resolve(refused(unitId, functionCode, ILLEGAL_VALUE));
    return new Promise((resolve) => {
      // The handlers measure a request with its CRC on it, and leave room for one at the end of the answer.
      const request = Buffer.concat([body, Buffer.alloc(2)]);
      known.handler(
        request,
        vector,
        unitId,
        (error, answer) => {
          if (error !== null || answer === undefined) {
            resolve(refused(unitId, functionCode, error?.modbusErrorCode ?? 4));
            return;
          }
          answer[0] = unitId;
          answer[1] = functionCode;
          resolve(answer.subarray(0, -2));
        },
        functionCode,
      );
    });
  };
}

function refused(unitId: number, functionCode: number, exceptionCode: number): Uint8Array {
  return Uint8Array.of(unitId, functionCode | 0x80, exceptionCode);
}
