import type { Device, DeviceQuantity } from '../../domain/device.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import type { Reading } from '../../domain/reading.ts';
import type { Source } from '../../domain/source.ts';
import type { Clock } from '../../lib/clock.ts';
import { unitConversion } from '../../mapping/unit-conversion.ts';
import { decodePacket, type EmonLayout, scaled } from '../../protocols/emon/layout.ts';
import { type EmonLine, type EmonValues, isNoTemperature, parseEmonLine } from '../../protocols/emon/line.ts';
import { createLineReader } from '../../protocols/line-reader/line-reader.ts';
import type { StreamOpener } from '../../transports/byte-stream.ts';
import type { EmonTxConfig, EmonTxDeviceConfig, EmonValueConfig } from './config.ts';
import { createHeard, type Delivery, decodeWith, type StreamDecoder } from './decoder.ts';
import { buildDevice, createSerialSource, openerOf } from './source.ts';

const MAX_LINE_BYTES = 2048;
/** A count of messages that no unit reaches in five years: the packet is whitened, and nothing in it is what it seems. */
const FIRST_IMPOSSIBLE_COUNT = 2 ** 24;
const DOUBT = 'a net count of the unit: it falls while power is exported';

/** The OpenEnergyMonitor units on one serial line. */
export function createEmonTxSource(
  config: EmonTxConfig,
  clock: Clock,
  opener: StreamOpener = openerOf(config.connection),
): Source {
  return createSerialSource({
    config,
    devices: config.devices.map(describeDevice),
    createDecoder: (deliver) => createEmonDecoder(config, deliver),
    opener,
    clock,
    hint: 'look at the baud rate: 38400 (older emonPi, RFM69Pi), 115200 (emonTx 4 and later), 9600 (old units)',
  });
}

function describeDevice(device: EmonTxDeviceConfig): Device {
  return buildDevice(device, {
    manufacturer: 'OpenEnergyMonitor',
    address: device.node === undefined ? 'this line' : `node ${device.node}`,
    quantities: device.values.filter(({ isOptional }) => !isOptional).map(describeValue),
  });
}

function describeValue({ code, phase }: EmonValueConfig): Omit<DeviceQuantity, 'intervalMs'> {
  const isCounter = quantityFacts(code).kind === 'counter';
  return {
    code,
    ...(phase === undefined ? {} : { phase }),
    ...(isCounter ? { resets: 'at-boot' as const, doubt: DOUBT } : {}),
  };
}

/** The decoder alone, without a port. */
export function createEmonDecoder(
  config: Pick<EmonTxConfig, 'devices' | 'layouts'>,
  deliver: Delivery,
): StreamDecoder {
  const heard = createHeard();
  const announced = new Set<EmonValueConfig>();

  function takeValues(index: number, device: EmonTxDeviceConfig, values: EmonValues): void {
    const found = device.values.flatMap((config) => {
      const reading = readingOf(config, values);
      return reading === undefined ? [] : [{ config, reading }];
    });
    const fresh = found.map(({ config }) => config).filter((each) => each.isOptional && !announced.has(each));
    for (const each of fresh) announced.add(each);
    const { intervalMs } = device;
    if (fresh.length > 0)
      deliver.quantities(
        index,
        fresh.map((each) => ({ ...describeValue(each), intervalMs })),
      );
    deliver.readings(
      index,
      found.map(({ reading }) => reading),
    );
  }

  return decodeWith(createLineReader(MAX_LINE_BYTES), heard, ({ text, isWhole }) => {
    const line = parseEmonLine(text);
    if (line === undefined) return false;
    // A line of these forms looks complete even when its begin was not heard.
    if (!isWhole && (line.kind === 'pairs' || line.kind === 'numbers')) {
      heard.messages.count('without_begin');
      return true;
    }
    heard.messages.count(line.kind);
    const own = [...config.devices.entries()].filter(([, device]) => device.node === line.node);
    const values = valuesOf(line, config.layouts);
    if (own.length === 0) heard.unconfigured.count(line.node === undefined ? 'no node' : `node ${line.node}`);
    else if (typeof values === 'string') heard.messages.count(values);
    else for (const [index, device] of own) takeValues(index, device, values);
    return true;
  });
}

function valuesOf(
  line: EmonLine,
  layouts: ReadonlyMap<number, EmonLayout>,
): EmonValues | 'no_layout' | 'wrong_length' | 'whitened' {
  if (line.kind !== 'packet') return line.values;
  const layout = layouts.get(line.node);
  if (layout === undefined) return 'no_layout';
  const values = decodePacket(line.bytes, layout);
  if (values === undefined) return 'wrong_length';
  return (values.get('msg') ?? 0) >= FIRST_IMPOSSIBLE_COUNT ? 'whitened' : values;
}

function readingOf(config: EmonValueConfig, values: EmonValues): Reading | undefined {
  const { code, phase, fields, scale, unit } = config;
  const field = fields.find((name) => values.has(name));
  const raw = field === undefined ? undefined : values.get(field);
  const convert = unit === undefined ? (each: number) => each : unitConversion(unit, code);
  if (raw === undefined || convert === undefined) return undefined;
  const value = convert(scaled(raw, scale));
  if (code === 'temp' && isNoTemperature(value)) return undefined;
  if (quantityFacts(code).kind === 'counter' && value < 0) return undefined;
  return phase === undefined ? { code, value } : { code, phase, value };
}
