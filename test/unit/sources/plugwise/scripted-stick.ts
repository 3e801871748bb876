import { readFileSync } from 'node:fs';
import { frameBytes, hex, hexFloat } from '../../../../src/simulator/plugwise/stick-frames.ts';
import type { PlugwiseDeviceConfig } from '../../../../src/sources/plugwise/config.ts';
import { createFakeLine, type Delivery, type FakeLine } from '../../../support/fake-stream.ts';
import type { ManualClock } from '../../../support/manual-clock.ts';

/** One published message or calculation, with its meaning and where it was found. */
export interface Vector {
  readonly id: string;
  readonly payload: string;
  readonly hex?: string;
  readonly chunks_hex?: readonly string[];
  readonly decoded: Readonly<Record<string, { readonly value: unknown }>>;
}

export const VECTORS: ReadonlyMap<string, Vector> = new Map(
  (JSON.parse(readFileSync('test/fixtures/plugs/plugwise.json', 'utf8')) as Vector[]).map((vector) => [
    vector.id,
    vector,
  ]),
);

export function vector(id: string): Vector {
  const found = VECTORS.get(id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
}

export const decoded = (id: string, field: string): unknown => vector(id).decoded[field]?.value;
export const decodedNumber = (id: string, field: string): number => Number(decoded(id, field));
/** The hexadecimal text of a message without its checksum. */
export const textOf = (id: string): string => vector(id).payload.slice(0, -4);
/** Of a numbered answer. */
export const sequenceOf = (id: string): string => vector(id).payload.slice(4, 8);
export const bytesOf = (id: string): Uint8Array => Buffer.from(vector(id).hex ?? '', 'hex');
export const macIn = (id: string): string => String(decoded(id, 'mac'));

/** Gain A 1 and nothing else: the nominal watts of the vectors. */
const NOMINAL = [1, 0, 0, 0].map(hexFloat).join('');

export interface Asked {
  readonly id: string;
  readonly mac: string;
  readonly fields: string;
  /** The number that the stick would give it. */
  readonly sequence: string;
  readonly at: number;
}

/** What the stick sends instead of the usual; undefined for the usual. */
export type Script = (asked: Asked) => readonly Delivery[] | undefined;

export const accepted = (sequence: string, afterMs = 1): Delivery => ({
  afterMs,
  bytes: frameBytes(`0000${sequence}00C1`),
});

/** Accepts under the number of the vector and answers with its very bytes, in its very pieces. */
export function answerWith(id: string, sequence = sequenceOf(id)): readonly Delivery[] {
  const pieces = (vector(id).chunks_hex ?? [vector(id).hex ?? '']).map((piece) => Buffer.from(piece, 'hex'));
  return [accepted(sequence), ...pieces.map((bytes, n) => ({ afterMs: 3 + n, bytes }))];
}

/** A line on which a stick with well-behaved Circles answers within milliseconds, but for the script. */
export function createScriptedStick(clock: ManualClock, script: Script = () => undefined): FakeLine {
  let count = 0x2000;
  return createFakeLine(clock, (bytes) => {
    const text = Buffer.from(bytes).toString('latin1').slice(4, -6);
    const id = text.slice(0, 4);
    const hasMac = id !== '000A';
    const asked: Asked = {
      id,
      mac: hasMac ? text.slice(4, 20) : '',
      fields: hasMac ? text.slice(20) : '',
      sequence: hex(count++, 4),
      at: clock.now(),
    };
    return script(asked) ?? usual(asked);
  });
}

function usual(asked: Asked): readonly Delivery[] {
  const answer = usualAnswer(asked);
  const first = accepted(asked.sequence);
  return answer === undefined ? [first] : [first, { afterMs: 3, bytes: frameBytes(answer) }];
}

function usualAnswer({ id, mac, fields, sequence, at }: Asked): string | undefined {
  const answer = (answerId: string, rest: string) => `${answerId}${sequence}${mac}${rest}`;
  const acknowledge = (code: string) => `0000${sequence}${code}${mac}`;
  switch (id) {
    case '000A':
      return `0011${sequence}000D6F0000998877010${'1CA0D6F0000598A138DCAFF'}`;
    case '000D':
      return answer('000E', '434F0064');
    case '0012':
      return answer('0013', '0000000000000000000000000000');
    case '0016':
      return acknowledge('00D7');
    case '0017':
      return acknowledge(fields === '01' ? '00D8' : '00DE');
    case '0018':
      return answer('0019', `FFFFFFFFFFFFFFFF${fields}`);
    case '0023':
      return answer('0024', usualIdentity(at));
    case '0026':
      return answer('0027', NOMINAL);
    case '0028':
      return acknowledge('00DF');
    case '003E':
      return answer('003F', clockDigits(at));
    default:
      return undefined;
  }
}

/** Info fields with the right date and a log pointer. */
export function usualIdentity(at: number, logPointer = 0x44000): string {
  const date = new Date(at);
  const minutes = Math.floor((at - Date.UTC(date.getUTCFullYear(), date.getUTCMonth())) / 60_000);
  const stamp = hex(date.getUTCFullYear() - 2000, 2) + hex(date.getUTCMonth() + 1, 2) + hex(minutes, 4);
  return `${stamp}${hex(logPointer, 8)}01850000047300074E0843A902`;
}

function clockDigits(at: number): string {
  const date = new Date(at);
  const parts = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), 0, 0];
  return parts.map((part) => hex(part, 2)).join('');
}

/** What was written, as text in hexadecimal, in order. */
export const writtenHex = (line: FakeLine): readonly string[] =>
  line.written.map(({ bytes }) => Buffer.from(bytes).toString('hex').toUpperCase());

export const circle = (mac: string, more: Partial<PlugwiseDeviceConfig> = {}): PlugwiseDeviceConfig => ({
  id: 'plug',
  name: 'Plug',
  intervalMs: 10_000,
  invert: false,
  rating: {},
  mac,
  allowSwitching: false,
  ...more,
});
