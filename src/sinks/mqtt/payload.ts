import { type Device, type DeviceQuantity, freshnessMs } from '../../domain/device.ts';
import type { Notice } from '../../domain/event.ts';
import { quantityFacts } from '../../domain/quantity.ts';
import { type Reading, readingKey } from '../../domain/reading.ts';
import type { Statistics } from '../../domain/source.ts';

/** From here on `toFixed` writes an exponent. */
const LARGEST_FIXED = 1e21;

/**
 * A number as it stands in a topic: plain decimal, at most `decimals` decimals, no trailing zeros, no
 * exponent, never "-0". Undefined for NaN and infinity, which must never be published.
 */
export function formatNumber(value: number, decimals: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (Math.abs(value) >= LARGEST_FIXED) return BigInt(value).toString();
  let text = value.toFixed(decimals);
  if (decimals > 0) {
    let end = text.length;
    while (text.charCodeAt(end - 1) === 48) end -= 1;
    if (text.charCodeAt(end - 1) === 46) end -= 1;
    text = text.slice(0, end);
  }
  return text === '-0' ? '0' : text;
}

/** The readings of a sample as text by key. A key that stands twice keeps its last value. */
export function formatReadings(readings: readonly Reading[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const reading of readings) {
    const text = formatNumber(reading.value, quantityFacts(reading.code).decimals);
    if (text !== undefined) texts.set(readingKey(reading), text);
  }
  return texts;
}

/** ISO 8601, UTC, milliseconds. Undefined for a time that no calendar holds. */
export function formatTime(atMs: number): string | undefined {
  const rounded = Math.round(atMs);
  return Math.abs(rounded) <= 8.64e15 ? new Date(rounded).toISOString() : undefined;
}

/** The document of one sample, in `state` and in `history`; its numbers are the texts of the value topics. */
export function formatState(ts: string, seq: number, texts: ReadonlyMap<string, string>): string {
  let json = `{"ts":"${ts}","seq":${seq}`;
  for (const [key, text] of texts) json += `,"${key}":${text}`;
  return `${json}}`;
}

/** An aggregate's key, and what stands there. */
export interface AggregateMeta {
  readonly key: string;
  readonly of: DeviceQuantity;
  readonly statistic: string;
  readonly intervalMs: number;
}

/** The `$meta` document of a device: what it is and what each of its keys means. */
export function formatMeta(device: Device, aggregates: readonly AggregateMeta[] = []): string {
  const quantities = Object.fromEntries(
    device.quantities.map((quantity) => [readingKey(quantity), quantityMeta(quantity)]),
  );
  return JSON.stringify({
    name: device.name,
    manufacturer: device.manufacturer,
    model: device.model,
    address: device.address,
    lines: device.lines,
    interval: device.intervalMs / 1000,
    fresh: freshnessMs(device) / 1000,
    sign: 'import positive, export negative',
    quantities,
    ...(aggregates.length === 0
      ? {}
      : { aggregates: Object.fromEntries(aggregates.map((each) => [each.key, aggregateMeta(each)])) }),
  });
}

function aggregateMeta({ of, statistic, intervalMs }: AggregateMeta) {
  const { name, unit, class: quantityClass, decimals } = quantityMeta(of);
  return {
    name: `${name}, ${statistic}`,
    of: readingKey(of),
    statistic,
    unit,
    class: quantityClass,
    decimals,
    interval: intervalMs / 1000,
  };
}

function quantityMeta(quantity: DeviceQuantity) {
  const { name, unit, class: quantityClass, kind, decimals } = quantityFacts(quantity.code);
  return {
    name: quantity.phase === undefined ? name : `${name} ${quantity.phase}`,
    unit,
    class: quantityClass,
    kind,
    decimals,
    interval: quantity.intervalMs / 1000,
    origin: quantity.origin,
    resets: quantity.resets,
    doubt: quantity.doubt,
  };
}

export interface GatewayInfo {
  readonly version: string;
  readonly startedAt: number;
  readonly protocol: 5 | 4 | undefined;
  readonly devices: readonly string[];
}

/** The `gateway/info` document. */
export function formatInfo(info: GatewayInfo): string {
  return JSON.stringify({
    program: 'busbar',
    version: info.version,
    started: formatTime(info.startedAt),
    node: process.versions.node,
    mqtt: info.protocol === 4 ? '3.1.1' : '5',
    devices: info.devices,
  });
}

/** The `gateway/stats` document. */
export function formatStatistics(atMs: number, statistics: Statistics): string {
  return JSON.stringify({ ts: formatTime(atMs), ...statistics });
}

/** One line of `gateway/events`. */
export function formatNotice(notice: Notice): string {
  return JSON.stringify({
    ts: formatTime(notice.at),
    level: notice.level,
    code: notice.code,
    message: notice.message,
    device: notice.deviceId,
    bus: notice.bus,
  });
}
