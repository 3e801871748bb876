/**
 * One line of an OpenEnergyMonitor unit, in any of the forms that its firmwares print.
 *
 *     OK 8 116 9 0 0 ... (-63)             radio packet: node, its bytes in decimal, signal strength in dBm
 *     MSG:1,Vrms:246.81,P1:79,E1:0         names and values (emonTx 3 to 5, emonPi 2)
 *     ct1:84,ct2:0,vrms:10627,pulse:0      the same of older sketches, Vrms in hundredths of a volt
 *     10 100 200 23012                     node and plain numbers
 *     {"MSG":1,"V1":231.2,"P1":79,"E1":0}  emonTx 6, emonPi 3 (emon32) with JSON switched on
 *
 * No form has a checksum of its own; the radio packet had one that the receiver has checked. What is not exactly of one
 * of these forms is no message. emonhub documentation, "Serial formats"; emon32-fw SERIAL_COMMANDS.md.
 */
export type EmonLine =
  | {
      readonly kind: 'packet';
      readonly node: number;
      readonly bytes: Uint8Array;
      readonly rssi: number | undefined;
    }
  | { readonly kind: 'pairs'; readonly node: undefined; readonly values: EmonValues }
  | { readonly kind: 'json'; readonly node: undefined; readonly values: EmonValues }
  /** Values have their places, from "1", for names. */
  | { readonly kind: 'numbers'; readonly node: number; readonly values: EmonValues };

/** By name in lower case; V, W, Wh, °C. A value that is not there, or not a number, has no entry. */
export type EmonValues = ReadonlyMap<string, number>;

const NUMBER = /^[+-]?\d{1,15}(?:\.\d{1,9})?$/;
const NAME = /^[A-Za-z][\w-]{0,31}$/;
/** What the C library and Arduino print for what is no number. */
const NO_NUMBER = /^[+-]?(?:nan|inf|ovf)$/i;
const MAX_FIELDS = 128;
const MAX_NODE = 255;

/** Reads one line; undefined where it is of none of the forms. Never throws. */
export function parseEmonLine(line: string): EmonLine | undefined {
  const text = line.trim();
  if (text.startsWith('OK ')) return parsePacket(text);
  if (text.startsWith('{')) return parseJsonLine(text);
  if (text.includes(':')) return parsePairs(text);
  return parseNumbers(text);
}

function parsePacket(text: string): EmonLine | undefined {
  const parts = /^OK +(\d{1,3})((?: +\d{1,3})+)(?: +\((-?\d{1,3})\))?$/.exec(text);
  if (parts === null) return undefined;
  const [, node, list = '', rssi] = parts;
  const bytes = list.trim().split(/ +/).map(Number);
  if (Number(node) > MAX_NODE || bytes.length > MAX_FIELDS || bytes.some((byte) => byte > 255))
    return undefined;
  return {
    kind: 'packet',
    node: Number(node),
    bytes: Uint8Array.from(bytes),
    rssi: rssi === undefined ? undefined : Number(rssi),
  };
}

function parsePairs(text: string): EmonLine | undefined {
  const values = new Map<string, number>();
  const seen = new Set<string>();
  for (const pair of text.split(',')) {
    const [name = '', value = '', ...more] = pair.split(':');
    const key = name.toLowerCase();
    if (!NAME.test(name) || more.length > 0 || seen.has(key) || seen.size >= MAX_FIELDS) return undefined;
    seen.add(key);
    if (NUMBER.test(value)) values.set(key, voltsOf(key, value));
    else if (!NO_NUMBER.test(value)) return undefined;
  }
  return { kind: 'pairs', node: undefined, values };
}

// Arduino prints a float with its decimals, always: a voltage without them is the whole number of hundredths.
function voltsOf(key: string, text: string): number {
  const value = plain(Number(text));
  return key === 'vrms' && !text.includes('.') ? value / 100 : value;
}

function parseNumbers(text: string): EmonLine | undefined {
  const [node = '', ...words] = text.split(/[ \t]+/);
  if (!/^\d{1,3}$/.test(node) || Number(node) > MAX_NODE) return undefined;
  if (words.length === 0 || words.length > MAX_FIELDS) return undefined;
  const values = new Map<string, number>();
  for (const [index, word] of words.entries()) {
    if (NUMBER.test(word)) values.set(String(index + 1), plain(Number(word)));
    else if (!NO_NUMBER.test(word)) return undefined;
  }
  return { kind: 'numbers', node: Number(node), values };
}

function parseJsonLine(text: string): EmonLine | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
  const entries = Object.entries(parsed);
  if (entries.length > MAX_FIELDS) return undefined;
  const values = new Map<string, number>();
  for (const [name, value] of entries) {
    const key = name.toLowerCase();
    if (!NAME.test(name) || typeof value !== 'number' || !Number.isFinite(value)) continue;
    if (values.has(key)) return undefined;
    values.set(key, plain(value));
  }
  return { kind: 'json', node: undefined, values };
}

// Minus zero is printed as "-0".
function plain(value: number): number {
  return value === 0 ? 0 : value;
}

/** From here on up a temperature is a code: no sensor (300), out of range (302), damaged (304). DS18B20 end at 125 °C. */
const FIRST_TEMPERATURE_CODE = 300;

/** Whether a temperature in °C is a word of the firmware for "none". */
export function isNoTemperature(value: number): boolean {
  return value >= FIRST_TEMPERATURE_CODE;
}
