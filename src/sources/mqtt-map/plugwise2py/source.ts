import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { Plugwise2pyConfig } from './config.ts';
import { plugwise2pyDevices, plugwise2pyMapper } from './mapper.ts';

/** Reads what Plugwise-2-py publishes. */
export function createPlugwise2pySource(config: Plugwise2pyConfig, parts: MqttSourceParts): Source {
  return createMqttSource(config, plugwise2pyDevices(config), plugwise2pyMapper(config), parts);
}
