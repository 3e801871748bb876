/*
 * Protocol data units: what stands inside every framing.
 *
 *   read request     | 03 or 04 | address hi lo | count hi lo |
 *   read answer      | 03 or 04 | byte count 2n | n words, each high byte first |
 *   refusal          | function + 80h | exception code |
 *
 * "MODBUS Application Protocol Specification V1.1b3", 6.3 (03), 6.4 (04), 6.13 (17), 6.21 (43/14), 7.
 */

export type RegisterTable = 'holding' | 'input';

/** Registers of one unit that are asked for in one request. */
export interface ReadRequest {
  readonly unitId: number;
  readonly table: RegisterTable;
  /** Zero-based, as on the wire. */
  readonly address: number;
  readonly count: number;
}

/** A request as the client sends it, with what is needed to recognise its answer. */
export interface ModbusRequest {
  readonly unitId: number;
  readonly pdu: Uint8Array;
  /** For messages: `unit 7, input registers 0x0000-0x0001`. */
  readonly label: string;
  /** Two requests of one unit with equal signatures cannot be told apart by their answers on a serial line. */
  readonly signature: string;
  /** Longest PDU that the answer can have, for the time-out. */
  readonly longestAnswer: number;
  /**
   * Length of the answer's PDU as far as its first bytes tell; undefined when more bytes are needed,
   * 'foreign' when these bytes cannot be the answer.
   */
  answerLength(pdu: Uint8Array): number | undefined | 'foreign';
}

const FUNCTION_CODE = { holding: 0x03, input: 0x04 } as const;
const MAX_PDU = 253;

/** Builds a read of 1 to 125 registers. Throws a RangeError for what the protocol cannot say. */
export function readRegisters(read: ReadRequest): ModbusRequest {
  const { unitId, table, address, count } = read;
  if (!Number.isInteger(count) || count < 1 || count > 125)
    throw new RangeError(`cannot read ${count} registers at once`);
  if (!Number.isInteger(address) || address < 0 || address + count > 65536)
    throw new RangeError(`no registers at ${address} to ${address + count - 1}`);
  const functionCode = FUNCTION_CODE[table];
  return {
    unitId,
    pdu: Uint8Array.of(functionCode, address >> 8, address & 0xff, count >> 8, count & 0xff),
    label: `unit ${unitId}, ${describeRead(read)}`,
    signature: `${functionCode}:${count}`,
    longestAnswer: 2 + 2 * count,
    answerLength: (pdu) => {
      if (pdu.length < 2) return undefined;
      return pdu[1] === 2 * count ? 2 + 2 * count : 'foreign';
    },
  };
}

/** `input registers 0x0000-0x0001` */
export function describeRead(read: Omit<ReadRequest, 'unitId'>): string {
  const hex = (n: number) => `0x${n.toString(16).toUpperCase().padStart(4, '0')}`;
  return `${read.table} registers ${hex(read.address)}-${hex(read.address + read.count - 1)}`;
}

/** Function 17, report server id: a text of the maker's choice. */
export function reportServerId(unitId: number): ModbusRequest {
  return {
    unitId,
    pdu: Uint8Array.of(0x11),
    label: `unit ${unitId}, report server id`,
    signature: '17',
    longestAnswer: MAX_PDU,
    answerLength: (pdu) => (pdu.length < 2 ? undefined : 2 + (pdu[1] ?? 0)),
  };
}

/** Function 43/14, read device identification, the basic objects (maker, product code, revision). */
export function readDeviceIdentification(unitId: number): ModbusRequest {
  return {
    unitId,
    pdu: Uint8Array.of(0x2b, 0x0e, 0x01, 0x00),
    label: `unit ${unitId}, read device identification`,
    signature: '43',
    longestAnswer: MAX_PDU,
    answerLength: identificationLength,
  };
}

// | 2B | 0E | code | conformity | more | next | number of objects | { id | length | bytes }... |
function identificationLength(pdu: Uint8Array): number | undefined | 'foreign' {
  if (pdu.length < 2) return undefined;
  if (pdu[1] !== 0x0e) return 'foreign';
  if (pdu.length < 7) return undefined;
  let end = 7;
  for (let object = 0; object < (pdu[6] ?? 0); object++) {
    const length = pdu[end + 1];
    if (length === undefined) return undefined;
    end += 2 + length;
    if (end > MAX_PDU) return 'foreign';
  }
  return end;
}

/** The words of an answer that was matched to its read. */
export function wordsOf(pdu: Uint8Array): number[] {
  const words: number[] = [];
  for (let i = 2; i + 1 < pdu.length; i += 2) words.push(((pdu[i] ?? 0) << 8) | (pdu[i + 1] ?? 0));
  return words;
}

/** The objects of a device identification answer, by id (0 maker, 1 product code, 2 revision). */
export function identificationObjects(pdu: Uint8Array): ReadonlyMap<number, string> {
  const objects = new Map<number, string>();
  let at = 7;
  for (let n = 0; n < (pdu[6] ?? 0); n++) {
    const length = pdu[at + 1] ?? 0;
    objects.set(pdu[at] ?? 0, printable(pdu.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return objects;
}

/** The text inside a report server id answer; the id and run bytes are dropped where they are not letters. */
export function serverIdText(pdu: Uint8Array): string {
  return printable(pdu.subarray(2));
}

function printable(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
  return text.trim();
}
