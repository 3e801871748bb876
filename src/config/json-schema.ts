import * as z from 'zod';
import { createFileSchema } from './file-schema.ts';
import type { SectionKind } from './source-kind.ts';

/** The rules of the file as a JSON Schema, for editors that complete and check YAML while it is written. */
export function houseJsonSchema(kinds: readonly SectionKind[]): Record<string, unknown> {
  return {
    ...z.toJSONSchema(createFileSchema(kinds), { io: 'input', target: 'draft-7' }),
    title: 'busbar configuration',
  };
}
