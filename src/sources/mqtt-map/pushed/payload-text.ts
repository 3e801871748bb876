import { decodeText } from '../../../mapping/json-text.ts';

const MAX_BYTES = 256;

/** A payload that is one word or number; undefined where it is longer or no text. */
export function shortText(payload: Uint8Array): string | undefined {
  return decodeText(payload, MAX_BYTES);
}
