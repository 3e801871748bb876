import * as z from 'zod';
import type { PathStep } from './issue.ts';

const allowedTexts = z.registry<{ readonly text: string }>();

/** Says in plain words what may stand where this schema does; messages and tables then use these words. */
export function allowing<S extends z.ZodType>(text: string, schema: S): S {
  allowedTexts.add(schema, { text });
  return schema;
}

type Definition = { readonly type: string; readonly [key: string]: unknown };

function definitionOf(schema: unknown): Definition | undefined {
  return (schema as { _zod?: { def?: Definition } } | undefined)?._zod?.def;
}

/** The value at a path, looking at own properties only. */
export function valueAt(root: unknown, path: readonly PathStep[]): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PathStep, unknown>)[step];
  }
  return value;
}

/** The keys that a schema knows at a path; the values choose among the branches of a discriminated union. */
export function knownKeys(schema: z.ZodType, path: readonly PathStep[], root: unknown): string[] {
  const found = schemaAt(schema, path, root);
  const def = definitionOf(unwrap(found, valueAt(root, path)));
  return def?.type === 'object' ? Object.keys(def.shape as object) : [];
}

/** The words of `allowing` for the schema at a path, or for what it wraps. */
export function allowedText(
  schema: z.ZodType,
  path: readonly PathStep[] = [],
  root: unknown = undefined,
): string | undefined {
  let current = schemaAt(schema, path, root);
  while (current !== undefined) {
    const words = allowedTexts.get(current as z.ZodType);
    if (words !== undefined) return words.text;
    current = insideOf(definitionOf(current));
  }
  return undefined;
}

function schemaAt(schema: unknown, path: readonly PathStep[], root: unknown): unknown {
  let current = schema;
  let value = root;
  for (const step of path) {
    const def = definitionOf(unwrap(current, value));
    if (def?.type === 'object') {
      const shape = def.shape as Record<string, unknown>;
      current = Object.hasOwn(shape, step) ? shape[String(step)] : undefined;
    } else if (def?.type === 'array') current = def.element;
    else if (def?.type === 'record') current = def.valueType;
    else return undefined;
    value = valueAt(value, [step]);
  }
  return current;
}

function insideOf(def: Definition | undefined): unknown {
  return def?.type === 'pipe' ? def.in : def?.innerType;
}

// Looks through the wrappers (optional, default, transforms) to the schema that says what is inside.
function unwrap(schema: unknown, value: unknown): unknown {
  const def = definitionOf(schema);
  const inside = insideOf(def);
  if (inside !== undefined) return unwrap(inside, value);
  if (def?.type !== 'union') return schema;
  const options = (def.options as readonly unknown[]).map((option) => unwrap(option, value));
  const discriminator = def.discriminator as string | undefined;
  if (discriminator === undefined) return options.find((option) => definitionOf(option)?.type === 'object');
  return options.find((option) => {
    const shape = definitionOf(option)?.shape as Record<string, unknown> | undefined;
    const literal = definitionOf(unwrap(shape?.[discriminator], undefined));
    return (literal?.values as readonly unknown[] | undefined)?.includes(valueAt(value, [discriminator]));
  });
}
