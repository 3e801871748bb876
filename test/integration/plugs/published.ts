import { readFileSync } from 'node:fs';

/** A sample that somebody published, with what it means; as it stands in test/fixtures/plugs. */
export interface Vector {
  readonly id: string;
  readonly topic?: string;
  readonly payload?: unknown;
  readonly hex?: string;
  readonly decoded: Readonly<Record<string, { readonly value: unknown }>>;
}

const load = (name: string) => JSON.parse(readFileSync(`test/fixtures/plugs/${name}.json`, 'utf8'));
const LISTS: readonly (readonly Vector[])[] = [
  load('plugwise'),
  load('http'),
  load('serial').samples,
  load('waveform'),
  load('mqtt-a').vectors,
  load('mqtt-b').messages,
];

/** All of them, in the order of the files. */
export const IDS: readonly string[] = LISTS.flat().map(({ id }) => id);

export function vector(id: string): Vector {
  const found = LISTS.flat().find((each) => each.id === id);
  if (found === undefined) throw new Error(`no published sample ${id}`);
  // The people who published them hid the ends of their MACs and the names of their computers.
  const text = JSON.stringify(found)
    .replaceAll('nnnnn', '1B2C3')
    .replaceAll('CC50E3******', 'CC50E3AABBCC')
    .replaceAll('<hostname>', 'attic')
    .replaceAll('<friendly_name>', 'Flur/Zähler 2-fach');
  return JSON.parse(text) as Vector;
}

export const decoded = (id: string, field: string): unknown => vector(id).decoded[field]?.value;

export function textOf(id: string): string {
  const { payload } = vector(id);
  return typeof payload === 'string' ? payload : JSON.stringify(payload);
}

/** What becomes of each decoded value of one sample on its way through a source. */
export interface Meaning {
  /** Field of the sample: the reading that it must come out as, `plug/p`. */
  readonly keys: Readonly<Record<string, string>>;
  /** Field of the sample: why it is no reading here. */
  readonly unpublished?: Readonly<Record<string, string>>;
  /** What else must come out: of what the sample leaves open, or of the messages beside it. */
  readonly also?: Readonly<Record<string, number>>;
  /** Largest part by which a reading may differ from the published value, which is rounded. */
  readonly tolerance?: number;
}

/** Every reading that must come out, and nothing beside it. */
export function expectedReadings(id: string, { keys, also }: Meaning): Record<string, number> {
  const readings = Object.entries(keys).flatMap(([field, key]) => {
    const value = decoded(id, field);
    // null: the sample says that there is no reading.
    return value === null || value === undefined
      ? []
      : [[key, value === 'on' ? 1 : value === 'off' ? 0 : Number(value)] as const];
  });
  return { ...Object.fromEntries(readings), ...also };
}

/** Decoded values that are neither checked nor excused. */
export function forgottenFields(id: string, { keys, unpublished = {} }: Meaning): string[] {
  return Object.keys(vector(id).decoded).filter((field) => !(field in keys) && !(field in unpublished));
}
