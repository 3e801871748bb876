import type * as z from 'zod';
import { nearestWord, type PathStep } from '../lib/issue.ts';
import { valueAt } from '../lib/schema-walk.ts';
import { DERIVED_FIELDS, type DraftDerived } from './derived-schema.ts';
import { COMMON_DEVICE_FIELDS } from './device-fields.ts';
import { USER_FIELDS } from './file-schema.ts';
import * as scalar from './scalars.ts';
import { SIMULATED_BUS_FIELDS, SIMULATED_METER_FIELDS, SIMULATED_STICK_FIELDS } from './simulator-schema.ts';
import type { Entry, SectionKind, Sound } from './source-kind.ts';
import type { ByteConnection, Connection } from './types.ts';

/**
 * What can be read of a file that may be full of mistakes: every field that is sound on its own, with its path.
 * The cross checks work on this, so that a mistyped key does not hide a device id that stands twice.
 */
export interface Draft {
  readonly sources: readonly DraftSource[];
  readonly derived: readonly DraftDerived[];
  readonly users: readonly Entry<Sound<typeof USER_FIELDS>>[];
  readonly buses: readonly DraftBus[];
  readonly sticks: readonly Entry<Sound<typeof SIMULATED_STICK_FIELDS>>[];
}

type DraftDevice = Entry<Sound<typeof COMMON_DEVICE_FIELDS>>;
type DraftMeter = Entry<Sound<typeof SIMULATED_METER_FIELDS>>;

export interface DraftSource
  extends Entry<{
    readonly id?: string;
    /** Of the kinds that have one by this name. */
    readonly connection?: Connection | ByteConnection;
  }> {
  /** Undefined where `type` says nothing that is known. */
  readonly kind: SectionKind | undefined;
  readonly devices: readonly DraftDevice[];
}

interface DraftBus extends Entry<Sound<typeof SIMULATED_BUS_FIELDS>> {
  readonly meters: readonly DraftMeter[];
}

/** Picks what is sound out of the plain values of a file. */
export function draftOf(root: unknown, kinds: readonly SectionKind[]): Draft {
  const entry = <F extends z.ZodRawShape>(fields: F, path: readonly PathStep[]) => {
    const found = valueAt(root, path);
    return {
      path,
      fields: soundFields(fields, found),
      hasKey: (key: string) => valueAt(found, [key]) !== undefined,
      lacks: (key: string) =>
        valueAt(found, [key]) === undefined && nearestWord(key, unknownKeys(fields, found)) === undefined,
    };
  };
  const entries = <F extends z.ZodRawShape>(fields: F, path: readonly PathStep[]) =>
    indexes(valueAt(root, path)).map((index) => entry(fields, [...path, index]));
  return {
    sources: indexes(valueAt(root, ['sources'])).map((index) => {
      const path = ['sources', index];
      const kind = kinds.find(({ type }) => type === valueAt(root, [...path, 'type']));
      const source = entry({ id: scalar.id, ...kind?.fields }, path);
      const deviceFields = { ...COMMON_DEVICE_FIELDS, ...kind?.deviceFields };
      // A key `connection` gives one of the two, by the agreement of SectionKind.
      return { ...source, kind, devices: entries(deviceFields, [...path, 'devices']) } as DraftSource;
    }),
    derived: entries(DERIVED_FIELDS, ['derived']),
    users: entries(USER_FIELDS, ['broker', 'users']),
    sticks: entries(SIMULATED_STICK_FIELDS, ['simulator', 'sticks']),
    buses: entries(SIMULATED_BUS_FIELDS, ['simulator', 'buses']).map((bus) => ({
      ...bus,
      meters: entries(SIMULATED_METER_FIELDS, [...bus.path, 'meters']),
    })),
  };
}

function unknownKeys(fields: z.ZodRawShape, entry: unknown): string[] {
  const keys = typeof entry === 'object' && entry !== null ? Object.keys(entry) : [];
  return keys.filter((key) => !Object.hasOwn(fields, key));
}

function indexes(list: unknown): number[] {
  return Array.isArray(list) ? [...list.keys()] : [];
}

function soundFields<F extends z.ZodRawShape>(fields: F, entry: unknown): Sound<F> {
  const sound = Object.entries(fields).flatMap(([key, schema]) => {
    const value = valueAt(entry, [key]);
    const result = (schema as z.ZodType).safeParse(value);
    return value !== undefined && result.success ? [[key, result.data] as const] : [];
  });
  // Each value was checked by the schema of its own key.
  return Object.fromEntries(sound) as Sound<F>;
}
