/**
 * Readings that a home-made sensor sends as text in a receive packet.
 *
 *     2 3 4 . 5 0D                      one number
 *     P : 1 2 3 . 4 , V = 2 3 0 0A      names and numbers, parted by blanks, "," or ";"
 *
 * There is no standard for it; these two are what sketches print. One packet is one message.
 */
const NUMBER = /^[+-]?(?:\d{1,15}(?:\.\d{0,9})?|\.\d{1,9})$/;
const PAIR = /^([A-Za-z_][A-Za-z0-9_.-]{0,31})[:=](.*)$/;
const PRINTABLE = /^[\t\r\n\x20-\x7e]{1,255}$/;

/** The one number that a payload is; undefined where it is anything else. */
export function payloadNumber(payload: Uint8Array): number | undefined {
  const text = textOf(payload)?.trim();
  return text === undefined ? undefined : toNumber(text);
}

/** Names, in lower case, with their numbers; undefined where the payload is anything else. */
export function payloadPairs(payload: Uint8Array): ReadonlyMap<string, number> | undefined {
  const words = (textOf(payload) ?? '').split(/[\s,;]+/).filter((word) => word !== '');
  const values = new Map<string, number>();
  const seen = new Set<string>();
  for (const word of words) {
    const [, name, text = ''] = PAIR.exec(word) ?? [];
    const key = name?.toLowerCase();
    if (key === undefined || seen.has(key)) return undefined;
    seen.add(key);
    const value = toNumber(text);
    if (value !== undefined) values.set(key, value);
    else if (!/^[+-]?(?:nan|inf|ovf)?$/i.test(text)) return undefined;
  }
  return seen.size === 0 ? undefined : values;
}

function textOf(payload: Uint8Array): string | undefined {
  const text = Buffer.from(payload).toString('latin1');
  return PRINTABLE.test(text) ? text : undefined;
}

function toNumber(text: string): number | undefined {
  if (!NUMBER.test(text)) return undefined;
  const value = Number(text);
  return value === 0 ? 0 : value;
}
