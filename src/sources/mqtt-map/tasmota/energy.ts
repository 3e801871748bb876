import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import type { Reading } from '../../../domain/reading.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { isSentinel } from '../../../mapping/sentinels.ts';
import { asObject, type JsonObject, member } from '../payload.ts';

/*
 * What Tasmota says of energy, in tele/<t>/SENSOR and inside StatusSNS of STATUS10 (STATUS8 in old firmware):
 *
 *   {"Time":"2026-11-22T06:15:05","ENERGY":{"Total":6.294,"Power":2635,"ApparentPower":2650,
 *    "ReactivePower":282,"Factor":0.99,"Voltage":227,"Current":11.661}}
 *
 * Units are fixed: kWh, W, VA, var, V, A, Hz. On devices with several lines or relays a member is a list.
 * Yesterday, Today, Period (Wh since the last message) and Load are told from what is taken.
 */
const MEMBERS: readonly (readonly [name: string, code: QuantityCode])[] = [
  ['Power', 'p'],
  ['ReactivePower', 'q'],
  ['ApparentPower', 's'],
  ['Factor', 'pf'],
  ['Voltage', 'v'],
  ['Current', 'i'],
  ['Frequency', 'f'],
  ['Total', 'e_imp'],
  ['ExportActive', 'e_exp'],
];

/** How lists are meant. */
export interface ListMeaning {
  readonly channel: number | undefined;
  readonly hasPhases: boolean;
}

export interface EnergyReadings {
  readonly readings: readonly Reading[];
  /** Lists that are neither lines nor relays, because nobody said what they are. */
  readonly unclear: number;
}

const LINES: readonly Phase[] = ['l1', 'l2', 'l3'];
/** What three lines have together is their sum. */
const ADDITIVE: ReadonlySet<QuantityCode> = new Set<QuantityCode>(['p', 'q', 'e_imp', 'e_exp']);
/** One mains feeds all relays of a device. */
const SHARED: ReadonlySet<QuantityCode> = new Set<QuantityCode>(['v', 'f']);

/** Readings of the member ENERGY; none where there is none. */
export function energyReadings(sensor: JsonObject | undefined, meaning: ListMeaning): EnergyReadings {
  const energy = asObject(member(sensor, 'ENERGY'));
  const readings: Reading[] = [];
  let unclear = 0;
  for (const [name, code] of MEMBERS) {
    const value = member(energy, name);
    const list = Array.isArray(value) ? value : undefined;
    if (list === undefined || (list.length === 1 && meaning.channel === undefined))
      push(readings, code, undefined, scalarOf(list?.[0] ?? value, code, meaning));
    else if (meaning.hasPhases) readings.push(...lineReadings(list, code));
    else if (meaning.channel !== undefined)
      push(readings, code, undefined, sound(list[meaning.channel - 1], code));
    else unclear++;
  }
  return { readings, unclear };
}

// A number that is not a list counts all relays together; of one relay only the mains is known then.
function scalarOf(value: unknown, code: QuantityCode, { channel }: ListMeaning): number | undefined {
  return channel === undefined || SHARED.has(code) ? sound(value, code) : undefined;
}

function lineReadings(list: readonly unknown[], code: QuantityCode): readonly Reading[] {
  const readings: Reading[] = [];
  LINES.forEach((phase, place) => {
    push(readings, code, phase, sound(list[place], code));
  });
  if (ADDITIVE.has(code) && readings.length === LINES.length)
    push(
      readings,
      code,
      undefined,
      readings.reduce((sum, { value }) => sum + value, 0),
    );
  return readings;
}

function sound(value: unknown, code: QuantityCode): number | undefined {
  const number = toNumber(value);
  return number === undefined || isSentinel(number, code) ? undefined : number;
}

function push(
  readings: Reading[],
  code: QuantityCode,
  phase: Phase | undefined,
  value: number | undefined,
): void {
  if (value !== undefined) readings.push({ code, ...(phase === undefined ? {} : { phase }), value });
}

/** 1 or 0 for the relay; `POWER` where there is one, `POWER2` for the second of several. */
export function relayReading(
  state: JsonObject | undefined,
  channel: number | undefined,
): Reading | undefined {
  const names = channel === undefined ? ['POWER'] : [`POWER${channel}`, ...(channel === 1 ? ['POWER'] : [])];
  for (const name of names) {
    const word = member(state, name);
    if (word === 'ON') return { code: 'relay', value: 1 };
    if (word === 'OFF') return { code: 'relay', value: 0 };
  }
  return undefined;
}
