import { nearestWord } from '../lib/issue.ts';
import type { LineSettings } from './types.ts';

/** Why a connection URL cannot be used, and what would be: both ready to be shown, joined by `; `. */
export interface ConnectionProblem {
  readonly problem: string;
  readonly allowed: string;
}

/** What the part behind "?" says: settings of the line, and the unit. */
export interface LineQuery {
  readonly line: Partial<LineSettings> | undefined;
  readonly unitId: number | undefined;
}

const MIN_BAUD = 300;
const MAX_BAUD = 4_000_000;

const KEYS = ['baud', 'parity', 'stopBits', 'dataBits', 'unit'] as const;
type Key = (typeof KEYS)[number];

/** Reads `baud=9600&parity=none&stopBits=1&dataBits=8&unit=1`; every key may be absent, none may be twice. */
export function parseLineQuery(
  text: string,
  framing: 'rtu' | 'ascii' | 'mbap',
): LineQuery | ConnectionProblem {
  const found = new Map<Key, string>();
  for (const part of text.split('&')) {
    if (part === '') continue;
    const [name = '', ...rest] = part.split('=');
    if (!isKey(name)) {
      const near = nearestWord(name, KEYS);
      const meant = near === undefined ? '' : `did you mean "${near}"? `;
      return { problem: `unknown key "${name}"`, allowed: `${meant}known keys: ${KEYS.join(', ')}` };
    }
    if (found.has(name))
      return { problem: `"${name}" stands there twice`, allowed: 'allowed: each key once' };
    found.set(name, rest.join('='));
  }
  return lineQuery(found, framing);
}

function isKey(name: string): name is Key {
  return (KEYS as readonly string[]).includes(name);
}

function lineQuery(
  found: ReadonlyMap<Key, string>,
  framing: 'rtu' | 'ascii' | 'mbap',
): LineQuery | ConnectionProblem {
  const [minUnit, maxUnit] = framing === 'mbap' ? [0, 255] : [1, 247];
  const baud = wholeNumber(found.get('baud'), MIN_BAUD, MAX_BAUD);
  if (baud === 'wrong') return wrong('baud', found, `a whole number from ${MIN_BAUD} to ${MAX_BAUD}`);
  const unitId = wholeNumber(found.get('unit'), minUnit, maxUnit);
  if (unitId === 'wrong') return wrong('unit', found, `a whole number from ${minUnit} to ${maxUnit}`);
  const parity = oneOf(found.get('parity'), ['none', 'even', 'odd'] as const);
  if (parity === 'wrong') return wrong('parity', found, 'none, even, odd');
  const stopBits = oneOf(found.get('stopBits'), ['1', '2'] as const);
  if (stopBits === 'wrong') return wrong('stopBits', found, '1, 2');
  const dataBits = oneOf(found.get('dataBits'), ['7', '8'] as const);
  if (dataBits === 'wrong') return wrong('dataBits', found, '7, 8');
  // An RTU frame holds bytes of eight bits; a line of seven would cut every one of them.
  if (framing === 'rtu' && dataBits === '7') return wrong('dataBits', found, '8, because RTU needs 8');
  const line: Partial<LineSettings> = {
    ...(baud === undefined ? {} : { baud }),
    ...(parity === undefined ? {} : { parity }),
    ...(stopBits === undefined ? {} : { stopBits: stopBits === '1' ? 1 : 2 }),
    ...(dataBits === undefined ? {} : { dataBits: dataBits === '7' ? 7 : 8 }),
  };
  return { line: Object.keys(line).length === 0 ? undefined : line, unitId };
}

function wrong(key: Key, found: ReadonlyMap<Key, string>, allowed: string): ConnectionProblem {
  return {
    problem: `${key} cannot be "${found.get(key) ?? ''}"`,
    allowed: `allowed for ${key}: ${allowed}`,
  };
}

function wholeNumber(text: string | undefined, min: number, max: number): number | 'wrong' | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,7}$/.test(text)) return 'wrong';
  const value = Number(text);
  return value >= min && value <= max ? value : 'wrong';
}

function oneOf<T extends string>(text: string | undefined, words: readonly T[]): T | 'wrong' | undefined {
  return text === undefined ? undefined : (words.find((word) => word === text) ?? 'wrong');
}
