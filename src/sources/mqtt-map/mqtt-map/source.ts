import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import { expectedDevice } from '../learning-plug.ts';
import type { MappedDeviceConfig, MqttMapConfig } from './config.ts';
import { createMappedMapper } from './mapper.ts';

/** A source of devices whose values are named by hand. */
export function createMqttMapSource(config: MqttMapConfig, parts: MqttSourceParts): Source {
  const devices = config.devices.map(mappedDevice);
  return createMqttSource(
    config,
    devices,
    (surroundings) => createMappedMapper(config.devices, devices, surroundings),
    parts,
  );
}

function mappedDevice(config: MappedDeviceConfig) {
  const quantities = config.values.map(({ code, phase, resets }) => ({
    code,
    ...(phase === undefined ? {} : { phase }),
    ...(resets === undefined ? {} : { resets }),
  }));
  return expectedDevice(config, quantities, config.freshMs === undefined ? {} : { freshMs: config.freshMs });
}
