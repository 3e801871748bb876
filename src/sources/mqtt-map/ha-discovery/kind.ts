import * as z from 'zod';
import { checkReadingKeys, parseReadingKey } from '../../../config/reading-keys.ts';
import { shortText } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { defineKind } from '../../kind.ts';
import { freshMsOf } from '../pushed/plug.ts';
import { FRESHNESS_FIELD, quantity, resets, topicPath } from '../pushed/section-fields.ts';

const SENSOR = z.strictObject({
  sensor: shortText.describe('Unique id, object id or name of the sensor'),
  quantity: quantity.optional().describe('What it is here; without it what its unit says'),
  resets,
});

/** Any device that announces itself as Home Assistant wants it. */
export const HA_DISCOVERY_KIND = defineKind({
  type: 'ha-discovery',
  doc: 'Any device that announces its sensors by Home Assistant MQTT discovery.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    prefix: topicPath.optional().describe('Prefix of discovery; without it homeassistant'),
  },
  deviceFields: {
    device: shortText.describe('Identifier, name, or begin of the unique ids of the device'),
    sensors: z
      .array(SENSOR)
      .min(1)
      .optional()
      .describe('Which sensors to read; without it each whose unit is known, one a quantity'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 60,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: ({ devices }, { at }) =>
    devices.flatMap(({ fields, path }) =>
      (fields.sensors ?? []).flatMap(({ quantity: key }, index) =>
        key === undefined
          ? []
          : checkReadingKeys([{ key, path: [...path, 'sensors', index, 'quantity'] }], at),
      ),
    ),
  build: ({ id, fields, devices }, surroundings) => ({
    type: 'ha-discovery' as const,
    id,
    broker: buildSourceBroker(fields.broker, surroundings),
    prefix: fields.prefix ?? 'homeassistant',
    devices: devices.map(({ common, fields: own }) => ({
      ...common,
      freshMs: freshMsOf(own),
      device: own.device,
      sensors: own.sensors?.map((each) => ({
        sensor: each.sensor,
        key: each.quantity === undefined ? undefined : parseReadingKey(each.quantity),
        resets: each.resets,
      })),
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createHaDiscoverySource(config, parts),
});
