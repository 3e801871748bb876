/** The stretch of time in which a daily or monthly counter counts from 0, in some time zone. */
export interface Period {
  readonly startMs: number;
  /** Begin of the next one. */
  readonly endMs: number;
}

export type PeriodKind = 'daily' | 'monthly';

/** Finds the period to which a moment belongs. */
export type Calendar = (kind: PeriodKind, atMs: number) => Period;

/** The calendar of a time zone (`Europe/Berlin`), or of this computer. Throws a RangeError for an unknown zone. */
export function createCalendar(timeZone?: string): Calendar {
  // The tables behind it take some MiB, and few houses have a counter that asks for a date.
  let format = timeZone === undefined ? undefined : createFormat(timeZone);
  // Nearly every question falls into the period of the one before.
  const last = new Map<PeriodKind, Period>();
  return (kind, atMs) => {
    const known = last.get(kind);
    if (known !== undefined && atMs >= known.startMs && atMs < known.endMs) return known;
    format ??= createFormat(undefined);
    const { year, month, day } = wallClock(format, atMs);
    const period =
      kind === 'daily'
        ? { startMs: instantOf(format, year, month, day), endMs: instantOf(format, year, month, day + 1) }
        : { startMs: instantOf(format, year, month, 1), endMs: instantOf(format, year, month + 1, 1) };
    last.set(kind, period);
    return period;
  };
}

function createFormat(timeZone: string | undefined): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    ...(timeZone === undefined ? {} : { timeZone }),
    ...{ calendar: 'gregory', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  });
}

interface WallClock {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** The same time of day, as if it were UTC, ms. */
  readonly asUtcMs: number;
}

function wallClock(format: Intl.DateTimeFormat, atMs: number): WallClock {
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return {
    ...{ year, month, day },
    asUtcMs: Date.UTC(year, month - 1, day, part('hour'), part('minute'), part('second')),
  };
}

// The zone's distance from UTC is looked up at the first guess and once more at the second: between them may lie
// the change to or from summer time.
function instantOf(format: Intl.DateTimeFormat, year: number, month: number, day: number): number {
  const midnight = Date.UTC(year, month - 1, day);
  let guess = midnight;
  for (let round = 0; round < 2; round++) guess = midnight - (wallClock(format, guess).asUtcMs - guess);
  return guess;
}
