import { InvalidArgumentError } from 'commander';

/** How the texts of the command line become values; each mistake says what may stand there. */

const MAX_UNIT = 255;

/** Unit ids: `1-247`, `1,2,7`, `1-10,126`; each once, in the order given. */
export function parseUnits(text: string): readonly number[] {
  const allowed = 'allowed: numbers and ranges from 0 to 255, such as 1-247 or 1,2,100-110';
  const units = new Set<number>();
  for (const part of text.split(',')) {
    const [, first, last = first] = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) > MAX_UNIT || Number(first) > Number(last))
      throw new InvalidArgumentError(`found "${part.trim()}"; ${allowed}`);
    for (let unit = Number(first); unit <= Number(last); unit++) units.add(unit);
  }
  return [...units];
}

/** One unit id. */
export function parseUnit(text: string): number {
  const unit = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (unit >= 0 && unit <= MAX_UNIT) return unit;
  throw new InvalidArgumentError(`found "${text}"; allowed: a whole number from 1 to 247 (tcp:// 0 to 255)`);
}

/** Baud rates: `9600,19200`. */
export function parseBauds(text: string): readonly number[] {
  return listOf(text).map((part) => {
    const baud = /^\d{3,7}$/.test(part) ? Number(part) : 0;
    if (baud < 300 || baud > 4_000_000)
      throw new InvalidArgumentError(
        `found "${part}"; allowed: rates from 300 to 4000000, such as 9600,19200`,
      );
    return baud;
  });
}

const PARITIES = ['none', 'even', 'odd'] as const;
export type Parity = (typeof PARITIES)[number];

/** Parities: `none,even`. */
export function parseParities(text: string): readonly Parity[] {
  return listOf(text).map((part) => {
    const parity = PARITIES.find((known) => known === part);
    if (parity === undefined) throw new InvalidArgumentError(`found "${part}"; allowed: none, even, odd`);
    return parity;
  });
}

/** Words separated by commas; blanks and empty parts are dropped, each word stays once. */
export function listOf(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const words = [...new Set(parts.filter((part) => part !== ''))];
  if (words.length === 0) throw new InvalidArgumentError('found nothing; allowed: words separated by commas');
  return words;
}

/** A reader of numbers between two bounds, both allowed. */
export function numberFrom(min: number, max: number, unit: string): (text: string) => number {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new InvalidArgumentError(
      `found "${text}"; allowed: a number from ${min} to ${max}${unit === '' ? '' : `, ${unit}`}`,
    );
  };
}

/** Gathers an option that may be given several times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
