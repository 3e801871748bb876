import * as z from 'zod';
import { flag, wholeNumber } from '../../config/scalars.ts';
import type { ByteConnection } from '../../config/types.ts';
import { allowing } from '../../lib/schema-walk.ts';
import { defineKind } from '../kind.ts';
import type { CurrentCostConfig, CurrentCostModel } from './config.ts';
import { buildLine, lineFields } from './line-fields.ts';

const BAUD = { display: 57_600, classic: 9600 };

export const CURRENTCOST_KIND = defineKind({
  type: 'currentcost',
  doc: 'A Current Cost display (CC128, EnviR, Classic) on its data cable: the mains and up to nine plugs.',
  fields: {
    ...lineFields(BAUD.display),
    model: allowing('cc128, envir or classic', z.enum(['cc128', 'envir', 'classic']))
      .optional()
      .describe('Display: cc128 (the default) and envir speak at 57600 baud, classic at 9600'),
  },
  deviceFields: {
    sensor: wholeNumber(0, 9).describe('0: whole house, 1 to 9: plugs, as the display numbers them'),
    channel: allowing('1, 2, 3 or all', z.literal([1, 2, 3, 'all']))
      .optional()
      .describe('One clamp of the transmitter; without it all (their sum)'),
    lines: allowing('1 or 3', z.literal([1, 3]))
      .optional()
      .describe('3: the three clamps are the three lines of the house; without it 1'),
    radio: wholeNumber(0, 99_999).optional().describe('Take only messages of the transmitter with this id'),
    temperature: flag.optional().describe('true: publish also the temperature in the room of the display'),
  },
  defaultIntervalS: 6,
  check: (section, { at }) =>
    section.devices.flatMap(({ fields, path }) =>
      fields.lines === 3 && fields.channel !== undefined && fields.channel !== 'all'
        ? [at([...path, 'channel'], 'one channel cannot be three lines', 'remove channel, or lines: 3')]
        : [],
    ),
  build: ({ id, fields, devices }): CurrentCostConfig => {
    const model = fields.model ?? 'cc128';
    return {
      ...buildLine(id, { ...fields, connection: withBaudOf(model, fields.connection) }),
      type: 'currentcost',
      model,
      devices: devices.map(({ common, fields: device }) => ({
        ...common,
        sensor: device.sensor,
        channel: device.channel ?? 'all',
        lines: device.lines ?? 1,
        radio: device.radio,
        hasTemperature: device.temperature ?? false,
      })),
    };
  },
  create: async (config, { clock }) =>
    (await import('./currentcost.ts')).createCurrentCostSource(config, clock),
});

// A Classic knows no other speed than its own, so the one of its successors was not meant.
function withBaudOf(model: CurrentCostModel, connection: ByteConnection): ByteConnection {
  if (model !== 'classic' || connection.kind !== 'serial' || connection.line.baud !== BAUD.display)
    return connection;
  return { ...connection, line: { ...connection.line, baud: BAUD.classic } };
}
