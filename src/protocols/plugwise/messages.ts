import { decodeClock, decodeDate, encodeClock, encodeDate, encodeRealTimeClock, hex } from './device-time.ts';

/**
 * Requests of the host. They carry no sequence number; the stick gives each its own.
 *
 *     | id | MAC | arguments |       000A has no MAC; in 0007 the argument stands before it
 *       4    16
 */
export interface PlugwiseRequest {
  /** For messages: "power", "relay on". */
  readonly name: string;
  /** What stands between header and CRC. */
  readonly text: string;
  readonly mac: string | undefined;
  /** Id of the answer; 0000 is an acknowledgement of the node. */
  readonly answerId: string;
  /** Codes of an acknowledgement that mean it was done, and that mean it was refused. */
  readonly doneCodes?: readonly string[];
  readonly refusedCodes?: readonly string[];
}

const toNode = (name: string, id: string, answerId: string, mac: string, fields = ''): PlugwiseRequest => ({
  name,
  text: `${id}${mac}${fields}`,
  mac,
  answerId,
});

/** Asks the stick for itself and its network. */
export const INITIALISE: PlugwiseRequest = {
  name: 'initialise',
  text: '000A',
  mac: undefined,
  answerId: '0011',
};

/** Lets a node that announced itself into the network, or not. */
export function acceptNodeRequest(mac: string, isAccepted: boolean): PlugwiseRequest {
  const text = `0007${isAccepted ? '01' : '00'}${mac}`;
  return { name: 'accept node', text, mac: undefined, answerId: '0061' };
}

export const pingRequest = (mac: string) => toNode('ping', '000D', '000E', mac);
export const powerRequest = (mac: string) => toNode('power', '0012', '0013', mac);
export const infoRequest = (mac: string) => toNode('info', '0023', '0024', mac);
export const calibrationRequest = (mac: string) => toNode('calibration', '0026', '0027', mac);
export const clockRequest = (mac: string) => toNode('clock', '003E', '003F', mac);

/** One of the 64 places in the Circle+'s table of nodes. */
export const tableRequest = (mac: string, place: number) =>
  toNode('node table', '0018', '0019', mac, hex(place, 2));

/** Four entries of the energy log; blocks count from 0. */
export const energyLogRequest = (mac: string, block: number) =>
  toNode('energy log', '0048', '0049', mac, hex(LOG_BASE + block * BLOCK_BYTES, 8));

/** Sets a node's clock. FFFFFFFF keeps its energy log; an address there would empty it. */
export function setClockRequest(mac: string, atMs: number): PlugwiseRequest {
  const fields = `${encodeDate(atMs)}FFFFFFFF${encodeClock(atMs)}`;
  return { ...toNode('set clock', '0016', '0000', mac, fields), doneCodes: ['00D7'] };
}

/** Sets the real-time clock that only a Circle+ has. */
export function setRealTimeClockRequest(mac: string, atMs: number): PlugwiseRequest {
  const request = toNode('set real-time clock', '0028', '0000', mac, encodeRealTimeClock(atMs));
  return { ...request, doneCodes: ['00DF'], refusedCodes: ['00E7'] };
}

export function relayRequest(mac: string, isOn: boolean): PlugwiseRequest {
  const request = toNode(isOn ? 'relay on' : 'relay off', '0017', '0000', mac, isOn ? '01' : '00');
  return { ...request, doneCodes: [isOn ? '00D8' : '00DE'], refusedCodes: ['00E2'] };
}

/** The log's pointer is a byte address; each entry has 8 bytes, four entries make a block. */
const LOG_BASE = 0x44000;
const BLOCK_BYTES = 32;
const ENTRY_BYTES = 8;

export interface LogPosition {
  readonly block: number;
  /** 0 to 3. */
  readonly slot: number;
}

export interface StickNetwork {
  readonly stickMac: string;
  readonly isOnline: boolean;
  /** Undefined while the stick knows no Circle+. */
  readonly network:
    | { readonly id: string; readonly circlePlusMac: string; readonly panId: string }
    | undefined;
}

export interface PowerCounts {
  readonly lastSecond: number;
  readonly lastEightSeconds: number | undefined;
  readonly hourConsumed: number | undefined;
  /** Zero or negative. */
  readonly hourProduced: number | undefined;
}

export interface NodeIdentity {
  /** The node's own date and time, to the minute; undefined while its clock was never set. */
  readonly clockMs: number | undefined;
  /** Where the next entry of the log will stand. */
  readonly nextLog: LogPosition;
  readonly isOn: boolean;
  readonly mainsHz: 50 | 60 | undefined;
  readonly hardware: string;
  readonly firmwareS: number;
  readonly type: number;
}

export interface LogEntry {
  /** End of its interval by the node's clock; undefined where that was never set. */
  readonly endMs: number | undefined;
  readonly pulses: number;
}

// Every decoder takes the fields behind the MAC and gives undefined for what cannot be such an answer.

export function decodeNetwork(stickMac: string, fields: string): StickNetwork | undefined {
  if (fields.length < 4) return undefined;
  const isOnline = fields.slice(2, 4) === '01';
  if (fields.length < 24) return { stickMac, isOnline, network: undefined };
  const id = fields.slice(4, 20);
  const circlePlusMac = `00${id.slice(2)}`;
  return { stickMac, isOnline, network: { id, circlePlusMac, panId: fields.slice(20, 24) } };
}

/** Old firmware sends fewer fields: what is there is decoded. */
export function decodePower(fields: string): PowerCounts | undefined {
  if (fields.length < 8) return undefined;
  const long = (at: number) => (fields.length >= at + 8 ? signed(fields.slice(at, at + 8)) : undefined);
  return {
    lastSecond: signed(fields.slice(0, 4)),
    lastEightSeconds: signed(fields.slice(4, 8)),
    hourConsumed: long(8),
    hourProduced: long(16),
  };
}

export function decodeIdentity(fields: string): NodeIdentity | undefined {
  if (fields.length < 42) return undefined;
  const mains = fields.slice(18, 20);
  return {
    clockMs: decodeDate(fields.slice(0, 8)),
    nextLog: logPosition(fields.slice(8, 16)),
    isOn: fields.slice(16, 18) === '01',
    mainsHz: mains === '85' ? 50 : mains === 'C5' ? 60 : undefined,
    hardware: fields.slice(20, 32),
    firmwareS: Number.parseInt(fields.slice(32, 40), 16),
    type: Number.parseInt(fields.slice(40, 42), 16),
  };
}

/** Four floats in this order: gain A, gain B, total offset, noise offset. Undefined where one is impossible. */
export function decodeCalibration(fields: string) {
  if (!/^[0-9A-F]{32}$/.test(fields)) return undefined;
  const [gainA = 0, gainB = 0, totalOffset = 0, noiseOffset = 0] = [0, 8, 16, 24].map((at) =>
    float(fields, at),
  );
  const isWhole = [gainA, gainB, totalOffset, noiseOffset].every(Number.isFinite);
  return isWhole && gainA > 0 ? { gainA, gainB, totalOffset, noiseOffset } : undefined;
}

export function decodeEnergyLog(
  fields: string,
): { readonly entries: readonly (LogEntry | undefined)[]; readonly position: LogPosition } | undefined {
  if (fields.length < 72) return undefined;
  const entries = [0, 16, 32, 48].map((at) => {
    const date = fields.slice(at, at + 8);
    const pulses = signed(fields.slice(at + 8, at + 16));
    return date === 'FFFFFFFF' ? undefined : { endMs: decodeDate(date), pulses };
  });
  return { entries, position: logPosition(fields.slice(64, 72)) };
}

/** Time of day of a node's clock, ms since midnight. */
export function decodeClockAnswer(fields: string): number | undefined {
  return decodeClock(fields);
}

/** The MAC in a place of the table; undefined for an empty place. */
export function decodeTablePlace(
  fields: string,
): { readonly mac: string | undefined; readonly place: number } | undefined {
  if (fields.length < 18) return undefined;
  const mac = fields.slice(0, 16);
  const place = Number.parseInt(fields.slice(16, 18), 16);
  return { mac: mac === 'FFFFFFFFFFFFFFFF' ? undefined : mac, place };
}

function logPosition(digits: string): LogPosition {
  const bytes = Math.max(0, Number.parseInt(digits, 16) - LOG_BASE);
  return {
    block: Math.floor(bytes / BLOCK_BYTES),
    slot: Math.floor((bytes % BLOCK_BYTES) / ENTRY_BYTES),
  };
}

// Two's complement in 16 or 32 bits.
function signed(digits: string): number {
  const value = Number.parseInt(digits, 16);
  const modulus = 16 ** digits.length;
  return value >= modulus / 2 ? value - modulus : value;
}

function float(digits: string, at: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, Number.parseInt(digits.slice(at, at + 8), 16));
  return view.getFloat32(0);
}
