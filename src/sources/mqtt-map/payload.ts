import { MAX_TEXT_BYTES, parseJson } from '../../mapping/json-text.ts';
import { toNumber } from '../../mapping/number-text.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that a payload is; undefined for anything else. Never throws. */
export function jsonObject(payload: Buffer, maxBytes = MAX_TEXT_BYTES): JsonObject | undefined {
  // Most topics that are no object are one word or number: those are not worth the parser's exception.
  if (!mayBeObject(payload)) return undefined;
  return asObject(parseJson(payload, maxBytes));
}

const OPENING_BRACE = 0x7b;
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

function mayBeObject(payload: Buffer): boolean {
  let at = 0;
  while (at < payload.length && BLANKS.has(payload[at] ?? 0)) at++;
  return payload[at] === OPENING_BRACE;
}

export function asObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as JsonObject; // an object out of JSON.parse: its keys are strings
}

/** An own member; undefined where there is none. */
export function member(object: JsonObject | undefined, key: string): unknown {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

export function objectMember(object: JsonObject | undefined, key: string): JsonObject | undefined {
  return asObject(member(object, key));
}

export function numberMember(object: JsonObject | undefined, key: string): number | undefined {
  return toNumber(member(object, key));
}

const MAX_SHOWN = 100;

/** A text for people out of what a device says of itself: one line, not too long; undefined for anything else. */
export function textMember(object: JsonObject | undefined, key: string): string | undefined {
  const value = member(object, key);
  if (typeof value !== 'string') return undefined;
  const text = value.replace(/\p{Cc}/gu, ' ').trim();
  return text === '' ? undefined : text.slice(0, MAX_SHOWN);
}

const MAX_WORD_BYTES = 64;

/** A short payload as text, for words and numbers; undefined where it is longer. */
export function shortPayload(payload: Buffer): string | undefined {
  return payload.length > MAX_WORD_BYTES ? undefined : payload.toString('utf8').trim();
}
