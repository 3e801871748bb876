import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import { expectedDevice } from '../learning-plug.ts';
import type { Zigbee2mqttConfig } from './config.ts';
import { createZigbeeMapper } from './mapper.ts';

/** A source of plugs behind zigbee2mqtt. */
export function createZigbee2mqttSource(config: Zigbee2mqttConfig, parts: MqttSourceParts): Source {
  // Until zigbee2mqtt has told more, a plug is something that measures power.
  const devices = config.devices.map((device) =>
    expectedDevice(device, [{ code: 'p' }], { address: device.device }),
  );
  return createMqttSource(
    config,
    devices,
    (surroundings) => createZigbeeMapper(config, devices, surroundings),
    parts,
  );
}
