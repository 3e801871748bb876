import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { HaDiscoveryConfig } from './config.ts';
import { haDiscoveryDevices, haDiscoveryMapper } from './mapper.ts';

/** Reads devices that announce themselves by Home Assistant discovery. */
export function createHaDiscoverySource(config: HaDiscoveryConfig, parts: MqttSourceParts): Source {
  return createMqttSource(config, haDiscoveryDevices(config), haDiscoveryMapper(config), parts);
}
