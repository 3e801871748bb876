import { formatTable } from '../../lib/table.ts';
import type { CounterRecord, RememberedDevice } from '../../pipeline/counter-memory.ts';

const COLUMNS = [
  { title: 'DEVICE' },
  { title: 'KEY' },
  { title: 'PUBLISHED', align: 'right' },
  { title: 'RAW', align: 'right' },
  { title: 'OFFSET', align: 'right' },
  { title: 'RESETS', align: 'right' },
  { title: 'SINCE' },
  { title: 'LAST' },
  { title: 'COUNTED' },
] as const;

/** All counters, one line each. */
export function countersTable(devices: ReadonlyMap<string, RememberedDevice>): string[] {
  const rows = allCounters(devices).map(({ device, key, record }) => [
    device,
    key,
    figure(record.published),
    figure(record.raw),
    figure(record.offset),
    String(record.resets),
    dayOf(record.since),
    minuteOf(record.at),
    record.origin === 'integrated' ? 'here, from power' : 'by the device',
  ]);
  if (rows.length === 0) return ['No counter has been kept yet.'];
  return [
    ...formatTable(COLUMNS, rows),
    '',
    'Published is raw + offset, in kWh, kvarh or kVAh; a running gateway writes this once a minute.',
  ];
}

/** The same for programs. */
export function countersDocument(devices: ReadonlyMap<string, RememberedDevice>) {
  return allCounters(devices).map(({ device, key, record }) => ({
    device,
    key,
    published: record.published,
    raw: record.raw,
    offset: record.offset,
    resets: record.resets,
    since: new Date(record.since).toISOString(),
    at: new Date(record.at).toISOString(),
    integrated: record.origin === 'integrated',
  }));
}

interface ListedCounter {
  readonly device: string;
  readonly key: string;
  readonly record: CounterRecord;
}

function allCounters(devices: ReadonlyMap<string, RememberedDevice>): readonly ListedCounter[] {
  return [...devices]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([device, { counters }]) =>
      [...counters].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, record]) => ({ device, key, record })),
    );
}

function figure(value: number): string {
  return value.toFixed(3);
}

function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

function minuteOf(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}
