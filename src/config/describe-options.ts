import * as z from 'zod';
import { allowedText } from '../lib/schema-walk.ts';
import { COMMON_DEVICE_FIELDS } from './device-fields.ts';
import { createFileSchema } from './file-schema.ts';
import { OPTION_ROWS } from './options.ts';
import type { SectionKind } from './source-kind.ts';
import { sectionSchema } from './source-sections.ts';

/** One key of the file, as the reference and the help of commands show it. */
export interface OptionDescription {
  /** Where it stands: empty for the top, `mqtt`, `sources[].devices[]`. */
  readonly section: string;
  readonly key: string;
  readonly isRequired: boolean;
  readonly allowed: string;
  /** The default in words; undefined where there is none. */
  readonly fallback: string | undefined;
  readonly doc: string;
  /** Name in the environment, and on the command line, where it has one. */
  readonly variable: string | undefined;
  readonly argument: string | undefined;
}

/**
 * Every key that can stand in the file, section by section, from the schema that also checks it. What all sources
 * have is described once, at `sources[]`; what a kind adds is at `sources[<type>]`.
 */
export function describeOptions(kinds: readonly SectionKind[]): readonly OptionDescription[] {
  const [first] = kinds;
  if (first === undefined) return [];
  const whole = describeSection(createFileSchema([{ ...first, fields: {}, deviceFields: {} }]), '');
  return [...whole, ...kinds.flatMap((kind) => describeKind(kind))];
}

const COMMON_KEYS: readonly string[] = ['type', 'id', 'devices'];

function describeKind(kind: SectionKind): OptionDescription[] {
  const path = `sources[${kind.type}]`;
  const isOwn = ({ section, key }: OptionDescription) => {
    if (section === path) return !COMMON_KEYS.includes(key);
    const isDevice = section === `${path}.devices[]`;
    const isInsideCommon = Object.keys(COMMON_DEVICE_FIELDS).some((common) =>
      section.startsWith(`${path}.devices[].${common}`),
    );
    return isDevice ? Object.hasOwn(kind.deviceFields, key) : !isInsideCommon;
  };
  return describeSection(sectionSchema(kind), path).filter(isOwn);
}

function describeSection(section: z.ZodObject, path: string): OptionDescription[] {
  const fields = Object.entries(section.shape as Record<string, z.ZodType>);
  const own = fields.map(([key, schema]) => describeKey(schema, path, key));
  const inner = fields.flatMap(([key, schema]) => {
    const { object, suffix } = sectionIn(schema);
    const innerPath = `${path === '' ? '' : `${path}.`}${key}${suffix}`;
    return object === undefined ? [] : describeSection(object, innerPath);
  });
  return [...own, ...inner];
}

function describeKey(schema: z.ZodType, section: string, key: string): OptionDescription {
  const row = OPTION_ROWS.find(({ path }) => path === (section === '' ? key : `${section}.${key}`));
  const fallback = row?.option.fallback;
  return {
    section,
    key,
    isRequired: !schema.safeParse(undefined).success,
    allowed: allowedText(schema) ?? shapeWords(schema),
    fallback: row?.option.fallbackText ?? (fallback === undefined ? undefined : String(fallback)),
    doc: schema.description ?? '',
    variable: row?.variable,
    argument: row?.argument,
  };
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

function sectionIn(schema: z.ZodType): { object: z.ZodObject | undefined; suffix: string } {
  const outer = unwrapped(schema);
  if (outer instanceof z.ZodRecord)
    return outer.valueType instanceof z.ZodObject
      ? { object: outer.valueType, suffix: '.*' }
      : { object: undefined, suffix: '' };
  const isList = outer instanceof z.ZodArray;
  const entry = isList ? unwrapped(outer.element) : outer;
  const object = entry instanceof z.ZodDiscriminatedUnion ? entry.options[0] : entry;
  return { object: object instanceof z.ZodObject ? object : undefined, suffix: isList ? '[]' : '' };
}

function shapeWords(schema: z.ZodType): string {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodEnum) return inner.options.join(', ');
  if (inner instanceof z.ZodLiteral) return [...inner.values].join(', ');
  if (inner instanceof z.ZodArray) {
    const words = allowedText(inner.element as z.ZodType);
    return words === undefined ? 'a list' : `a list; each ${words}`;
  }
  return 'a section';
}
