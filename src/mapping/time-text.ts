import { toNumber } from './number-text.ts';

// 2000 to 2100: whatever lies outside is a clock that was never set, or no time at all.
const EARLIEST_MS = Date.UTC(2000, 0, 1);
const LATEST_MS = Date.UTC(2100, 0, 1);
const MAX_LENGTH = 64;

const ISO =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,12}))?)? ?(?:[Zz]|([+-])(\d\d):?(\d\d)?)$/;

/**
 * Unix seconds or milliseconds (a number or its text), or ISO 8601 with its zone, as milliseconds since 1970.
 * Undefined without a zone, where the date does not exist, and outside of 2000 to 2100.
 */
export function toTime(value: unknown): number | undefined {
  const number = toNumber(value);
  if (number !== undefined) return isSane(number) ? number : sane(number * 1000);
  if (typeof value !== 'string' || value.length > MAX_LENGTH) return undefined;
  const found = ISO.exec(value.trim());
  return found === null ? undefined : ofIso(found);
}

function ofIso(found: RegExpExecArray): number | undefined {
  const part = (index: number) => Number(found[index] ?? 0);
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [zoneHours, zoneMinutes] = [part(9), part(10)];
  const isTime = hour < 24 && minute < 60 && second < 60 && zoneHours < 24 && zoneMinutes < 60;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  const isDate = midnight.getUTCMonth() === month - 1 && midnight.getUTCDate() === day;
  if (!isTime || !isDate) return undefined;
  const fractionMs = Math.round(Number(`0.${found[7] ?? 0}`) * 1_000_000) / 1000;
  const zone = (found[8] === '-' ? -1 : 1) * (zoneHours * 60 + zoneMinutes);
  return sane(midnight.getTime() + ((hour * 60 + minute - zone) * 60 + second) * 1000 + fractionMs);
}

const isSane = (ms: number) => ms >= EARLIEST_MS && ms < LATEST_MS;
const sane = (ms: number) => (isSane(ms) ? ms : undefined);
