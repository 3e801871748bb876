import type { Device } from '../../domain/device.ts';
import type { Phase } from '../../domain/quantity.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { type CurrentCostMessage, parseCurrentCostMessage } from '../../protocols/currentcost/message.ts';
import { createMessageReader } from '../../protocols/currentcost/message-reader.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import type { CurrentCostConfig, CurrentCostDeviceConfig } from './config.ts';
import { createHeard, type Delivery, decodeWith, type StreamDecoder } from './decoder.ts';
import { buildDevice, createSerialSource, openerOf } from './source.ts';

const DOUBT = 'computed by the unit from the current with an assumed voltage: closer to apparent power (VA)';
const LINES = [
  [1, 'l1'],
  [2, 'l2'],
  [3, 'l3'],
] as const satisfies readonly (readonly [number, Phase])[];
const MAX_W = { mains: 20_000, plug: 4000 };

type LiveMessage = Extract<CurrentCostMessage, { kind: 'live' }>;

/** The transmitters of one Current Cost display. */
export function createCurrentCostSource(
  config: CurrentCostConfig,
  clock: Clock,
  opener: StreamOpener = openerOf(config.connection),
): Source {
  return createSerialSource({
    config,
    devices: config.devices.map((device) => describeDevice(config, device)),
    createDecoder: (deliver) => createCurrentCostDecoder(config.devices, deliver),
    opener,
    clock,
    hint: 'look at model (cc128 and envir: 57600 baud, classic: 9600) and at the cable',
  });
}

function describeDevice(config: CurrentCostConfig, device: CurrentCostDeviceConfig): Device {
  const phases =
    device.lines === 3 ? LINES.map(([, phase]) => ({ code: 'p' as const, phase, doubt: DOUBT })) : [];
  const channel = device.channel === 'all' ? '' : `, channel ${device.channel}`;
  return buildDevice(device, {
    manufacturer: 'Current Cost',
    model: { cc128: 'CC128', envir: 'EnviR', classic: 'Classic' }[config.model],
    address: `sensor ${device.sensor}${channel}`,
    ...(device.radio === undefined ? {} : { identity: `currentcost-${device.radio}` }),
    lines: device.lines,
    maxW: device.sensor === 0 ? MAX_W.mains : MAX_W.plug,
    quantities: [
      { code: 'p', doubt: DOUBT },
      ...phases,
      ...(device.hasTemperature ? [{ code: 'temp' as const }] : []),
    ],
  });
}

/** The decoder alone, without a port. */
export function createCurrentCostDecoder(
  devices: readonly CurrentCostDeviceConfig[],
  deliver: Delivery,
): StreamDecoder {
  const heard = createHeard();
  return decodeWith(createMessageReader(), heard, (text) => {
    const message = parseCurrentCostMessage(text);
    if (message === undefined) return false;
    heard.messages.count(message.kind);
    if (message.kind !== 'live') return true;
    const { sensor, radio } = message;
    const own = [...devices.entries()].filter(
      ([, device]) => device.sensor === sensor && (device.radio === undefined || device.radio === radio),
    );
    if (own.length === 0) heard.unconfigured.count(`sensor ${sensor}, radio ${radio}`);
    for (const [index, device] of own) deliver.readings(index, readingsOf(device, message));
    return true;
  });
}

function readingsOf(
  device: CurrentCostDeviceConfig,
  { watts, temperature }: LiveMessage,
): readonly Reading[] {
  const readings: Reading[] = [];
  const total = totalOf(device, watts);
  if (total !== undefined) readings.push({ code: 'p', value: total });
  if (device.lines === 3)
    for (const [channel, phase] of LINES) {
      const value = watts.get(channel);
      if (value !== undefined) readings.push({ code: 'p', phase, value });
    }
  if (device.hasTemperature && temperature !== undefined) readings.push({ code: 'temp', value: temperature });
  return readings;
}

// A three-phase total without one of its lines would be too small without anybody seeing it.
function totalOf(device: CurrentCostDeviceConfig, watts: ReadonlyMap<number, number>): number | undefined {
  if (device.channel !== 'all') return watts.get(device.channel);
  if (device.lines === 3 && watts.size < LINES.length) return undefined;
  return [...watts.values()].reduce((sum, value) => sum + value, 0);
}
