import type { SourceConfig } from '../config/types.ts';
import type { Source } from '../domain/source.ts';
import { HTTP_POLL_KIND } from './http-poll/kind.ts';
import { TED5000_KIND, TED6000_KIND } from './http-poll/ted-kinds.ts';
import type { SourceKind, SourceParts } from './kind.ts';
import { MODBUS_METER_KIND } from './modbus-meter/kind.ts';
import { EMONHUB_KIND } from './mqtt-map/emonhub/kind.ts';
import { ESPHOME_KIND } from './mqtt-map/esphome/kind.ts';
import { HA_DISCOVERY_KIND } from './mqtt-map/ha-discovery/kind.ts';
import { MQTT_MAP_KIND } from './mqtt-map/mqtt-map/kind.ts';
import { PLUGWISE2PY_KIND } from './mqtt-map/plugwise2py/kind.ts';
import { RTL433_KIND } from './mqtt-map/rtl433/kind.ts';
import { SHELLY_GEN1_KIND } from './mqtt-map/shelly-gen1/kind.ts';
import { SHELLY_GEN2_KIND } from './mqtt-map/shelly-gen2/kind.ts';
import { STATESTREAM_KIND } from './mqtt-map/statestream/kind.ts';
import { TASMOTA_KIND } from './mqtt-map/tasmota/kind.ts';
import { ZIGBEE2MQTT_KIND } from './mqtt-map/zigbee2mqtt/kind.ts';
import { PLUGWISE_KIND } from './plugwise/kind.ts';
import { CURRENTCOST_KIND } from './serial-lines/currentcost-kind.ts';
import { ECOMANAGER_KIND } from './serial-lines/ecomanager-kind.ts';
import { EMONTX_KIND } from './serial-lines/emontx-kind.ts';
import { XBEE_KIND } from './serial-lines/xbee-kind.ts';
import { WAVEFORM_KIND } from './waveform/kind.ts';

/** All kinds of sources: a new one is a folder and a line here. */
export const SOURCE_KINDS: readonly SourceKind[] = [
  MODBUS_METER_KIND,
  PLUGWISE_KIND,
  ZIGBEE2MQTT_KIND,
  TASMOTA_KIND,
  SHELLY_GEN1_KIND,
  SHELLY_GEN2_KIND,
  ESPHOME_KIND,
  HA_DISCOVERY_KIND,
  STATESTREAM_KIND,
  EMONHUB_KIND,
  RTL433_KIND,
  PLUGWISE2PY_KIND,
  MQTT_MAP_KIND,
  CURRENTCOST_KIND,
  ECOMANAGER_KIND,
  EMONTX_KIND,
  XBEE_KIND,
  HTTP_POLL_KIND,
  TED5000_KIND,
  TED6000_KIND,
  WAVEFORM_KIND,
];

/** Makes the sources of a configuration; opens nothing. Throws a RangeError for what cannot be. */
export function createSources(configs: readonly SourceConfig[], parts: SourceParts): Promise<Source[]> {
  return Promise.all(
    configs.map(async (config) => {
      const kind = SOURCE_KINDS.find(({ type }) => type === config.type);
      if (kind === undefined) throw new RangeError(`no kind of source "${config.type}"`);
      return kind.create(config, parts);
    }),
  );
}
