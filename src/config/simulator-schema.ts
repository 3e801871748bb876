import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { byteConnection } from './byte-connection.ts';
import { modbusConnection } from './modbus-connection.ts';
import * as scalar from './scalars.ts';
import { seconds, wholeNumber } from './scalars.ts';

/** What may stand in the section of the simulated house. */

const measures = scalar.loadName.describe('`mains`, `solar`, or the name of one load of the simulated house');

/** One meter of the simulated house. */
export const SIMULATED_METER_FIELDS = {
  unit: scalar.unitId.describe('Unit id under which it answers'),
  meter: scalar.profileId.describe('Model, as `busbar meters` lists it'),
  measures,
} as const;

/** One wire of the simulated house. */
export const SIMULATED_BUS_FIELDS = {
  connection: modbusConnection.describe('Where it answers: a connection URL, see below'),
  turnaround: seconds(0, 10, 0.001)
    .optional()
    .describe('Seconds between a request and its answer; without it 0.02'),
  meters: z.array(z.strictObject(SIMULATED_METER_FIELDS)).min(1).describe('The meters on it'),
} as const;

// A name with "+" or "#" could not be subscribed to; zigbee2mqtt refuses those and a "/" at the ends too.
const friendlyName = allowing(
  'text of 1 to 100 characters without "+", "#" and control characters, no "/" at its ends',
  z
    .string()
    .max(100)
    .regex(/^(?![/\s])[^+#\p{Cc}]+(?<![/\s])$/u),
);

const ieeeAddress = allowing(
  '"0x" and sixteen hexadecimal digits in lower case, in quotes',
  z.string().regex(/^0x[0-9a-f]{16}$/),
);

const circleMac = allowing('sixteen hexadecimal digits', z.string().regex(/^[0-9A-Fa-f]{16}$/));

/** One plug behind the simulated zigbee2mqtt. */
const SIMULATED_ZIGBEE_PLUG_FIELDS = {
  name: friendlyName.describe('Friendly name: the end of its topic; may hold "/" and blanks'),
  ieee: ieeeAddress.describe('Address of the plug'),
  measures,
} as const;

/** The simulated programs and plugs that speak to a broker. */
const SIMULATED_MQTT_FIELDS = {
  broker: z
    .strictObject({
      url: scalar.brokerUrl.describe('Broker to which they connect'),
      username: scalar.shortText.optional().describe('User name there'),
      passwordFile: scalar.filePath.optional().describe('File that holds the password and nothing else'),
    })
    .optional()
    .describe('Without it the one that the gateway publishes to'),
  zigbee2mqtt: z
    .strictObject({
      base: scalar.topicRoot.optional().describe('First level of its topics; without it zigbee2mqtt'),
      plugs: listOf(SIMULATED_ZIGBEE_PLUG_FIELDS, ['name', 'ieee']).describe('The plugs that are paired'),
    })
    .optional()
    .describe('A zigbee2mqtt with its plugs'),
  tasmota: listOf({ topic: scalar.topicRoot.describe('Its topic, such as `tasmota_1A2B3C`'), measures }, [
    'topic',
  ])
    .optional()
    .describe('Plugs with Tasmota'),
  shelly: listOf(
    {
      prefix: scalar.topicRoot.describe('Its topic prefix, such as `shellyplusplugs-c049ef8a1b2c`'),
      measures,
    },
    ['prefix'],
  )
    .optional()
    .describe('Plugs of Shelly, second generation'),
} as const;

/** One Plugwise stick with the circles that it reaches. */
export const SIMULATED_STICK_FIELDS = {
  connection: byteConnection(115_200).describe('Where its serial line is: `tcp://` listens'),
  circles: listOf({ mac: circleMac.describe('Address of the circle'), measures }, ['mac']).describe(
    'The circles that it reaches',
  ),
} as const;

/** The simulated house. */
export const SIMULATOR_FIELDS = {
  seed: wholeNumber(0, 4_294_967_295)
    .optional()
    .describe('Another number gives another course of the day; without it 1'),
  paced: scalar.flag
    .optional()
    .describe('true (the default): bytes come at the pace of the line; false: as fast as they can'),
  buses: z.array(z.strictObject(SIMULATED_BUS_FIELDS)).min(1).optional().describe('Its Modbus wires'),
  mqtt: z.strictObject(SIMULATED_MQTT_FIELDS).optional().describe('Its plugs that speak to a broker'),
  sticks: z.array(z.strictObject(SIMULATED_STICK_FIELDS)).min(1).optional().describe('Its Plugwise sticks'),
} as const;

export type SimulatorEntry = z.output<z.ZodObject<typeof SIMULATOR_FIELDS>>;

/** A list in which each value of the named keys stands once. */
function listOf<F extends z.ZodRawShape>(fields: F, keys: readonly (keyof F & string)[]) {
  return z
    .array(z.strictObject(fields))
    .min(1)
    .superRefine((entries, context) => {
      for (const key of keys) {
        const seen = new Set<unknown>();
        for (const [index, entry] of entries.entries()) {
          const value = (entry as Readonly<Record<string, unknown>>)[key];
          if (seen.has(value))
            context.addIssue({
              code: 'custom',
              path: [index, key],
              message: 'stands twice',
              params: { problem: 'another entry has it already', allowed: `allowed: each ${key} once` },
            });
          seen.add(value);
        }
      }
    });
}
