import type { Device } from '../../domain/device.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { type EcoManagerLine, parseEcoManagerLine } from '../../protocols/ecomanager/message.ts';
import { createLineReader } from '../../protocols/line-reader/line-reader.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import type { EcoManagerConfig, EcoManagerDeviceConfig } from './config.ts';
import { createHeard, type Delivery, decodeWith, type StreamDecoder } from './decoder.ts';
import { buildDevice, createSerialSource, openerOf } from './source.ts';

/** Transmitters with clamps have ids of 12 bits, plugs of 32. */
const LAST_CLAMP_ID = 0x0fff;
const MAX_W = { mains: 20_000, plug: 4000 };
const MAX_LINE_BYTES = 512;

type Watts = Extract<EcoManagerLine, { kind: 'watts' }>;

/** The plugs and transmitters that one rfm_edf_ecomanager receives. */
export function createEcoManagerSource(
  config: EcoManagerConfig,
  clock: Clock,
  opener: StreamOpener = openerOf(config.connection),
): Source {
  return createSerialSource({
    config,
    devices: config.devices.map(describeDevice),
    createDecoder: (deliver) => createEcoManagerDecoder(config.devices, deliver),
    opener,
    clock,
    hint: 'the receiver writes at 115200 baud; look at the baud rate and the cable',
  });
}

function describeDevice(device: EcoManagerDeviceConfig): Device {
  const isPlug = device.radio > LAST_CLAMP_ID;
  const doubt =
    'computed by the transmitter from the current with an assumed voltage: closer to apparent power (VA)';
  return buildDevice(device, {
    manufacturer: isPlug ? 'EDF' : 'Current Cost',
    model: isPlug ? 'EcoManager plug' : 'transmitter',
    address: `radio ${device.radio}${device.sensor === undefined ? '' : `, sensor ${device.sensor}`}`,
    identity: `ecomanager-${device.radio}`,
    maxW: isPlug ? MAX_W.plug : MAX_W.mains,
    quantities: isPlug ? [{ code: 'p' }, { code: 'relay' }] : [{ code: 'p', doubt }],
  });
}

/** The decoder alone, without a port. */
export function createEcoManagerDecoder(
  devices: readonly EcoManagerDeviceConfig[],
  deliver: Delivery,
): StreamDecoder {
  const heard = createHeard();
  const lastSentAt = new Map<number, number>();

  function takeWatts(line: Watts): void {
    const own = [...devices.entries()].filter(([, device]) => device.radio === line.radio);
    if (own.length === 0) {
      heard.unconfigured.count(`${line.type} ${line.radio}`);
      return;
    }
    // Two samples within seconds are two measurements; two with the same time are one that was printed twice.
    const isRepeated = lastSentAt.get(line.radio) === line.sentAtMs;
    lastSentAt.set(line.radio, line.sentAtMs);
    if (isRepeated) heard.messages.count('repeated');
    else for (const [index, device] of own) deliver.readings(index, readingsOf(device, line));
  }

  return decodeWith(createLineReader(MAX_LINE_BYTES), heard, ({ text }) => {
    const line = parseEcoManagerLine(text);
    if (line === undefined) return false;
    heard.messages.count(line.kind);
    if (line.kind === 'watts') takeWatts(line);
    return true;
  });
}

function readingsOf({ sensor }: EcoManagerDeviceConfig, { watts, relay }: Watts): readonly Reading[] {
  const sum = [...watts.values()].reduce((total, value) => total + value, 0);
  const power = sensor !== undefined ? watts.get(sensor) : watts.size === 0 ? undefined : sum;
  return [
    ...(power === undefined ? [] : [{ code: 'p' as const, value: power }]),
    ...(relay === undefined ? [] : [{ code: 'relay' as const, value: relay === 'on' ? 1 : 0 }]),
  ];
}
