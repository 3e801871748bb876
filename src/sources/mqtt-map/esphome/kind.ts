import * as z from 'zod';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { defineKind } from '../../kind.ts';
import { checkValues } from '../pushed/check-values.ts';
import { freshMsOf } from '../pushed/plug.ts';
import {
  FRESHNESS_FIELD,
  quantity,
  resets,
  topicLevel,
  topicPath,
  unitText,
} from '../pushed/section-fields.ts';
import { pushedValue } from '../pushed/value-rule.ts';

const VALUE = z.strictObject({
  quantity,
  sensor: topicLevel.describe('`object_id` of the sensor, as in its topic'),
  unit: unitText
    .optional()
    .describe('Unit in which it arrives; without it the one that the device announces (discovery)'),
  resets,
});

const DEFAULT_DISCOVERY = 'homeassistant';

/** ESPHome devices that publish to MQTT. */
export const ESPHOME_KIND = defineKind({
  type: 'esphome',
  doc: 'Plugs and meters with ESPHome that publish each sensor on a topic of its own.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    discovery: topicPath
      .optional()
      .describe('Prefix of discovery, from which missing units are learnt; without it homeassistant'),
  },
  deviceFields: {
    prefix: topicPath.describe('`topic_prefix` of the device; its name where it sets none'),
    values: z.array(VALUE).min(1).describe('Which sensor is which quantity'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 60,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: ({ devices }, { at }) =>
    devices.flatMap(({ fields, path }) => checkValues(fields.values, [...path, 'values'], at)),
  build: ({ id, fields, devices }, surroundings) => ({
    type: 'esphome' as const,
    id,
    broker: buildSourceBroker(fields.broker, surroundings),
    discovery: fields.discovery ?? DEFAULT_DISCOVERY,
    devices: devices.map(({ common, fields: own }) => ({
      ...common,
      freshMs: freshMsOf(own),
      prefix: own.prefix,
      values: own.values.map((value) => ({ ...pushedValue(value), sensor: value.sensor })),
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createEsphomeSource(config, parts),
});
