import type * as z from 'zod';
import type { Issue, PathStep } from '../lib/issue.ts';
import type { PathOf } from './path-of.ts';
import type { IssueAt } from './places.ts';
import type { Secret, SourceConfig, SourceDeviceConfig } from './types.ts';

/**
 * What the configuration must know of one kind of source: which keys its section and its devices have beside
 * the common ones, what is wrong when they are taken together, and the value that the source is made from.
 */
export interface SectionKind<
  F extends z.ZodRawShape = z.ZodRawShape,
  D extends z.ZodRawShape = z.ZodRawShape,
  C extends SourceConfig = SourceConfig,
> {
  /** What stands behind `type:`; lower-case words joined by "-". */
  readonly type: string;
  /** One sentence for docs/configuration.md. */
  readonly doc: string;
  /** Keys of the section beside `type`, `id` and `devices`. A key `connection` is checked for clashes of ports. */
  readonly fields: F;
  /** Keys of a device beside `id`, `name`, `interval`, `invert`, `rating`, `publish`, `aggregate`, `integrate`. */
  readonly deviceFields: D;
  /** Seconds between two samples where the file says nothing; the top `interval` where this is absent. */
  readonly defaultIntervalS?: number;
  /** Paths in the section of keys that name a file with a secret: `[['broker', 'passwordFile']]`. */
  readonly secretFiles?: readonly (readonly string[])[];
  /** Mistakes that only show when several fields are seen together; each field here is sound by itself. */
  check?(section: SectionDraft<F, D>, surroundings: CheckSurroundings): readonly Issue[];
  /** Called for a file without mistakes. */
  build(section: Section<F, D>, surroundings: BuildSurroundings): C;
}

/** The sound fields of a section that may be full of mistakes. */
export interface SectionDraft<F extends z.ZodRawShape, D extends z.ZodRawShape>
  extends Entry<Sound<F & { id: z.ZodType<string> }>> {
  readonly devices: readonly Entry<Sound<D & CommonDraft>>[];
}

interface CommonDraft {
  id: z.ZodType<string>;
  interval: z.ZodType<number>;
}

/** One entry of the file, with the fields that are sound on their own. */
export interface Entry<T> {
  readonly path: readonly PathStep[];
  readonly fields: T;
  /** Whether the key stands there at all, sound or not. */
  hasKey(key: string): boolean;
  /** Whether it does not, and no unknown key looks as if it were meant. */
  lacks(key: string): boolean;
}

export type Sound<F extends z.core.$ZodShape> = {
  readonly [K in keyof F]?: z.output<F[K]> | undefined;
};

/** A section without mistakes: the common part is built, the kind's own fields are as its schema gives them. */
export interface Section<F extends z.ZodRawShape, D extends z.ZodRawShape> {
  readonly id: string;
  readonly fields: z.output<z.ZodObject<F>>;
  readonly devices: readonly {
    readonly common: SourceDeviceConfig;
    readonly fields: z.output<z.ZodObject<D>>;
  }[];
}

export interface CheckSurroundings {
  readonly at: IssueAt;
  /** Seconds; what a device without `interval` of its own has. */
  readonly defaultIntervalS: number;
  /** Ids of the meter models; undefined where they are not checked. */
  readonly knownMeters: readonly string[] | undefined;
}

export interface BuildSurroundings {
  /** Turns a path as it was written into an absolute one. */
  readonly pathOf: PathOf;
  /** What was read from the file that the key of `secretFiles` at this path names; undefined where it is absent. */
  secretAt(path: readonly string[]): Secret | undefined;
}
