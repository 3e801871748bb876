import type { DerivedDevice } from '../domain/derived.ts';
import { type Device, type DeviceQuantity, freshnessMs } from '../domain/device.ts';
import type { QuantityCode } from '../domain/quantity.ts';

/** The quantities that can be added up over devices; each for the whole device only. */
const ADDABLE = ['p', 'q'] as const satisfies readonly QuantityCode[];

/**
 * What subscribers are told of a derived device, from the devices that it is computed from. Throws a
 * RangeError for a term or a reference that is none of them; the configuration has been checked before.
 */
function describeDerived(rule: DerivedDevice, devices: ReadonlyMap<string, Device>): Device {
  const known = (id: string): Device => {
    const device = devices.get(id);
    if (device === undefined) throw new RangeError(`${rule.id} is derived from ${id}, which is no device`);
    return device;
  };
  const reference = known(rule.reference);
  const terms = rule.terms.map(({ deviceId }) => known(deviceId));
  if (!terms.includes(reference))
    throw new RangeError(`${rule.id} has the reference ${reference.id}, which is none of its terms`);
  const others = terms.filter((term) => term !== reference);
  return {
    id: rule.id,
    name: rule.name,
    intervalMs: reference.intervalMs,
    // A reading comes when the slowest of the others has its next sample, which may take its whole freshness.
    freshMs: freshnessMs(reference) + Math.max(0, ...others.map(freshnessMs)),
    lines: reference.lines,
    rating: {},
    quantities: ADDABLE.filter((code) => code === 'p' || terms.every((term) => hasWhole(term, code))).map(
      (code): DeviceQuantity => ({ code, intervalMs: intervalOf(reference, code), origin: 'derived' }),
    ),
  };
}

/** Whether the device measures the quantity as a whole, not only line by line. */
function hasWhole(device: Device, code: QuantityCode): boolean {
  return device.quantities.some((quantity) => quantity.code === code && quantity.phase === undefined);
}

function intervalOf(device: Device, code: QuantityCode): number {
  const own = device.quantities.find((quantity) => quantity.code === code && quantity.phase === undefined);
  return own?.intervalMs ?? device.intervalMs;
}

/**
 * The derived devices, each from the others, by id and in an order in which each comes behind its terms.
 * Throws a RangeError where they go round in a circle.
 */
export function describeAllDerived(
  rules: readonly DerivedDevice[],
  devices: readonly Device[],
): ReadonlyMap<string, Device> {
  const known = new Map(devices.map((device) => [device.id, device]));
  const described = new Map<string, Device>();
  let waiting = rules;
  while (waiting.length > 0) {
    const ids = new Set(waiting.map(({ id }) => id));
    const isReady = (rule: DerivedDevice) => !rule.terms.some(({ deviceId }) => ids.has(deviceId));
    const ready = waiting.filter(isReady);
    if (ready.length === 0)
      throw new RangeError(`these devices are derived from each other: ${[...ids].join(', ')}`);
    for (const rule of ready) {
      const device = describeDerived(rule, known);
      known.set(device.id, device);
      described.set(device.id, device);
    }
    waiting = waiting.filter((rule) => !ready.includes(rule));
  }
  return described;
}
