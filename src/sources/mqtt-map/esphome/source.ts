import type { Source } from '../../../domain/source.ts';
import { createMqttSource, type MqttSourceParts } from '../engine.ts';
import type { EsphomeConfig } from './config.ts';
import { esphomeDevices, esphomeMapper } from './mapper.ts';

/** Reads ESPHome devices from a broker. */
export function createEsphomeSource(config: EsphomeConfig, parts: MqttSourceParts): Source {
  return createMqttSource(config, esphomeDevices(config), esphomeMapper(config), parts);
}
