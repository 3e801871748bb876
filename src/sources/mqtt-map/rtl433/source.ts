import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { Rtl433Config } from './config.ts';
import { rtl433Devices, rtl433Mapper } from './mapper.ts';

/** Reads what rtl_433 publishes. */
export function createRtl433Source(config: Rtl433Config, parts: MqttSourceParts): Source {
  return createMqttSource(config, rtl433Devices(config), rtl433Mapper(config), parts);
}
