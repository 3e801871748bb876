/** Values under such keys are never repeated in a message. */
const SECRET_KEY = /pass(word|phrase)?|secret|token|hash|key$/i;

// A key that slipped into a value ("password:hunter2" without its space) would carry the secret with it, and
// a URL can hold one before its "@".
const SECRET_TEXT = /(password|passphrase|pass|secret|token|hash|scrypt)[\s\S]+/i;
const HARMLESS_WORDS = /^(pass(word|phrase)?(Hash)?(File)?|hash|token|secret)$/;
const CREDENTIALS = /^([a-z+]*:\/\/)?[\s\S]*@/i;

const MAX_SHOWN = 60;

/** Whether values at a key of this name are secrets. */
export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

/** Text as it may be shown: without credentials of a URL, and cut behind a word that announces a secret. */
export function showText(text: string): string {
  if (HARMLESS_WORDS.test(text)) return text;
  const safe = text.replace(CREDENTIALS, '$1***@').replace(SECRET_TEXT, '$1...');
  return safe.length > MAX_SHOWN ? `${safe.slice(0, MAX_SHOWN - 3)}...` : safe;
}

/** What was found, in words: short, one line, quoted where it is text. */
export function describeValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object') return 'a section';
  return typeof value === 'string' ? JSON.stringify(showText(value)) : String(value);
}
