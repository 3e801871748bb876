import * as z from 'zod';
import { numberBetween } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { defineKind } from '../../kind.ts';
import { checkValues } from '../pushed/check-values.ts';
import { freshMsOf } from '../pushed/plug.ts';
import {
  FRESHNESS_FIELD,
  quantity,
  resets,
  topicFilter,
  topicLevel,
  unitText,
} from '../pushed/section-fields.ts';
import { pushedValue } from '../pushed/value-rule.ts';
import { unitOfField, valuesOfModel } from './models.ts';

const VALUE = z.strictObject({
  quantity,
  field: topicLevel.describe('Field of the packet, such as power1_W'),
  unit: unitText
    .optional()
    .describe('Unit in which it arrives; not needed where its name says it (power1_W, ct2, batt_Vrms)'),
  resets,
});

const label = allowing(
  'a number or a word, as in the packet',
  z.union([z.int().min(0), topicLevel]).transform(String),
);

const model = allowing(
  'name of the model as rtl_433 prints it, or its begin, such as Efergy-e2CT',
  z
    .string()
    .min(2)
    .max(64)
    .regex(/^[\p{L}\p{N}][^/+#\p{Cc}]+$/u),
);

/** Radio meters that rtl_433 receives. */
export const RTL433_KIND = defineKind({
  type: 'rtl433',
  doc: 'Radio meters (Efergy, CurrentCost, emonTx and others) as rtl_433 publishes them; only the listed ids are read.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    form: z
      .literal(['events', 'devices'])
      .optional()
      .describe('events (the default): a JSON document a packet; devices: a topic a field'),
    topic: topicFilter
      .optional()
      .describe('Topic of rtl_433; without it rtl_433/+/events or rtl_433/+/devices'),
  },
  deviceFields: {
    model: model.describe('Model as rtl_433 prints it; spaces, dashes and case do not matter'),
    transmitter: label.describe('`id` (or `node`) of the transmitter: neighbours have meters too'),
    channel: label.optional().describe('`channel` of the transmitter, where its packets have one'),
    nominalVoltage: numberBetween(50, 1000, 'V')
      .optional()
      .describe('Efergy: assumed voltage; publishes the apparent power `s` (never `p`)'),
    values: z
      .array(VALUE)
      .min(1)
      .optional()
      .describe('Which field is which quantity; without it what the model is known to measure'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 15,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: ({ devices }, { at }) =>
    devices.flatMap(({ fields, path, lacks }) => {
      const values = fields.values?.map((value) => withUnit(value));
      const issues = checkValues(values, [...path, 'values'], at, true);
      const isKnown = fields.model === undefined || valuesOfModel(fields.model, undefined) !== undefined;
      if (!isKnown && lacks('values'))
        issues.push(
          at(
            [...path, 'model'],
            'nothing is known of what this model measures',
            'needed: `values` beside it',
          ),
        );
      return issues;
    }),
  build: ({ id, fields, devices }, surroundings) => {
    const form = fields.form ?? 'events';
    return {
      type: 'rtl433' as const,
      id,
      broker: buildSourceBroker(fields.broker, surroundings),
      form,
      topic: fields.topic ?? `rtl_433/+/${form}`,
      devices: devices.map(({ common, fields: own }) => ({
        ...common,
        freshMs: freshMsOf(own),
        model: own.model,
        transmitter: own.transmitter,
        channel: own.channel,
        values:
          own.values?.map((value) => ({ ...pushedValue(withUnit(value)), fields: [value.field] })) ??
          valuesOfModel(own.model, own.nominalVoltage) ??
          [],
      })),
    };
  },
  create: async (config, parts) => (await import('./source.ts')).createRtl433Source(config, parts),
});

function withUnit<V extends z.output<typeof VALUE>>(value: V): V {
  return { ...value, unit: value.unit ?? unitOfField(value.field) };
}
