import { parseJson } from '../../../mapping/json-text.ts';
import { asObject, type JsonObject, member, objectMember, textMember } from '../payload.ts';
import { type ExposedValue, exposedValues } from './exposes.ts';

const MAX_BYTES = 8 * 1024 * 1024;
const MAX_NAME_LENGTH = 1024;

/** One device as zigbee2mqtt lists it. */
export interface BridgeDevice {
  readonly ieee: string;
  readonly name: string;
  readonly vendor: string | undefined;
  readonly model: string | undefined;
  /** Empty for a device that zigbee2mqtt does not support. */
  readonly values: readonly ExposedValue[];
}

/** The list of `<base>/bridge/devices`; a device is taken apart only when it is asked for. */
export interface BridgeDevices {
  byName(name: string): BridgeDevice | undefined;
  byIeee(ieee: string): BridgeDevice | undefined;
}

/** Undefined where the payload is no list. Never throws; entries that are no devices are skipped. */
export function readBridgeDevices(payload: Buffer): BridgeDevices | undefined {
  const list = parseJson(payload, MAX_BYTES);
  if (!Array.isArray(list)) return undefined;
  const names = new Map<string, JsonObject>();
  const addresses = new Map<string, JsonObject>();
  for (const entry of list) {
    const device = asObject(entry);
    const name = member(device, 'friendly_name');
    const ieee = member(device, 'ieee_address');
    if (device === undefined || typeof name !== 'string' || typeof ieee !== 'string') continue;
    if (name === '' || name.length > MAX_NAME_LENGTH || !/^0x[0-9a-f]{16}$/i.test(ieee)) continue;
    names.set(name, device);
    addresses.set(ieee.toLowerCase(), device);
  }
  return {
    byName: (name) => describe(names.get(name)),
    byIeee: (ieee) => describe(addresses.get(ieee)),
  };
}

function describe(device: JsonObject | undefined): BridgeDevice | undefined {
  if (device === undefined) return undefined;
  const definition = objectMember(device, 'definition');
  return {
    ieee: String(member(device, 'ieee_address')).toLowerCase(),
    name: String(member(device, 'friendly_name')),
    vendor: textMember(definition, 'vendor'),
    model: textMember(definition, 'model'),
    values: exposedValues(member(definition, 'exposes')),
  };
}
