import type * as z from 'zod';
import { nearestWord, type PathStep } from '../lib/issue.ts';
import { valueAt } from '../lib/schema-walk.ts';
import {
  DEVICE_FIELDS,
  MODBUS_SOURCE_FIELDS,
  SIMULATED_BUS_FIELDS,
  SIMULATED_METER_FIELDS,
  USER_FIELDS,
} from './file-schema.ts';

/**
 * What can be read of a file that may be full of mistakes: every field that is sound on its own, with its path.
 * The cross checks work on this, so that a mistyped key does not hide a device id that stands twice.
 */
export interface Draft {
  readonly sources: readonly DraftSource[];
  readonly users: readonly Entry<Sound<typeof USER_FIELDS>>[];
  readonly buses: readonly DraftBus[];
}

interface Entry<T> {
  readonly path: readonly PathStep[];
  readonly fields: T;
  /** Whether the key stands there at all, sound or not. */
  hasKey(key: string): boolean;
  /** Whether it does not, and no unknown key looks as if it were meant. */
  lacks(key: string): boolean;
}

export type DraftDevice = Entry<Sound<typeof DEVICE_FIELDS>>;
export type DraftMeter = Entry<Sound<typeof SIMULATED_METER_FIELDS>>;

export interface DraftSource extends Entry<Sound<typeof MODBUS_SOURCE_FIELDS>> {
  readonly devices: readonly DraftDevice[];
}

interface DraftBus extends Entry<Sound<typeof SIMULATED_BUS_FIELDS>> {
  readonly meters: readonly DraftMeter[];
}

type Sound<F extends z.core.$ZodShape> = { readonly [K in keyof F]?: z.output<F[K]> | undefined };

/** Picks what is sound out of the plain values of a file. */
export function draftOf(root: unknown): Draft {
  const entries = <F extends z.ZodRawShape>(fields: F, path: readonly PathStep[]) =>
    indexes(valueAt(root, path)).map((index) => {
      const at = [...path, index];
      const entry = valueAt(root, at);
      return {
        path: at,
        fields: soundFields(fields, entry),
        hasKey: (key: string) => valueAt(entry, [key]) !== undefined,
        lacks: (key: string) =>
          valueAt(entry, [key]) === undefined && nearestWord(key, unknownKeys(fields, entry)) === undefined,
      };
    });
  return {
    sources: entries(MODBUS_SOURCE_FIELDS, ['sources']).map((source) => ({
      ...source,
      devices: entries(DEVICE_FIELDS, [...source.path, 'devices']),
    })),
    users: entries(USER_FIELDS, ['broker', 'users']),
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
