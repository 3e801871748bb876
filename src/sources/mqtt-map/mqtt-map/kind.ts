import * as z from 'zod';
import { numberBetween, seconds, shortText } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { defineKind } from '../../kind.ts';
import { FRESHNESS_FIELD, quantity, resets, unitText } from '../pushed/section-fields.ts';
import { buildMappedDevice } from './build-device.ts';
import { checkMappedSection } from './check-section.ts';

const path = shortText.optional();

const wholeTopic = allowing(
  'a whole topic (1000 characters at most) without "+" and "#"',
  z
    .string()
    .min(1)
    .max(1000)
    .regex(/^[^+#\p{Cc}]+$/u),
);

const VALUE = z.strictObject({
  topic: wholeTopic.describe('Topic of the value'),
  path: path.describe('Where the number stands in a JSON payload; without it the payload is the number'),
  quantity,
  unit: unitText.optional().describe('Unit in which it arrives; without it that of the quantity'),
  scale: numberBetween(-1e9, 1e9, 'no unit').optional().describe('Factor to multiply it with; without it 1'),
  offset: numberBetween(-1e9, 1e9, 'the unit it arrives in').optional().describe('Added after `scale`'),
  resets,
});

const AVAILABILITY = z.strictObject({
  topic: wholeTopic.describe('Topic at which the device, or its program, says that it is there'),
  path: path.describe('Where the word stands in a JSON payload; without it the payload is the word'),
  online: shortText.optional().describe('Word for "there"; without it `online`'),
  offline: shortText.optional().describe('Word for "gone"; without it `offline`'),
});

const DEVICE_FIELDS = {
  values: z.array(VALUE).min(1).max(200).describe('What it measures, and where each value is published'),
  time: z
    .strictObject({ path: shortText.describe('Where it stands in the JSON payload') })
    .optional()
    .describe('Time of the measurement: Unix seconds, milliseconds, or ISO 8601 with its zone'),
  availability: AVAILABILITY.optional().describe('Where it says whether it is there'),
  ...FRESHNESS_FIELD,
  gather: seconds(0, 60)
    .optional()
    .describe('Seconds for which values of one moment are waited for; without it 0.2 for several topics'),
  retained: z
    .literal(['ignore', 'timed'])
    .optional()
    .describe('timed: take retained messages that hold their own, recent time; without it none'),
} as const;

/** Any device that publishes numbers or JSON: each value is named by hand. */
export const MQTT_MAP_KIND = defineKind({
  type: 'mqtt-map',
  doc: 'Any device that publishes numbers or JSON over MQTT; each value is named with its topic, path and unit.',
  fields: SOURCE_BROKER_FIELDS,
  deviceFields: DEVICE_FIELDS,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: checkMappedSection,
  build: (section, surroundings) => ({
    type: 'mqtt-map' as const,
    id: section.id,
    broker: buildSourceBroker(section.fields.broker, surroundings),
    devices: section.devices.map(({ common, fields }) => buildMappedDevice(common, fields)),
  }),
  create: async (config, parts) => (await import('./source.ts')).createMqttMapSource(config, parts),
});
