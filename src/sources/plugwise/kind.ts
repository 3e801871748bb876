import * as z from 'zod';
import { byteConnection } from '../../config/byte-connection.ts';
import { repeated } from '../../config/repeated.ts';
import * as scalar from '../../config/scalars.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { defineKind } from '../kind.ts';
import type { PlugwiseConfig } from './config.ts';

const BAUD = 115_200;
const DEFAULT_INTERVAL_S = 10;

const mac = allowing(
  'the 16 hexadecimal digits on the back of the Circle, such as 000D6F0000598A13',
  z.string().regex(/^[0-9A-Fa-f]{16}$/),
);

const FIELDS = {
  connection: byteConnection(BAUD).describe('Where the Plugwise USB stick is'),
  setClocks: scalar.flag
    .optional()
    .describe('false: the clocks of the Circles are never set; without it they are kept at UTC'),
  energyLog: scalar.flag
    .optional()
    .describe(
      'true: energy counters from the Circles’ own hour counters and logs; their clocks must be right',
    ),
} as const;

const DEVICE_FIELDS = {
  mac: mac.describe('MAC of the Circle: 16 hexadecimal digits, on its back'),
  allowSwitching: scalar.flag
    .optional()
    .describe('true: the Circle may be switched on and off; without it that is refused'),
} as const;

/** Plugwise Circles behind one USB stick. */
export const PLUGWISE_KIND = defineKind({
  type: 'plugwise',
  doc: 'Plugwise Circle and Circle+ plugs behind one Plugwise USB stick; they are asked one after the other.',
  fields: FIELDS,
  deviceFields: DEVICE_FIELDS,
  defaultIntervalS: DEFAULT_INTERVAL_S,
  check: (section, { at }) =>
    repeated(section.devices, 'mac', ({ fields }) => fields.mac?.toUpperCase(), at, 'Circle of this stick'),
  build: ({ id, fields, devices }): PlugwiseConfig => ({
    type: 'plugwise',
    id,
    connection: fields.connection,
    setClocks: fields.setClocks ?? true,
    energyLog: fields.energyLog ?? false,
    devices: devices.map((device) => ({
      ...device.common,
      mac: device.fields.mac.toUpperCase(),
      allowSwitching: device.fields.allowSwitching ?? false,
    })),
  }),
  create: async (config, parts) => {
    const [{ createPlugwiseSource }, { openerOf }] = await Promise.all([
      import('./source.ts'),
      import('./opener.ts'),
    ]);
    return createPlugwiseSource(config, { ...parts, opener: openerOf(config.connection) });
  },
});
