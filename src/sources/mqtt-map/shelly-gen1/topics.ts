import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';
import type { ShellyGen1DeviceConfig } from './config.ts';

/*
 * Topics of the first generation, each with one number or word:
 *
 *   shellies/<id>/relay/0            on | off | overpower
 *   shellies/<id>/relay/0/power      W
 *   shellies/<id>/relay/0/energy     watt-minutes, from 0 at each start of the device
 *   shellies/<id>/emeter/0/...       power W, reactive_power var, voltage V, current A, pf,
 *                                    total and total_returned Wh (kept), energy again watt-minutes
 *   shellies/<id>/temperature        degrees Celsius
 *   shellies/<id>/online             true | false, retained
 */

/** What a number at one topic is. */
export interface TopicValue {
  readonly code: QuantityCode;
  readonly phase: Phase | undefined;
  readonly convert: (value: number) => number;
  readonly resets: 'at-boot' | undefined;
}

type Row = readonly [name: string, code: QuantityCode, unit: string, resets?: 'at-boot'];

const METERED: readonly Row[] = [
  ['power', 'p', 'W'],
  ['energy', 'e_imp', 'Wmin', 'at-boot'],
];
const CLAMPED: readonly Row[] = [
  ['power', 'p', 'W'],
  ['reactive_power', 'q', 'var'],
  ['voltage', 'v', 'V'],
  ['current', 'i', 'A'],
  ['pf', 'pf', ''],
  ['total', 'e_imp', 'Wh'],
  ['total_returned', 'e_exp', 'Wh'],
];
const WHOLE: readonly Row[] = [
  ['temperature', 'temp', '°C'],
  ['voltage', 'v', 'V'],
];
const METERED_PARTS = ['relay', 'meter', 'roller', 'light'] as const;
const LINES: readonly Phase[] = ['l1', 'l2', 'l3'];

/** The topics of a device's numbers, behind `shellies/<id>/`. */
export function valueTopics(config: ShellyGen1DeviceConfig): ReadonlyMap<string, TopicValue> {
  const topics = new Map<string, TopicValue>();
  const add = (begin: string, rows: readonly Row[], phase?: Phase) => {
    for (const [name, code, unit, resets] of rows)
      topics.set(`${begin}${name}`, valueOfRow(code, unit, phase, resets));
  };
  const { component, channel, hasPhases } = config;
  // The clamps measure the voltage themselves; only the temperature is the whole device's then.
  add('', component === 'emeter' || hasPhases ? WHOLE.slice(0, 1) : WHOLE);
  if (hasPhases) {
    LINES.forEach((phase, line) => {
      add(`emeter/${line}/`, CLAMPED, phase);
    });
    return topics;
  }
  if (component === undefined || component === 'emeter') add(`emeter/${channel}/`, CLAMPED);
  for (const part of METERED_PARTS)
    if (component === undefined || component === part) add(`${part}/${channel}/`, METERED);
  return topics;
}

function valueOfRow(
  code: QuantityCode,
  unit: string,
  phase: Phase | undefined,
  resets: 'at-boot' | undefined,
): TopicValue {
  const convert = unitConversion(unit, code);
  if (convert === undefined) throw new RangeError(`${code} is not measured in ${unit}`);
  const clamped = code === 'pf' ? (value: number) => Math.max(-1, Math.min(1, convert(value))) : convert;
  return { code, phase, resets, convert: clamped };
}

/** The topic of the relay, behind `shellies/<id>/`; undefined where the device is no relay. */
export function relayTopic({ component, channel, hasPhases }: ShellyGen1DeviceConfig): string | undefined {
  return hasPhases || (component !== undefined && component !== 'relay') ? undefined : `relay/${channel}`;
}
