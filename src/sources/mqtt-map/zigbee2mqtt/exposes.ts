import type { Phase, QuantityCode } from '../../../domain/quantity.ts';
import { toNumber } from '../../../mapping/number-text.ts';
import { isSentinel } from '../../../mapping/sentinels.ts';
import { unitConversion } from '../../../mapping/unit-conversion.ts';
import { asObject, type JsonObject, member, numberMember, textMember } from '../payload.ts';

/*
 * What zigbee2mqtt says of a device in `exposes`: features, some with features inside.
 *
 *   {"type":"numeric","name":"power","property":"power_l1","endpoint":"l1","unit":"W","access":5}
 *
 * `property` is the key in the state; `access` adds 1 published, 2 settable, 4 can be asked for.
 */

/** One value of a device: where it stands in its state, and what it is. */
export interface ExposedValue {
  /** Key in the state JSON, last level of its own topic, and key of a request. */
  readonly property: string;
  readonly code: QuantityCode;
  readonly phase: Phase | undefined;
  /** The socket of the device to which it belongs. */
  readonly endpoint: string | undefined;
  readonly isGettable: boolean;
  readonly doubt: string | undefined;
  /** From the value in the state; undefined where that is none. */
  readonly read: (raw: unknown) => number | undefined;
}

const CODE_OF: ReadonlyMap<string, QuantityCode> = new Map<string, QuantityCode>([
  ['power', 'p'],
  ['power_reactive', 'q'],
  ['power_apparent', 's'],
  ['power_factor', 'pf'],
  ['voltage', 'v'],
  ['current', 'i'],
  ['ac_frequency', 'f'],
  ['energy', 'e_imp'],
  ['produced_energy', 'e_exp'],
  ['device_temperature', 'temp'],
  ['temperature', 'temp'],
]);
const PHASE_OF: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['a', 'l1'],
  ['b', 'l2'],
  ['c', 'l3'],
  ['neutral', 'n'],
]);
const NAME = /^(.+?)(?:_phase_([abc])|_([abc])|_(neutral)|_(l[1-9]))?$/;
const ACCESS_GET = 4;
const MAX_FEATURES = 1000;
const MAX_DEPTH = 4;
const MAX_PROPERTY_LENGTH = 128;

const PHASE_A_DOUBT =
  'on some three-phase meters this is the power of phase A alone, on others that of all phases';

/** The values that are electricity (or a relay, or the device's temperature); everything else is left out. */
export function exposedValues(exposes: unknown): readonly ExposedValue[] {
  const features: JsonObject[] = [];
  collectFeatures(exposes, 0, features);
  const values = features.flatMap(readFeature);
  const unique = new Map<string, ExposedValue>();
  for (const value of values) if (!unique.has(value.property)) unique.set(value.property, value);
  return withPhaseA([...unique.values()]);
}

function collectFeatures(list: unknown, depth: number, found: JsonObject[]): void {
  if (!Array.isArray(list) || depth > MAX_DEPTH) return;
  for (const entry of list) {
    const feature = asObject(entry);
    if (feature === undefined || found.length >= MAX_FEATURES) continue;
    found.push(feature);
    // What stands in a composite or a list is nested in the state too: settings, never measurements.
    const type = member(feature, 'type');
    if (type !== 'composite' && type !== 'list')
      collectFeatures(member(feature, 'features'), depth + 1, found);
  }
}

function readFeature(feature: JsonObject): ExposedValue[] {
  const name = textMember(feature, 'name');
  const property = member(feature, 'property');
  if (name === undefined || typeof property !== 'string') return [];
  if (property === '' || property.length > MAX_PROPERTY_LENGTH) return [];
  const common = {
    property,
    isGettable: ((numberMember(feature, 'access') ?? 0) & ACCESS_GET) !== 0,
    doubt: undefined,
  };
  const endpoint = textMember(feature, 'endpoint');
  if (member(feature, 'type') === 'binary') {
    const relay = name === 'state' ? relayReader(feature) : undefined;
    return relay === undefined ? [] : [{ ...common, code: 'relay', endpoint, phase: undefined, read: relay }];
  }
  if (member(feature, 'type') !== 'numeric') return [];
  const [, stem = name, phase = undefined, letter = undefined, neutral = undefined, line = undefined] =
    NAME.exec(name) ?? [];
  const code = CODE_OF.get(stem);
  const read = code === undefined ? undefined : numberReader(feature, code);
  if (code === undefined || read === undefined) return [];
  const mark = phase ?? letter ?? neutral;
  return [
    {
      ...common,
      code,
      endpoint: endpoint ?? line,
      phase: mark === undefined ? undefined : PHASE_OF.get(mark),
      read,
    },
  ];
}

function numberReader(feature: JsonObject, code: QuantityCode): ExposedValue['read'] | undefined {
  // A power factor has no unit, and says none.
  const convert = unitConversion(textMember(feature, 'unit') ?? '', code);
  if (convert === undefined) return undefined;
  return (raw) => {
    const number = toNumber(raw);
    return number === undefined || isSentinel(number, code) ? undefined : convert(number);
  };
}

function relayReader(feature: JsonObject): ExposedValue['read'] | undefined {
  const on = member(feature, 'value_on');
  const off = member(feature, 'value_off');
  if (on === undefined || off === undefined || on === off) return undefined;
  return (raw) => (raw === on ? 1 : raw === off ? 0 : undefined);
}

// The ZigBee cluster calls the attributes of phase A like those of a device with one phase.
function withPhaseA(values: readonly ExposedValue[]): readonly ExposedValue[] {
  const has = (code: QuantityCode, phase: Phase) =>
    values.some((value) => value.code === code && value.phase === phase);
  return values.map((value) => {
    const { code, phase, endpoint } = value;
    if (phase !== undefined || endpoint !== undefined || !has(code, 'l2') || has(code, 'l1')) return value;
    if (code === 'v' || code === 'i' || code === 'pf') return { ...value, phase: 'l1' };
    return { ...value, doubt: PHASE_A_DOUBT };
  });
}

const LINES: ReadonlyMap<string, Phase> = new Map<string, Phase>([
  ['l1', 'l1'],
  ['l2', 'l2'],
  ['l3', 'l3'],
]);
/** One mains feeds all sockets of a device. */
const SHARED: ReadonlySet<QuantityCode> = new Set<QuantityCode>(['v', 'f', 'temp']);

/** The values of one socket; without an endpoint those of the device, its sockets l1 to l3 being its lines. */
export function valuesOfEndpoint(
  values: readonly ExposedValue[],
  endpoint: string | undefined,
): readonly ExposedValue[] {
  if (endpoint === undefined) {
    const chosen = values.flatMap((value) => {
      if (value.endpoint === undefined) return [value];
      const phase = LINES.get(value.endpoint);
      return phase === undefined ? [] : [{ ...value, phase }];
    });
    return firstOfEachKey(chosen);
  }
  const own = values.filter((value) => value.endpoint === endpoint);
  const shared = values.filter((value) => value.endpoint === undefined && SHARED.has(value.code));
  return firstOfEachKey([...own, ...shared]);
}

function firstOfEachKey(values: readonly ExposedValue[]): readonly ExposedValue[] {
  const seen = new Set<string>();
  return values.filter(({ code, phase }) => {
    const key = `${code}_${phase ?? ''}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
