import * as z from 'zod';
import { flag, shortText, wholeNumber } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { defineKind } from '../../kind.ts';
import { topicPath } from '../pushed/section-fields.ts';
import { checkTasmotaSection } from './check-section.ts';

const fullTopic = allowing(
  'the FullTopic of Tasmota, with %prefix% and %topic%, such as %prefix%/%topic%/',
  z
    .string()
    .max(256)
    .regex(/^[^+#\p{Cc}]*%prefix%[^+#\p{Cc}]*$/u),
);

const mac = allowing(
  'twelve hexadecimal digits, with or without ":"',
  z.string().regex(/^([0-9a-fA-F]{2}[:-]?){5}[0-9a-fA-F]{2}$/),
);

const FIELDS = {
  ...SOURCE_BROKER_FIELDS,
  fullTopic: fullTopic.optional().describe('`FullTopic` of the devices; without it `%prefix%/%topic%/`'),
  online: shortText.optional().describe('First word of the last will; without it `Online`'),
  offline: shortText.optional().describe('Second word of the last will; without it `Offline`'),
} as const;

const DEVICE_FIELDS = {
  topic: topicPath
    .optional()
    .describe('`Topic` of the device in its MQTT settings, such as `tasmota_1A2B3C`'),
  mac: mac.optional().describe('Its MAC instead: topic and words are then learnt from Tasmota’s discovery'),
  channel: wholeNumber(1, 32).optional().describe('One relay of several, from 1'),
  phases: flag.optional().describe('true: lists of values are the lines l1, l2, l3 of one device'),
} as const;

/** Plugs that run Tasmota. */
export const TASMOTA_KIND = defineKind({
  type: 'tasmota',
  doc: 'Plugs and meters that run Tasmota; they are asked for their values at the interval.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: 10,
  secretFiles: SOURCE_BROKER_SECRETS,
  check: checkTasmotaSection,
  build: (section, surroundings) => ({
    type: 'tasmota' as const,
    id: section.id,
    broker: buildSourceBroker(section.fields.broker, surroundings),
    fullTopic: section.fields.fullTopic ?? '%prefix%/%topic%/',
    online: section.fields.online ?? 'Online',
    offline: section.fields.offline ?? 'Offline',
    devices: section.devices.map(({ common, fields }) => ({
      ...common,
      topic: fields.topic,
      mac: fields.mac === undefined ? undefined : plainMac(fields.mac),
      channel: fields.channel,
      hasPhases: fields.phases ?? false,
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createTasmotaSource(config, parts),
});

const plainMac = (text: string) => text.replace(/[:-]/g, '').toUpperCase();
