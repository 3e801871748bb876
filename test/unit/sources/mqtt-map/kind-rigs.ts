import { silentLogger } from '../../../../src/lib/logger.ts';
import type { MqttMapConfig } from '../../../../src/sources/mqtt-map/mqtt-map/config.ts';
import { MQTT_MAP_KIND } from '../../../../src/sources/mqtt-map/mqtt-map/kind.ts';
import { createMappedMapper } from '../../../../src/sources/mqtt-map/mqtt-map/mapper.ts';
import { createMqttMapSource } from '../../../../src/sources/mqtt-map/mqtt-map/source.ts';
import type { ShellyGen1Config } from '../../../../src/sources/mqtt-map/shelly-gen1/config.ts';
import { SHELLY_GEN1_KIND } from '../../../../src/sources/mqtt-map/shelly-gen1/kind.ts';
import { createShellyGen1Mapper } from '../../../../src/sources/mqtt-map/shelly-gen1/mapper.ts';
import { createShellyGen1Source } from '../../../../src/sources/mqtt-map/shelly-gen1/source.ts';
import type { ShellyGen2Config } from '../../../../src/sources/mqtt-map/shelly-gen2/config.ts';
import { SHELLY_GEN2_KIND } from '../../../../src/sources/mqtt-map/shelly-gen2/kind.ts';
import { createShellyGen2Mapper } from '../../../../src/sources/mqtt-map/shelly-gen2/mapper.ts';
import { createShellyGen2Source } from '../../../../src/sources/mqtt-map/shelly-gen2/source.ts';
import type { TasmotaConfig } from '../../../../src/sources/mqtt-map/tasmota/config.ts';
import { TASMOTA_KIND } from '../../../../src/sources/mqtt-map/tasmota/kind.ts';
import { createTasmotaMapper } from '../../../../src/sources/mqtt-map/tasmota/mapper.ts';
import { createTasmotaSource } from '../../../../src/sources/mqtt-map/tasmota/source.ts';
import type { Zigbee2mqttConfig } from '../../../../src/sources/mqtt-map/zigbee2mqtt/config.ts';
import { ZIGBEE2MQTT_KIND } from '../../../../src/sources/mqtt-map/zigbee2mqtt/kind.ts';
import { createZigbeeMapper } from '../../../../src/sources/mqtt-map/zigbee2mqtt/mapper.ts';
import { createZigbee2mqttSource } from '../../../../src/sources/mqtt-map/zigbee2mqtt/source.ts';
import { createManualClock } from '../../../support/manual-clock.ts';
import { buildSection, type DeviceEntry, type MapperRig, runMapper } from './mapper-rig.ts';

export interface RigOptions {
  readonly fields?: Record<string, unknown>;
  readonly startAt?: number;
}

// Only the devices are taken from the source; the messages come by hand.
const PARTS = {
  clock: createManualClock(),
  logger: silentLogger,
  ownBroker: () => Promise.resolve(undefined),
};

export function zigbeeRig(devices: readonly DeviceEntry[], options: RigOptions = {}): MapperRig {
  const config = buildSection<Zigbee2mqttConfig>(ZIGBEE2MQTT_KIND, options.fields ?? {}, devices);
  const expected = createZigbee2mqttSource(config, PARTS).devices;
  return runMapper((surroundings) => createZigbeeMapper(config, expected, surroundings), options);
}

export function tasmotaRig(devices: readonly DeviceEntry[], options: RigOptions = {}): MapperRig {
  const config = buildSection<TasmotaConfig>(TASMOTA_KIND, options.fields ?? {}, devices);
  const expected = createTasmotaSource(config, PARTS).devices;
  return runMapper((surroundings) => createTasmotaMapper(config, expected, surroundings), options);
}

export function shellyGen1Rig(devices: readonly DeviceEntry[], options: RigOptions = {}): MapperRig {
  const config = buildSection<ShellyGen1Config>(SHELLY_GEN1_KIND, options.fields ?? {}, devices);
  const expected = createShellyGen1Source(config, PARTS).devices;
  return runMapper((surroundings) => createShellyGen1Mapper(config, expected, surroundings), options);
}

export function shellyGen2Rig(devices: readonly DeviceEntry[], options: RigOptions = {}): MapperRig {
  const config = buildSection<ShellyGen2Config>(SHELLY_GEN2_KIND, options.fields ?? {}, devices);
  const expected = createShellyGen2Source(config, PARTS).devices;
  return runMapper((surroundings) => createShellyGen2Mapper(config, expected, surroundings), options);
}

export function mappedRig(devices: readonly DeviceEntry[], options: RigOptions = {}): MapperRig {
  const config = buildSection<MqttMapConfig>(MQTT_MAP_KIND, options.fields ?? {}, devices);
  const expected = createMqttMapSource(config, PARTS).devices;
  return runMapper((surroundings) => createMappedMapper(config.devices, expected, surroundings), options);
}
