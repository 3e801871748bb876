import * as z from 'zod';
import { allowing } from '../lib/schema-walk.ts';
import { CONNECTION_FORMS, parseConnection } from './connection.ts';
import type { Connection } from './types.ts';

/** The rule for the connection URL of a Modbus line. */
export const modbusConnection = allowing(
  CONNECTION_FORMS,
  z.string().transform((text, context): Connection => {
    const parsed = parseConnection(text);
    if (!('problem' in parsed)) return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem, params: { ...parsed } });
    return z.NEVER;
  }),
);
