import type { Device } from '../../domain/device.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { createFrameReader } from '../../protocols/xbee/frame.ts';
import { payloadNumber, payloadPairs } from '../../protocols/xbee/payload-text.ts';
import { decodeReceived, FULL_SCALE_COUNTS, type XBeeReceived } from '../../protocols/xbee/received.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import type { XBeeConfig, XBeeDeviceConfig, XBeeValueConfig, XBeeValueSource } from './config.ts';
import { createHeard, type Delivery, decodeWith, type StreamDecoder } from './decoder.ts';
import { buildDevice, createSerialSource, openerOf } from './source.ts';

type Received = Exclude<XBeeReceived, { kind: 'other' }>;

/** The home-made sensors whose XBee modules send to the module on this line. */
export function createXBeeSource(
  config: XBeeConfig,
  clock: Clock,
  opener: StreamOpener = openerOf(config.connection),
): Source {
  const other = config.apiMode === 1 ? 2 : 1;
  return createSerialSource({
    config,
    devices: config.devices.map(describeDevice),
    createDecoder: (deliver) => createXBeeDecoder(config, deliver),
    opener,
    clock,
    hint: `look at the baud rate (BD), and set apiMode to ${other} if the module's AP is ${other}`,
  });
}

function describeDevice(device: XBeeDeviceConfig): Device {
  return buildDevice(device, {
    manufacturer: 'Digi',
    model: 'XBee',
    address: device.address,
    ...(device.address.length === 16 ? { identity: `xbee-${device.address}` } : {}),
    quantities: device.values.map(({ code, phase }) => ({
      code,
      ...(phase === undefined ? {} : { phase }),
      // What a sensor counts itself is lost with its supply.
      ...(quantityFacts(code).kind === 'counter' ? { resets: 'at-boot' as const } : {}),
    })),
  });
}

/** The decoder alone, without a port. */
export function createXBeeDecoder(
  config: Pick<XBeeConfig, 'devices' | 'apiMode' | 'referenceMv'>,
  deliver: Delivery,
): StreamDecoder {
  const heard = createHeard();
  return decodeWith(createFrameReader(config.apiMode), heard, (data) => {
    const received = decodeReceived(data);
    if (received === undefined) return false;
    heard.messages.count(received.kind);
    if (received.kind === 'other') return true;
    const { address64, address16 } = received;
    const own = [...config.devices.entries()].filter(
      ([, { address }]) => address === address64 || address === address16,
    );
    if (own.length === 0) heard.unconfigured.count(address64 ?? address16 ?? 'no address');
    if (received.kind === 'samples' && received.fullScaleMv === undefined && config.referenceMv === undefined)
      heard.messages.count('without_reference');
    for (const [index, { values }] of own)
      deliver.readings(
        index,
        values.flatMap((value) => {
          const input = inputOf(value.from, received, config.referenceMv);
          return input === undefined ? [] : [toReading(value, input)];
        }),
      );
    return true;
  });
}

function inputOf(
  from: XBeeValueSource,
  received: Received,
  referenceMv: number | undefined,
): number | undefined {
  if (received.kind === 'payload') {
    if (from.kind === 'number') return payloadNumber(received.payload);
    return from.kind === 'pair' ? payloadPairs(received.payload)?.get(from.key) : undefined;
  }
  // A frame with several sets comes after the last of them: only that one was measured just now.
  const counts = from.kind === 'channel' ? received.sets.at(-1)?.analog.get(from.channel) : undefined;
  if (from.kind !== 'channel' || from.per === 'count' || counts === undefined) return counts;
  const fullScaleMv = received.fullScaleMv ?? referenceMv;
  return fullScaleMv === undefined ? undefined : (counts * fullScaleMv) / FULL_SCALE_COUNTS;
}

function toReading({ code, phase, scale, offset }: XBeeValueConfig, input: number): Reading {
  const exact = Number((input * scale + offset).toPrecision(12));
  const value = exact === 0 ? 0 : exact;
  return phase === undefined ? { code, value } : { code, phase, value };
}
