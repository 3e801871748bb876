import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import type { Reading } from '../../../domain/reading.ts';
import { type JsonPath, valueAtPath } from '../../../mapping/json-path.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { isSentinel } from '../../../mapping/sentinels.ts';
import type { JsonObject } from '../payload.ts';

/*
 * The status of a component, whole in status/<component> and in the answer to Shelly.GetStatus, only its
 * changed members in NotifyStatus:
 *
 *   switch:0, pm1:0   {"output":true,"apower":0.8,"voltage":231.5,"current":0.014,"freq":50,
 *                      "aenergy":{"total":1.936},"ret_aenergy":{"total":0},"temperature":{"tC":42}}
 *   em:0              {"a_act_power":2403.7,"a_aprt_power":2503.5,"a_current":10.7,"a_pf":0.96,"a_voltage":233.3,
 *                      ... b_, c_ ..., "n_current":null,"total_act_power":3048.1,"total_aprt_power":3217,
 *                      "total_current":13.753}      with its counters in emdata:0
 *   em1:0             {"act_power":6769.3,"aprt_power":6823.1,"voltage":221.4,"current":30.7,"pf":0.99,"freq":50}
 *                                                   with its counters in em1data:0
 *
 * W, VA, V, A, Hz, and Wh for counters. The power factor may be negative while power flows in: only the sign of
 * the power tells the direction.
 */
interface Row {
  readonly path: JsonPath;
  readonly code: QuantityCode;
  readonly phase?: Phase;
}

const PLUG_ROWS: readonly Row[] = [
  { path: ['apower'], code: 'p' },
  { path: ['aprtpower'], code: 's' },
  { path: ['voltage'], code: 'v' },
  { path: ['current'], code: 'i' },
  { path: ['pf'], code: 'pf' },
  { path: ['freq'], code: 'f' },
  { path: ['aenergy', 'total'], code: 'e_imp' },
  { path: ['ret_aenergy', 'total'], code: 'e_exp' },
  { path: ['temperature', 'tC'], code: 'temp' },
  { path: ['output'], code: 'relay' },
];

const EM1_ROWS: readonly Row[] = [
  { path: ['act_power'], code: 'p' },
  { path: ['aprt_power'], code: 's' },
  { path: ['voltage'], code: 'v' },
  { path: ['current'], code: 'i' },
  { path: ['pf'], code: 'pf' },
  { path: ['freq'], code: 'f' },
];

const EM1DATA_ROWS: readonly Row[] = [
  { path: ['total_act_energy'], code: 'e_imp' },
  { path: ['total_act_ret_energy'], code: 'e_exp' },
];

const LINES: readonly (readonly [letter: string, phase: Phase])[] = [
  ['a', 'l1'],
  ['b', 'l2'],
  ['c', 'l3'],
];

const EM_ROWS: readonly Row[] = [
  { path: ['total_act_power'], code: 'p' },
  { path: ['total_aprt_power'], code: 's' },
  { path: ['total_current'], code: 'i', phase: 'sum' },
  { path: ['n_current'], code: 'i', phase: 'n' },
  ...LINES.flatMap(([letter, phase]) =>
    EM1_ROWS.map(({ path, code }) => ({ path: [`${letter}_${path[0]}`], code, phase })),
  ),
];

const EMDATA_ROWS: readonly Row[] = [
  { path: ['total_act'], code: 'e_imp' },
  { path: ['total_act_ret'], code: 'e_exp' },
  ...LINES.flatMap(([letter, phase]) =>
    EM1DATA_ROWS.map(({ path, code }) => ({ path: [`${letter}_${path[0]}`], code, phase })),
  ),
];

/** The components that belong to one device, each with what it tells. */
export function partsOf(component: string): ReadonlyMap<string, readonly Row[]> {
  const [kind, number] = component.split(':');
  if (kind === 'em')
    return new Map([
      [component, EM_ROWS],
      [`emdata:${number}`, EMDATA_ROWS],
    ]);
  if (kind === 'em1')
    return new Map([
      [component, EM1_ROWS],
      [`em1data:${number}`, EM1DATA_ROWS],
    ]);
  return new Map([[component, PLUG_ROWS]]);
}

/** What stands in the status of a component, or in a part of it. */
export function componentReadings(rows: readonly Row[], status: JsonObject | undefined): readonly Reading[] {
  return rows.flatMap(({ path, code, phase }) => {
    const value = readValue(code, valueAtPath(status, path));
    return value === undefined ? [] : [{ code, ...(phase === undefined ? {} : { phase }), value }];
  });
}

function readValue(code: QuantityCode, raw: unknown): number | undefined {
  if (code === 'relay') return raw === true ? 1 : raw === false ? 0 : undefined;
  const number = toNumber(raw);
  if (number === undefined || isSentinel(number, code)) return undefined;
  if (code === 'pf') return Math.max(-1, Math.min(1, number));
  return code === 'e_imp' || code === 'e_exp' ? number / 1000 : number;
}
