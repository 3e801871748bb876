import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { StatestreamConfig } from './config.ts';
import { statestreamDevices, statestreamMapper } from './mapper.ts';

/** Reads entities of Home Assistant from a broker. */
export function createStatestreamSource(config: StatestreamConfig, parts: MqttSourceParts): Source {
  return createMqttSource(config, statestreamDevices(config), statestreamMapper(config), parts);
}
