import * as z from 'zod';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { defineKind } from '../../kind.ts';
import { checkValues } from '../pushed/check-values.ts';
import { freshMsOf } from '../pushed/plug.ts';
import { FRESHNESS_FIELD, quantity, resets, topicPath, unitText } from '../pushed/section-fields.ts';
import { pushedValue } from '../pushed/value-rule.ts';

const entity = allowing(
  'the id of an entity, such as sensor.fridge_power',
  z
    .string()
    .max(255)
    .regex(/^[a-z0-9_]+\.[a-z0-9_]+$/),
);

const VALUE = z.strictObject({
  quantity,
  entity: entity.describe('Entity of Home Assistant'),
  unit: unitText
    .optional()
    .describe('Unit of its state; without it the attribute unit_of_measurement (`publish_attributes: true`)'),
  resets,
});

/** What Home Assistant publishes of its states: the way to ZHA, Matter and cloud plugs. */
export const STATESTREAM_KIND = defineKind({
  type: 'statestream',
  doc: 'Entities of Home Assistant (ZHA, Matter, cloud plugs) as its integration mqtt_statestream publishes them.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    base: topicPath.describe('`base_topic` of mqtt_statestream'),
  },
  deviceFields: {
    values: z.array(VALUE).min(1).describe('Which entity is which quantity'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 60,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: ({ devices }, { at }) =>
    devices.flatMap(({ fields, path }) => checkValues(fields.values, [...path, 'values'], at)),
  build: ({ id, fields, devices }, surroundings) => ({
    type: 'statestream' as const,
    id,
    broker: buildSourceBroker(fields.broker, surroundings),
    base: fields.base,
    devices: devices.map(({ common, fields: own }) => ({
      ...common,
      freshMs: freshMsOf(own),
      values: own.values.map((value) => ({ ...pushedValue(value), entity: value.entity })),
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createStatestreamSource(config, parts),
});
