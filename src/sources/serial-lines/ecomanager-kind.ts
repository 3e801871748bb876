import * as z from 'zod';
import { wholeNumber } from '../../config/scalars.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { defineKind } from '../kind.ts';
import type { EcoManagerConfig } from './config.ts';
import { buildLine, lineFields } from './line-fields.ts';

export const ECOMANAGER_KIND = defineKind({
  type: 'ecomanager',
  doc: 'EDF EcoManager plugs and Current Cost transmitters through the receiver rfm_edf_ecomanager.',
  fields: lineFields(115_200),
  deviceFields: {
    radio: wholeNumber(0, 0xffff_ffff).describe('Id that the receiver prints for the plug or transmitter'),
    sensor: allowing('1, 2 or 3', z.literal([1, 2, 3]))
      .optional()
      .describe('One clamp of a transmitter; without it their sum'),
  },
  defaultIntervalS: 6,
  build: ({ id, fields, devices }): EcoManagerConfig => ({
    ...buildLine(id, fields),
    type: 'ecomanager',
    devices: devices.map(({ common, fields: device }) => ({
      ...common,
      radio: device.radio,
      sensor: device.sensor,
    })),
  }),
  create: async (config, { clock }) =>
    (await import('./ecomanager.ts')).createEcoManagerSource(config, clock),
});
