import * as z from 'zod';
import { checkReadingKeys, parseReadingKey, readingKey } from '../../config/reading-keys.ts';
import { flag, numberBetween } from '../../config/scalars.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { defineKind } from '../kind.ts';
import type { XBeeConfig, XBeeValueConfig, XBeeValueSource } from './config.ts';
import { buildLine, lineFields } from './line-fields.ts';

const ADDRESS_WORDS =
  '16 hexadecimal digits, or 4 for a short address, in quotes: "0013A20040522BAA", "7D84"';

const address = allowing(
  ADDRESS_WORDS,
  z
    .string()
    .transform((text) =>
      text
        .replace(/^0x/i, '')
        .replace(/[\s:-]/g, '')
        .toLowerCase(),
    )
    .pipe(z.string().regex(/^(?:[0-9a-f]{16}|[0-9a-f]{4})$/)),
);

const value = z.strictObject({
  quantity: readingKey.describe('Quantity, with its phase where it has one: p, v, p_l2'),
  channel: allowing('0 to 5, or supply', z.literal([0, 1, 2, 3, 4, 5, 'supply']))
    .optional()
    .describe('Analog input of the module, or its supply voltage'),
  per: allowing('mV or count', z.literal(['mV', 'count']))
    .optional()
    .describe('What scale multiplies: millivolts of the input (the default) or counts of 1023'),
  number: flag.optional().describe('true: the payload is one number'),
  key: allowing(
    'a name of letters, digits, "_", "." and "-"',
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/),
  )
    .optional()
    .describe('The payload has pairs name:value; the name of this one'),
  scale: numberBetween(-1e6, 1e6, 'units a step')
    .optional()
    .describe('Units of the quantity for one step; without it 1'),
  offset: numberBetween(-1e6, 1e6, 'the unit of the quantity')
    .optional()
    .describe('Added after scale, for a sensor whose zero is not 0; without it 0'),
});

type ValueEntry = z.output<typeof value>;

export const XBEE_KIND = defineKind({
  type: 'xbee',
  doc: 'Home-made sensors with XBee modules, received by an XBee module in API mode.',
  fields: {
    ...lineFields(9600),
    apiMode: allowing('1 or 2', z.literal([1, 2]))
      .optional()
      .describe('The parameter AP of the module: 1 (the default, as delivered) or 2 (escaped)'),
    reference: numberBetween(100, 5000, 'mV')
      .optional()
      .describe('Voltage at the pin VREF of 802.15.4 modules (Series 1); others have their own'),
  },
  deviceFields: {
    address: address.describe('Address of the sending module'),
    values: z.array(value).min(1).max(20).describe('What is measured at which input or said in which field'),
  },
  defaultIntervalS: 5,
  check: (section, { at }) =>
    section.devices.flatMap(({ fields: { values = [] }, path }) => {
      const place = (index: number, key: string) => [...path, 'values', index, key];
      const keys = values.map(({ quantity }, index) => ({ key: quantity, path: place(index, 'quantity') }));
      return [
        ...checkReadingKeys(keys, at),
        ...values.flatMap((entry, index) => {
          const isRepeated = values.findIndex((other) => other.quantity === entry.quantity) < index;
          return [
            ...(isRepeated ? [at(place(index, 'quantity'), `a second value for ${entry.quantity}`)] : []),
            ...(countSources(entry) === 1
              ? []
              : [at([...path, 'values', index], 'it must have one of channel, number, key', 'channel: 1')]),
            ...(entry.per !== undefined && entry.channel === undefined
              ? [at(place(index, 'per'), 'per has a meaning beside channel only')]
              : []),
          ];
        }),
      ];
    }),
  build: ({ id, fields, devices }): XBeeConfig => ({
    ...buildLine(id, fields),
    type: 'xbee',
    apiMode: fields.apiMode ?? 1,
    referenceMv: fields.reference,
    devices: devices.map(({ common, fields: device }) => ({
      ...common,
      address: device.address,
      values: device.values.flatMap(buildValue),
    })),
  }),
  create: async (config, { clock }) => (await import('./xbee.ts')).createXBeeSource(config, clock),
});

function countSources({ channel, number, key }: ValueEntry): number {
  return [channel !== undefined, number === true, key !== undefined].filter(Boolean).length;
}

function buildValue(entry: ValueEntry): XBeeValueConfig[] {
  const quantity = parseReadingKey(entry.quantity);
  if (quantity === undefined) return [];
  return [{ ...quantity, from: sourceOf(entry), scale: entry.scale ?? 1, offset: entry.offset ?? 0 }];
}

function sourceOf({ channel, per = 'mV', key }: ValueEntry): XBeeValueSource {
  if (channel !== undefined) return { kind: 'channel', channel, per };
  return key === undefined ? { kind: 'number' } : { kind: 'pair', key: key.toLowerCase() };
}
