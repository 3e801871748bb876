/**
 * Times as Circles write them. All of them are in the zone that the host set, which is UTC here.
 *
 *     | year - 2000 | month | minutes since the first of the month |     hexadecimal; info and energy log
 *            2          2                    4
 *
 * The minutes may exceed the month, and with a clock that was never set they overflow: they are added, never
 * held against a range. FFFFFFFF stands in places of the log that were never written.
 */
const MINUTE_MS = 60_000;
const NEVER = 'FFFFFFFF';

/** Milliseconds since 1970 in UTC, or undefined for a place that was never written or a clock never set. */
export function decodeDate(digits: string): number | undefined {
  if (!/^[0-9A-F]{8}$/.test(digits) || digits === NEVER) return undefined;
  const month = Number.parseInt(digits.slice(2, 4), 16);
  // A clock that was never set says month 0 of year 0.
  if (month < 1 || month > 12) return undefined;
  const year = 2000 + Number.parseInt(digits.slice(0, 2), 16);
  return Date.UTC(year, month - 1) + Number.parseInt(digits.slice(4), 16) * MINUTE_MS;
}

/** The eight digits of a moment, whole minutes. */
export function encodeDate(atMs: number): string {
  const date = new Date(atMs);
  const year = date.getUTCFullYear();
  const minutes = Math.floor((atMs - Date.UTC(year, date.getUTCMonth())) / MINUTE_MS);
  return hex(year - 2000, 2) + hex(date.getUTCMonth() + 1, 2) + hex(minutes, 4);
}

/** Hours, minutes, seconds, weekday (0 is Monday), two hexadecimal digits each. */
export function encodeClock(atMs: number): string {
  const date = new Date(atMs);
  return [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds(), weekday(date)]
    .map((part) => hex(part, 2))
    .join('');
}

/** Milliseconds since midnight of a clock's first six digits; undefined for an impossible time of day. */
export function decodeClock(digits: string): number | undefined {
  if (!/^[0-9A-F]{6}/.test(digits)) return undefined;
  const [hours = 0, minutes = 0, seconds = 0] = [0, 2, 4].map((at) =>
    Number.parseInt(digits.slice(at, at + 2), 16),
  );
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1000;
}

/** Second, minute, hour, weekday, day, month, year of the Circle+'s real-time clock: decimal digits. */
export function encodeRealTimeClock(atMs: number): string {
  const date = new Date(atMs);
  const parts = [
    date.getUTCSeconds(),
    date.getUTCMinutes(),
    date.getUTCHours(),
    weekday(date),
    date.getUTCDate(),
    date.getUTCMonth() + 1,
    date.getUTCFullYear() % 100,
  ];
  return parts.map((part) => `${part}`.padStart(2, '0')).join('');
}

const DAY_MS = 86_400_000;

/** How far a time of day is ahead (or, below 0, behind) of a moment, over midnight as well; ms. */
export function clockDifferenceMs(timeOfDayMs: number, atMs: number): number {
  const difference = (((timeOfDayMs - atMs) % DAY_MS) + DAY_MS) % DAY_MS;
  return difference > DAY_MS / 2 ? difference - DAY_MS : difference;
}

function weekday(date: Date): number {
  return (date.getUTCDay() + 6) % 7;
}

/** Upper-case hexadecimal digits of a number that is not negative. */
export function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
