import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import { expectedDevice, type KnownQuantity } from '../learning-plug.ts';
import type { TasmotaConfig, TasmotaDeviceConfig } from './config.ts';
import { createTasmotaMapper } from './mapper.ts';

/** A source of plugs that run Tasmota. */
export function createTasmotaSource(config: TasmotaConfig, parts: MqttSourceParts): Source {
  const devices = config.devices.map((device) =>
    expectedDevice(device, expectedQuantities(device), {
      manufacturer: 'Tasmota',
      ...addressOf(device.topic ?? device.mac),
    }),
  );
  return createMqttSource(
    config,
    devices,
    (surroundings) => createTasmotaMapper(config, devices, surroundings),
    parts,
  );
}

const addressOf = (address: string | undefined) => (address === undefined ? {} : { address });

/** What every plug with an energy chip tells; whatever else there is shows in its messages. */
function expectedQuantities({ hasPhases }: TasmotaDeviceConfig): readonly KnownQuantity[] {
  const whole: KnownQuantity[] = [{ code: 'p' }, { code: 'e_imp' }];
  const lines = (['l1', 'l2', 'l3'] as const).map((phase) => ({ code: 'p', phase }) as const);
  return hasPhases ? [...whole, ...lines] : [...whole, { code: 'v' }, { code: 'i' }];
}
