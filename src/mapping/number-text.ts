const DECIMAL = /^[ \t\r\n]*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)[ \t\r\n]*$/;
/** No number that was measured needs more characters. */
const MAX_LENGTH = 64;

/**
 * A finite number, or text that is one plain decimal number (an exponent and blanks around it are allowed).
 * Everything else is undefined: '', null, true, 'nan', 'unavailable', '0x1f', '12abc', '1,5', Infinity.
 */
export function toNumber(value: unknown): number | undefined {
  const number = typeof value === 'number' ? value : typeof value === 'string' ? ofText(value) : undefined;
  if (number === undefined || !Number.isFinite(number)) return undefined;
  // Minus zero would be printed as "-0".
  return number === 0 ? 0 : number;
}

function ofText(text: string): number | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const digits = DECIMAL.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
