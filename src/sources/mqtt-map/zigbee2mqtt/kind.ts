import * as z from 'zod';
import { flag } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { describeValue } from '../../../lib/show-value.ts';
import { defineKind } from '../../kind.ts';
import { topicPath } from '../pushed/section-fields.ts';

const FIELDS = {
  ...SOURCE_BROKER_FIELDS,
  base: topicPath.optional().describe('`base_topic` of zigbee2mqtt; without it `zigbee2mqtt`'),
} as const;

const friendlyName = allowing(
  'the friendly name in zigbee2mqtt, or the IEEE address 0x and 16 digits; without "+" and "#"',
  z
    .string()
    .min(1)
    .max(256)
    .regex(/^[^+#\p{Cc}]+$/u),
);

const endpointName = allowing(
  'the name of an endpoint such as l1, l2, left, right',
  z.string().regex(/^[A-Za-z0-9_]{1,32}$/),
);

const DEVICE_FIELDS = {
  device: friendlyName.describe(
    'Friendly name or IEEE address; the address stays when the device is renamed',
  ),
  endpoint: endpointName.optional().describe('One socket of a device with several: its ending in `power_l1`'),
  trustCache: flag
    .optional()
    .describe('true: take every published value as fresh, also those zigbee2mqtt repeats from its memory'),
} as const;

const IEEE = /^0x[0-9a-f]{16}$/i;

/** Plugs behind zigbee2mqtt; what they measure is learnt from zigbee2mqtt itself. */
export const ZIGBEE2MQTT_KIND = defineKind({
  type: 'zigbee2mqtt',
  doc: 'Plugs and meters of zigbee2mqtt; what each measures is learnt from zigbee2mqtt, and power is asked for at the interval.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: 30,
  secretFiles: SOURCE_BROKER_SECRETS,
  check(section, { at }) {
    const seen = new Set<string>();
    return section.devices.flatMap(({ path, fields: { device, endpoint } }) => {
      if (device === undefined) return [];
      const name = JSON.stringify([device, endpoint ?? '']);
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      const problem = `${describeValue(device)} stands there twice`;
      return [at([...path, 'device'], problem, 'allowed: each once, or once for each endpoint')];
    });
  },
  build: (section, surroundings) => ({
    type: 'zigbee2mqtt' as const,
    id: section.id,
    broker: buildSourceBroker(section.fields.broker, surroundings),
    base: section.fields.base ?? 'zigbee2mqtt',
    devices: section.devices.map(({ common, fields }) => ({
      ...common,
      device: IEEE.test(fields.device) ? fields.device.toLowerCase() : fields.device,
      endpoint: fields.endpoint,
      trustCache: fields.trustCache ?? false,
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createZigbee2mqttSource(config, parts),
});
