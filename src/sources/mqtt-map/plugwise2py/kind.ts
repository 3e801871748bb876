import * as z from 'zod';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { defineKind } from '../../kind.ts';
import { freshMsOf } from '../pushed/plug.ts';
import { FRESHNESS_FIELD, topicPath } from '../pushed/section-fields.ts';

const mac = allowing(
  'the 16 characters of a MAC in quotes, such as "000D6F0001A1B2C3"',
  z
    .string()
    .regex(/^[0-9A-Fa-f]{16}$/)
    .transform((text) => text.toUpperCase()),
);

/** Plugwise Circles of people who already run Plugwise-2-py. */
export const PLUGWISE2PY_KIND = defineKind({
  type: 'plugwise2py',
  doc: 'Plugwise Circles as the program Plugwise-2-py publishes them.',
  fields: {
    ...SOURCE_BROKER_FIELDS,
    base: topicPath.optional().describe('Base of its topics; without it plugwise2py/state'),
  },
  deviceFields: {
    mac: mac.describe('MAC of the Circle'),
    ...FRESHNESS_FIELD,
  },
  defaultIntervalS: 10,
  secretFiles: SOURCE_BROKER_SECRETS,
  build: ({ id, fields, devices }, surroundings) => ({
    type: 'plugwise2py' as const,
    id,
    broker: buildSourceBroker(fields.broker, surroundings),
    base: fields.base ?? 'plugwise2py/state',
    devices: devices.map(({ common, fields: own }) => ({
      ...common,
      freshMs: freshMsOf(own),
      // A Circle switches 16 A.
      rating: { fuseA: 16, maxW: 3680, ...common.rating },
      mac: own.mac,
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createPlugwise2pySource(config, parts),
});
