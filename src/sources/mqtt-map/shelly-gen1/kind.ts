import * as z from 'zod';
import { flag, wholeNumber } from '../../../config/scalars.ts';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { describeValue } from '../../../lib/show-value.ts';
import { defineKind } from '../../kind.ts';
import { topicPath } from '../pushed/section-fields.ts';

const COMPONENTS = ['relay', 'emeter', 'meter', 'roller', 'light'] as const;

const DEVICE_FIELDS = {
  device: topicPath.describe('What stands behind `shellies/` in its topics: `shellyplug-s-12AB34`'),
  component: z
    .literal(COMPONENTS)
    .optional()
    .describe('Which part of it measures; without it whichever publishes power'),
  channel: wholeNumber(0, 9).optional().describe('Number of the relay or clamp, from 0; without it 0'),
  phases: flag
    .optional()
    .describe(
      'true: clamps 0 to 2 are the lines l1 to l3; without it so for `shellyem3-...` without channel',
    ),
} as const;

/** Shelly devices of the first generation. */
export const SHELLY_GEN1_KIND = defineKind({
  type: 'shelly-gen1',
  doc: 'Shelly plugs, relays and energy meters of the first generation, on their own MQTT topics.',
  fields: SOURCE_BROKER_FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: 30,
  secretFiles: SOURCE_BROKER_SECRETS,
  check(section, { at }) {
    const seen = new Set<string>();
    return section.devices.flatMap(({ path, fields }) => {
      const { device, component, channel, phases } = fields;
      if (device === undefined) return [];
      const issues = [];
      if (phases === true && channel !== undefined)
        issues.push(at([...path, 'channel'], 'phases and channel are both given', 'allowed: one of the two'));
      if (phases === true && component !== undefined && component !== 'emeter')
        issues.push(at([...path, 'component'], 'only emeter has phases', 'allowed: emeter'));
      const name = JSON.stringify([device, component ?? '', channel ?? 0]);
      if (seen.has(name))
        issues.push(
          at([...path, 'device'], `${describeValue(device)} stands there twice`, 'allowed: once a channel'),
        );
      seen.add(name);
      return issues;
    });
  },
  build: (section, surroundings) => ({
    type: 'shelly-gen1' as const,
    id: section.id,
    broker: buildSourceBroker(section.fields.broker, surroundings),
    devices: section.devices.map(({ common, fields }) => ({
      ...common,
      device: fields.device,
      component: fields.component,
      channel: fields.channel ?? 0,
      hasPhases: fields.phases ?? (fields.channel === undefined && /^shellyem3-/i.test(fields.device)),
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createShellyGen1Source(config, parts),
});
