/** One mistake in a file that a person wrote: where it is, what stands there, what may stand there. */
export interface Issue {
  readonly file: string;
  /** One-based; 0 where the mistake has no place of its own (an unreadable file). */
  readonly line: number;
  readonly column: number;
  /** `sources[0].devices[1].unit`; empty for the whole file. */
  readonly path: string;
  /** What is wrong, with what was found; never a secret. */
  readonly problem: string;
  /** What may stand there, and the nearest known word where one is near. */
  readonly allowed: string | undefined;
}

/** All mistakes of a start at once. */
export class IssuesError extends Error {
  override readonly name = 'IssuesError';
  constructor(readonly issues: readonly Issue[]) {
    super(issues.map(formatIssue).join('\n'));
  }
}

/** `config/house.yaml:12:7: sources[0].devices[1].unit: found "x", allowed: a whole number from 1 to 247` */
export function formatIssue(issue: Issue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file;
  const path = issue.path === '' ? '' : ` ${issue.path}:`;
  const allowed = issue.allowed === undefined ? '' : `; ${issue.allowed}`;
  return `${place}:${path} ${issue.problem}${allowed}`;
}

export type PathStep = string | number;

/** Writes a path as a person would: `sources[0].devices[1].unit`. */
export function formatPath(path: readonly PathStep[]): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text;
}

/** The known word nearest to a mistyped one, or undefined when none is near enough to be meant. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  // The begin of a longer name is what people type of it.
  const begun =
    word.length >= 3
      ? known.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()))
      : [];
  if (begun.length > 0) return begun.reduce((a, b) => (b.length < a.length ? b : a));
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

// A word that was cut short, or has an ending too many, is as near as one with two slips of the finger.
function distanceOf(a: string, b: string): number {
  const isCut = Math.min(a.length, b.length) >= 4 && (a.startsWith(b) || b.startsWith(a));
  return Math.min(isCut ? 2 : Number.POSITIVE_INFINITY, editDistance(a, b));
}

// Optimal string alignment: insertions, deletions, substitutions and swapped neighbours cost 1 each.
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 12) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
