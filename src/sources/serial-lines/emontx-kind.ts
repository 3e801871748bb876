import * as z from 'zod';
import { parseReadingKey, readingKey } from '../../config/reading-keys.ts';
import { numberBetween, wholeNumber } from '../../config/scalars.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { type EmonLayout, KNOWN_LAYOUTS } from '../../protocols/emon/layout.ts';
import { defineKind } from '../kind.ts';
import type { EmonTxConfig, EmonValueConfig } from './config.ts';
import { checkDevice, checkLayouts, type LayoutEntries, usualFields } from './emontx-checks.ts';
import { buildLine, lineFields } from './line-fields.ts';

const TYPES = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'float32'] as const;
const scale = numberBetween(-1e6, 1e6, 'units a step').describe(
  'What the number is multiplied with; without it 1',
);
const fieldName = allowing(
  'a name of letters, digits, "_" and "-", or the place of a number from 1',
  z.string().regex(/^([A-Za-z][\w-]{0,31}|[1-9]\d{0,2})$/),
);

const layout = z
  .array(
    z.strictObject({
      name: fieldName.describe('Name of the field'),
      type: allowing(TYPES.join(', '), z.enum(TYPES)).describe('Type of the number, little-endian'),
      scale: scale.optional(),
    }),
  )
  .min(1)
  .max(60);

const value = z.strictObject({
  quantity: readingKey.describe('Quantity, with its phase where it has one: p, v, p_l2, temp'),
  field: fieldName.describe('Field of the message, upper and lower case alike'),
  scale: scale.optional(),
  unit: allowing('a unit such as W, kW, V, Wh, kWh, °C', z.string().min(1).max(16))
    .optional()
    .describe('Unit of the field; without it that of the quantity'),
});

type ValueEntry = z.output<typeof value>;

export const EMONTX_KIND = defineKind({
  type: 'emontx',
  doc: 'OpenEnergyMonitor units (emonTx, emonPi, RFM69Pi, emon32) on a serial line, without emonHub.',
  fields: {
    ...lineFields(115_200),
    layouts: z
      .record(z.string(), layout)
      .optional()
      .describe('By node, the fields of its radio packets in their order; known: 5, 7 to 10, 15, 16'),
  },
  deviceFields: {
    node: wholeNumber(0, 255)
      .optional()
      .describe('Node whose messages these are; without it lines that name no node'),
    input: wholeNumber(1, 12)
      .optional()
      .describe('Clamp of the unit, for its power, voltage and energy under the usual names; without it 1'),
    values: z
      .array(value)
      .min(1)
      .max(40)
      .optional()
      .describe('Fields to publish, in place of the usual ones'),
  },
  defaultIntervalS: 10,
  check: ({ path, fields, devices, hasKey }, { at }) => {
    const layouts = layoutsOf(fields.layouts);
    // Mistakes in the layouts are told by themselves; what follows from them is not.
    if (fields.layouts === undefined && hasKey('layouts')) return [];
    return [
      ...checkLayouts(fields.layouts, [...path, 'layouts'], at),
      ...devices.flatMap((device) =>
        device.hasKey('values') && device.fields.values === undefined
          ? []
          : checkDevice(device.fields, layoutOfNode(layouts, device.fields.node), device.path, at),
      ),
    ];
  },
  build: ({ id, fields, devices }): EmonTxConfig => {
    const layouts = layoutsOf(fields.layouts);
    return {
      ...buildLine(id, fields),
      type: 'emontx',
      layouts,
      devices: devices.map(({ common, fields: { node, input = 1, values } }) => ({
        ...common,
        node,
        values:
          values === undefined ? usualValues(input, layoutOfNode(layouts, node)) : values.flatMap(buildValue),
      })),
    };
  },
  create: async (config, { clock }) => (await import('./emontx.ts')).createEmonTxSource(config, clock),
});

function layoutsOf(entries: LayoutEntries): ReadonlyMap<number, EmonLayout> {
  const own = Object.entries(entries ?? {}).map(([node, fields]): [number, EmonLayout] => [
    Number(node),
    fields,
  ]);
  return new Map([...KNOWN_LAYOUTS, ...own]);
}

function layoutOfNode(
  layouts: ReadonlyMap<number, EmonLayout>,
  node: number | undefined,
): EmonLayout | undefined {
  return node === undefined ? undefined : layouts.get(node);
}

function buildValue({ quantity, field, scale: factor = 1, unit }: ValueEntry): EmonValueConfig[] {
  const key = parseReadingKey(quantity);
  return key === undefined
    ? []
    : [{ ...key, fields: [field.toLowerCase()], scale: factor, unit, isOptional: false }];
}

/** Power, voltage and energy of one clamp under the names of all firmwares. */
function usualValues(input: number, known: EmonLayout | undefined): readonly EmonValueConfig[] {
  const names = known?.map(({ name }) => name.toLowerCase());
  const { p, v, e_imp } = usualFields(input);
  const usual: readonly EmonValueConfig[] = [
    { code: 'p', fields: p, scale: 1, unit: 'W', isOptional: false },
    { code: 'v', fields: v, scale: 1, unit: 'V', isOptional: false },
    { code: 'e_imp', fields: e_imp, scale: 1, unit: 'Wh', isOptional: true },
  ];
  if (names === undefined) return usual;
  return usual
    .filter(({ fields }) => fields.some((field) => names.includes(field)))
    .map((each) => ({ ...each, isOptional: false }));
}
