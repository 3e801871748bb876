import * as z from 'zod';
import type { CounterRecord, RememberedDevice } from './counter-memory.ts';

/**
 * The counters on disk:
 *
 *     {"version":1,"devices":{"kettle":{"identity":"84:f3:eb:00:11:22","counters":{
 *       "e_imp":{"raw":1.25,"offset":310.4,"published":311.65,"ceiling":311.67,"at":1795327800000,"since":1763791800000,"resets":2}}}}}
 *
 * `published` is raw + offset, or more for a while where a run before had come further. `ceiling` is what may have been published before the next write: the run after a kill
 * does not know how far the last one came, only that it stayed below.
 */
const VERSION = 1;

const energy = z.number().min(0).max(1e15);
const moment = z.number().min(-8.64e15).max(8.64e15);
const word = z.string().min(1).max(256);

const recordSchema = z.strictObject({
  raw: energy,
  offset: z.number().min(-1e15).max(1e15),
  published: energy,
  ceiling: energy,
  at: moment,
  since: moment,
  resets: z.int().min(0),
  origin: z.literal('integrated').optional(),
  rebase: z.literal(true).optional(),
});

const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  devices: z.record(
    word,
    z.strictObject({ identity: word.optional(), counters: z.record(word, recordSchema) }),
  ),
});

/** One counter as it stands in the file. */
export type StoredCounter = z.output<typeof recordSchema>;

/** The text of the file; `ceilingOf` says how far each counter may be published before the next write. */
export function formatCounters(
  devices: ReadonlyMap<string, RememberedDevice>,
  ceilingOf: (deviceId: string, key: string, record: CounterRecord) => number,
): string {
  const entries = [...devices].map(([id, { identity, counters }]) => {
    const records = [...counters].map(([key, record]) => [key, stored(record, ceilingOf(id, key, record))]);
    return [id, { identity, counters: Object.fromEntries(records) }];
  });
  return `${JSON.stringify({ version: VERSION, devices: Object.fromEntries(entries) }, undefined, 1)}\n`;
}

function stored(record: CounterRecord, ceiling: number): StoredCounter {
  const { raw, offset, published, at, since, resets, origin, rebase } = record;
  return { raw, offset, published, ceiling, at, since, resets, origin, rebase };
}

/** Each counter as it was when the file was written. Throws an Error that says what is wrong with the text. */
export function parseLastFigures(text: string): ReadonlyMap<string, RememberedDevice> {
  return parse(text, ({ ceiling: _, ...record }) => record);
}

/** Each counter as the next run goes on with it. Throws an Error that says what is wrong with the text. */
export function parseCounters(text: string): ReadonlyMap<string, RememberedDevice> {
  return parse(text, remembered);
}

function parse(
  text: string,
  recordOf: (stored: StoredCounter) => CounterRecord,
): ReadonlyMap<string, RememberedDevice> {
  const content: unknown = JSON.parse(text);
  const result = fileSchema.safeParse(content);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Error(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is damaged'}`);
  }
  return new Map(
    Object.entries(result.data.devices).map(([id, { identity, counters }]) => [
      id,
      {
        ...(identity === undefined ? {} : { identity }),
        counters: new Map(Object.entries(counters).map(([key, record]) => [key, recordOf(record)])),
      },
    ]),
  );
}

// A sum that was counted here goes on below its ceiling unseen, until it has passed what may have been published.
// A device's own counter has counted on itself, and needs the ceiling only if it does not go on.
function remembered({ ceiling, origin, rebase, ...counter }: StoredCounter): CounterRecord {
  const { raw, offset, published } = counter;
  if (origin === 'integrated') return { ...counter, origin, published: Math.max(published, ceiling) };
  return {
    ...counter,
    published: Math.max(0, raw + offset, published),
    ...(ceiling > published ? { mayHavePublished: ceiling } : {}),
    ...(rebase === undefined ? {} : { rebase }),
  };
}
