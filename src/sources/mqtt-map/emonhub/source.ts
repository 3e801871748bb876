import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { EmonhubConfig } from './config.ts';
import { emonhubDevices, emonhubMapper } from './mapper.ts';

/** Reads nodes of emonHub from a broker. */
export function createEmonhubSource(config: EmonhubConfig, parts: MqttSourceParts): Source {
  return createMqttSource(config, emonhubDevices(config), emonhubMapper(config), parts);
}
