import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import { expectedDevice, type KnownQuantity } from '../learning-plug.ts';
import type { ShellyGen1Config, ShellyGen1DeviceConfig } from './config.ts';
import { createShellyGen1Mapper } from './mapper.ts';

/** A source of Shelly devices of the first generation. */
export function createShellyGen1Source(config: ShellyGen1Config, parts: MqttSourceParts): Source {
  const devices = config.devices.map((device) =>
    expectedDevice(device, expectedQuantities(device), { manufacturer: 'Shelly', address: device.device }),
  );
  return createMqttSource(
    config,
    devices,
    (surroundings) => createShellyGen1Mapper(config, devices, surroundings),
    parts,
  );
}

/** What is certain; whatever else there is shows in its messages. */
function expectedQuantities({ component, hasPhases }: ShellyGen1DeviceConfig): readonly KnownQuantity[] {
  if (hasPhases) {
    const lines = (['l1', 'l2', 'l3'] as const).map((phase) => ({ code: 'p', phase }) as const);
    return [{ code: 'p' }, ...lines];
  }
  const isClamp = component === 'emeter';
  if (component === undefined || isClamp)
    return isClamp ? [{ code: 'p' }, { code: 'e_imp' }] : [{ code: 'p' }];
  return [{ code: 'p' }, { code: 'e_imp', resets: 'at-boot' }];
}
