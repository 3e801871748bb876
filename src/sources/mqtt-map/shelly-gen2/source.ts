import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import { expectedDevice, type KnownQuantity } from '../learning-plug.ts';
import type { ShellyGen2Config } from './config.ts';
import { createShellyGen2Mapper } from './mapper.ts';

/** A source of Shelly devices of the second and later generations. */
export function createShellyGen2Source(config: ShellyGen2Config, parts: MqttSourceParts): Source {
  const devices = config.devices.map((device) =>
    expectedDevice(device, expectedQuantities(device.component), {
      manufacturer: 'Shelly',
      address: device.prefix,
    }),
  );
  return createMqttSource(
    config,
    devices,
    (surroundings) => createShellyGen2Mapper(config, devices, surroundings),
    parts,
  );
}

/** What is certain of a component; whatever else there is shows in its messages. */
function expectedQuantities(component: string): readonly KnownQuantity[] {
  const whole: KnownQuantity[] = [{ code: 'p' }, { code: 'e_imp' }];
  if (!component.startsWith('em:')) return [...whole, { code: 'v' }, { code: 'i' }];
  const lines = (['l1', 'l2', 'l3'] as const).flatMap((phase) =>
    (['p', 'v', 'i'] as const).map((code) => ({ code, phase })),
  );
  return [...whole, ...lines];
}
