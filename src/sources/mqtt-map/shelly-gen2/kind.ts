import * as z from 'zod';
import {
  buildSourceBroker,
  SOURCE_BROKER_FIELDS,
  SOURCE_BROKER_SECRETS,
} from '../../../config/source-broker.ts';
import { allowing } from '../../../lib/schema-walk.ts';
import { describeValue } from '../../../lib/show-value.ts';
import { defineKind } from '../../kind.ts';
import { topicPath } from '../pushed/section-fields.ts';

const componentName = allowing(
  'a component that measures and its number: switch:0, pm1:0, cover:0, light:0, em:0, em1:0',
  z.string().regex(/^(switch|pm1|cover|light|rgb|rgbw|cct|em|em1):\d{1,3}$/),
);

const DEVICE_FIELDS = {
  prefix: topicPath.describe('MQTT prefix in the settings of the device: `shellyplusplugs-3ce90e304de4`'),
  component: componentName
    .optional()
    .describe('Which part of it is meant, such as `em:0` of a three-phase meter; without it `switch:0`'),
} as const;

/** Shelly devices of the second and later generations. */
export const SHELLY_GEN2_KIND = defineKind({
  type: 'shelly-gen2',
  doc: 'Shelly plugs, relays and energy meters of generations 2, 3 and 4; they are asked over MQTT at the interval.',
  fields: SOURCE_BROKER_FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: 10,
  secretFiles: SOURCE_BROKER_SECRETS,
  check(section, { at }) {
    const seen = new Set<string>();
    return section.devices.flatMap(({ path, fields: { prefix, component } }) => {
      if (prefix === undefined) return [];
      const name = JSON.stringify([prefix, component ?? 'switch:0']);
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      const problem = `${describeValue(prefix)} stands there twice`;
      return [at([...path, 'prefix'], problem, 'allowed: each once, or once for each component')];
    });
  },
  build: (section, surroundings) => ({
    type: 'shelly-gen2' as const,
    id: section.id,
    broker: buildSourceBroker(section.fields.broker, surroundings),
    devices: section.devices.map(({ common, fields }) => ({
      ...common,
      prefix: fields.prefix,
      component: fields.component ?? 'switch:0',
    })),
  }),
  create: async (config, parts) => (await import('./source.ts')).createShellyGen2Source(config, parts),
});
