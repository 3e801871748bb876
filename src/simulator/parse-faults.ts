import { nearestWord } from '../lib/issue.ts';
import { FAULT_NAMES, FAULTS, type FaultName, type FaultRule } from './faults.ts';

/** Largest sensible `value` of a fault; absent where the fault takes none. */
const MAX_VALUE: Readonly<Partial<Record<FaultName, number>>> = {
  late: 60_000,
  twice: 60_000,
  short: 300,
  'garbage-before': 300,
  'garbage-after': 300,
  'noise-after': 60_000,
  'pause-inside': 60_000,
  exception: 255,
  'line-noise': 1,
};
const KEYS = ['every', 'probability', 'units', 'from', 'until', 'count'] as const;

/**
 * Faults as they stand on the command line: `late=600:every=40`, `crc:probability=0.05:units=1+2`; several
 * are separated by commas. Throws an Error that says what stands there and what may stand there.
 */
export function parseFaults(text: string): readonly FaultRule[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseFault);
}

function parseFault(text: string): FaultRule {
  const [head = '', ...options] = text.split(':');
  const [name = '', value] = head.split('=');
  if (!isFaultName(name)) {
    const near = nearestWord(name, FAULT_NAMES);
    const meant = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new Error(`there is no fault "${name}"${meant} Known faults: ${FAULT_NAMES.join(', ')}`);
  }
  let rule: FaultRule = { fault: name };
  if (value !== undefined) rule = { ...rule, value: faultValue(name, value) };
  for (const option of options) rule = { ...rule, ...optionOf(text, option) };
  return rule;
}

function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(FAULTS, text);
}

function faultValue(name: FaultName, text: string): number {
  const max = MAX_VALUE[name];
  if (max === undefined) throw new Error(`the fault "${name}" takes no value, found "${text}"`);
  const min = name === 'exception' ? 1 : 0;
  return numberOf(text, `the value of the fault "${name}"`, min, max, name !== 'line-noise');
}

function optionOf(fault: string, option: string): Partial<FaultRule> {
  const [key = '', text = ''] = option.split('=');
  const known = KEYS.find((candidate) => candidate === key);
  if (known === undefined) {
    throw new Error(`"${fault}": unknown "${key}"; known: ${KEYS.map((each) => `${each}=...`).join(', ')}`);
  }
  const place = `"${known}" of the fault "${fault}"`;
  if (known === 'units') {
    return { units: text.split('+').map((unit) => numberOf(unit, place, 0, 255, true)) };
  }
  if (known === 'probability') return { probability: numberOf(text, place, 0, 1, false) };
  return { [known]: numberOf(text, place, 1, Number.MAX_SAFE_INTEGER, true) };
}

function numberOf(text: string, place: string, min: number, max: number, isWhole: boolean): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!isWhole || Number.isInteger(value))) return value;
  const kind = isWhole ? 'a whole number' : 'a number';
  const most = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new Error(`${place}: found "${text}"; allowed: ${kind} ${most}`);
}
