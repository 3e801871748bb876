/** More than any plug or page sends; what is longer is an accident or an attack. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * The value of a JSON text; undefined where it is malformed, not UTF-8, or longer than `maxBytes`. Never throws.
 * Keys such as `__proto__` become plain own properties: look at values with `valueAtPath` only.
 */
export function parseJson(bytes: Uint8Array | string, maxBytes = MAX_TEXT_BYTES): unknown | undefined {
  const text = decodeText(bytes, maxBytes);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** UTF-8 as text, without a byte order mark; undefined where it is not UTF-8 or longer than `maxBytes`. */
export function decodeText(
  bytes: Uint8Array | string,
  maxBytes = MAX_TEXT_BYTES,
  encoding = 'utf-8',
): string | undefined {
  if (bytes.length > maxBytes) return undefined;
  if (typeof bytes === 'string')
    return Buffer.byteLength(bytes) > maxBytes ? undefined : bytes.replace(/^\uFEFF/, '');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
