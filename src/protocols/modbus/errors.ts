// Three failures, three types: it did not arrive (TransportError), it arrived damaged or for another
// (ModbusProtocolError), the meter refused (ModbusExceptionError). None of the latter two is ever a reading.

/** How an answer failed to be the answer. Each kind is a counter in the statistics. */
export const PROTOCOL_FAULTS = [
  'crc', // right shape, wrong checksum
  'wrong-unit', // a whole frame of another unit
  'wrong-function', // a whole frame with another function code
  'wrong-byte-count', // a whole frame of another length
  'truncated', // the begin of the answer, and no more
  'echo-only', // nothing but our own request
  'garbage', // bytes that explain themselves in no other way
  'unclear-exception', // a refusal that may belong to an earlier request
] as const;
export type ProtocolFault = (typeof PROTOCOL_FAULTS)[number];

/** Bytes arrived, but not the answer. The request may be tried again. */
export class ModbusProtocolError extends Error {
  override readonly name = 'ModbusProtocolError';
  constructor(
    readonly fault: ProtocolFault,
    message: string,
    readonly received: Uint8Array,
  ) {
    super(message);
  }
}

const EXCEPTIONS: Readonly<Record<number, string>> = {
  1: 'illegal function',
  2: 'illegal data address',
  3: 'illegal data value',
  4: 'server device failure',
  5: 'acknowledge, still working',
  6: 'server device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target device failed to respond',
};

/** The meter's own refusal. "MODBUS Application Protocol Specification V1.1b3", 7. */
export class ModbusExceptionError extends Error {
  override readonly name = 'ModbusExceptionError';
  constructor(
    readonly exceptionCode: number,
    what: string,
  ) {
    super(`${what}: exception ${exceptionCode} (${EXCEPTIONS[exceptionCode] ?? 'not in the specification'})`);
  }

  /** Whether it is about the address or the function, so that asking again cannot help. */
  get isRefusal(): boolean {
    return this.exceptionCode >= 1 && this.exceptionCode <= 3;
  }

  /** Whether a gateway says that the unit behind it cannot be reached. */
  get isFromGateway(): boolean {
    return this.exceptionCode === 10 || this.exceptionCode === 11;
  }
}
