import * as z from 'zod';
import { FILE_SCHEMA } from './file-schema.ts';

/** The rules of the file as a JSON Schema, for editors that complete and check YAML while it is written. */
export function houseJsonSchema(): Record<string, unknown> {
  return {
    ...z.toJSONSchema(FILE_SCHEMA, { io: 'input', target: 'draft-7' }),
    title: 'busbar configuration',
  };
}
