import { readFileSync } from 'node:fs';

/** A message that was seen in the field, and what it means. */
export interface PlugVector {
  readonly id: string;
  readonly source: string;
  readonly topic: string;
  readonly payload: unknown;
  readonly decoded: Readonly<Record<string, { readonly value: unknown; readonly unit: string | null }>>;
}

interface Fixture {
  readonly vectors: readonly PlugVector[];
  readonly bridgeDevices: readonly Record<string, unknown>[];
}

const FIXTURE = JSON.parse(
  readFileSync(new URL('../../../fixtures/plugs/mqtt-a.json', import.meta.url), 'utf8'),
) as Fixture; // the file is part of this repository

export const BRIDGE_DEVICES = FIXTURE.bridgeDevices;

export function vectorsOf(source: string): readonly PlugVector[] {
  return FIXTURE.vectors.filter((vector) => vector.source === source);
}

export function vector(id: string): PlugVector {
  const found = FIXTURE.vectors.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no vector ${id}`);
  return found;
}

const CODES: ReadonlyMap<string, string> = new Map([
  ['e', 'e_imp'],
  ['e_ret', 'e_exp'],
  ['temperature', 'temp'],
]);
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['a', 'l1'],
  ['b', 'l2'],
  ['c', 'l3'],
]);
/** Of these the vector speaks, but they are no readings. */
const NO_READINGS = ['t', 'last_seen', 'online', 's_from_v_i'];

/** The decoded values with the names of this program; `on` and `off` as 1 and 0; null is left out. */
export function expectedValues(each: PlugVector): Record<string, number> {
  const entries = Object.entries(each.decoded).flatMap(([name, { value }]) => {
    if (NO_READINGS.includes(name) || value === null) return [];
    const number = value === 'on' ? 1 : value === 'off' ? 0 : value;
    return typeof number === 'number' ? [[keyOf(name), number] as const] : [];
  });
  return Object.fromEntries(entries);
}

/** Watt-hours through 1000 have more digits than they are printed with. */
export function rounded(sample: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(sample).map(([key, value]) => [key, Number(value.toFixed(9))]));
}

/** Quantities of which the vector says that there is no reading. */
export function absentKeys(each: PlugVector): string[] {
  return Object.entries(each.decoded).flatMap(([name, { value }]) => (value === null ? [keyOf(name)] : []));
}

function keyOf(name: string): string {
  const [stem = name, letter] = name.split('_');
  const code = CODES.get(name) ?? CODES.get(stem) ?? stem;
  if (CODES.has(name) || letter === undefined) return code;
  return `${code}_${LETTERS.get(letter) ?? letter}`;
}
