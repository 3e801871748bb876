import * as z from 'zod';
import { readingKey } from '../../../config/reading-keys.ts';
import { seconds } from '../../../config/scalars.ts';
import { allowing } from '../../../lib/schema-walk.ts';

/** Building blocks for the sections of kinds whose devices publish by themselves. */

/** One topic, or the begin of several, without wildcards. */
export const topicPath = allowing(
  'topic levels joined by "/", without "+" and "#", no "/" at the ends',
  z
    .string()
    .max(256)
    .regex(/^[^+#\p{Cc}/]+(\/[^+#\p{Cc}/]+)*$/u),
);

/** One level of a topic. */
export const topicLevel = allowing(
  'one topic level: text without "/", "+" and "#"',
  z
    .string()
    .max(128)
    .regex(/^[^+#\p{Cc}/]+$/u),
);

/** A topic filter; "+" stands for one level. */
export const topicFilter = allowing(
  'topic levels joined by "/"; a level "+" stands for any',
  z
    .string()
    .max(256)
    .regex(/^(\+|[^+#\p{Cc}/]+)(\/(\+|[^+#\p{Cc}/]+))*$/u),
);

/** The unit in which a value arrives. */
export const unitText = allowing(
  'a unit such as W, kW, VA, V, A, mA, Wh, kWh, %',
  z
    .string()
    .max(16)
    .regex(/^[^\p{Cc}]*$/u),
);

export const quantity = readingKey.describe('What it is here: `p`, `v`, `e_imp`, `p_l1`');

export const resets = z
  .literal(['daily', 'monthly', 'at-boot'])
  .optional()
  .describe('When the counter begins again at 0 by itself; without it never');

export const FRESHNESS_FIELD = {
  fresh: seconds(1, 604_800)
    .optional()
    .describe('Seconds for which a sample stands for the present; without it three intervals'),
} as const;
