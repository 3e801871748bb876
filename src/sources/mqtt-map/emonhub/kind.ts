import * as z from 'zod';
import { wholeNumber } from '../../../config/scalars.ts';
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
  topicLevel,
  topicPath,
  unitText,
} from '../pushed/section-fields.ts';
import { pushedValue } from '../pushed/value-rule.ts';
import { usualUnit, usualValues } from './usual-names.ts';

const VALUE = z.strictObject({
  quantity,
  name: topicLevel.describe('Name of the value in the node, such as power1'),
  unit: unitText
    .optional()
    .describe('Unit in which it arrives; not needed for usual names (power1 in W, Vrms in V, E1 in Wh)'),
  resets,
});

const node = allowing(
  'name or number of a node: one topic level',
  z.union([z.int().min(0).max(1023), topicLevel]).transform(String),
);

/** OpenEnergyMonitor nodes through emonHub. */
export const EMONHUB_KIND = defineKind({
  type: 'emonhub',
  doc: 'OpenEnergyMonitor nodes (emonTx, emonPi) as emonHub publishes them.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    base: topicPath.optional().describe('Base topic of emonHub; without it emon'),
    rxBase: topicPath.optional().describe('Base topic of the lists rx/<node>/values; without it emonhub'),
  },
  deviceFields: {
    node: node.describe('Name or number of the node, as in its topic'),
    circuit: wholeNumber(1, 12)
      .optional()
      .describe('Which current clamp of a usual node this device is; without it 1'),
    values: z.array(VALUE).min(1).optional().describe('Which value is which quantity, in place of `circuit`'),
    rxNames: z
      .array(topicLevel)
      .min(1)
      .max(64)
      .optional()
      .describe('Names of the places in `<rxBase>/rx/<node>/values`, for emonHubs that publish only that'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 10,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: ({ devices }, { at }) =>
    devices.flatMap(({ fields, path }) => {
      const values = fields.values?.map((value) => withUsualUnit(value));
      const issues = checkValues(values, [...path, 'values'], at, true);
      if (fields.values !== undefined && fields.circuit !== undefined)
        issues.push(at([...path, 'circuit'], '`values` stands beside it', 'allowed: one of the two'));
      return issues;
    }),
  build: ({ id, fields, devices }, surroundings) => ({
    type: 'emonhub' as const,
    id,
    broker: buildSourceBroker(fields.broker, surroundings),
    base: fields.base ?? 'emon',
    rxBase: fields.rxBase ?? 'emonhub',
    devices: devices.map(({ common, fields: own }) => ({
      ...common,
      freshMs: freshMsOf(own),
      node: own.node,
      values:
        own.values?.map((value) => ({
          ...pushedValue(withUsualUnit(value)),
          names: [value.name.toLowerCase()],
        })) ?? usualValues(own.circuit ?? 1),
      rxNames: own.rxNames?.map((name) => name.toLowerCase()),
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createEmonhubSource(config, parts),
});

function withUsualUnit<V extends z.output<typeof VALUE>>(value: V): V {
  return { ...value, unit: value.unit ?? usualUnit(value.name) };
}
