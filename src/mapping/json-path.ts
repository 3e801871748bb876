/** The way to one value: names of members and, as numbers, places in lists. */
export type JsonPath = readonly (string | number)[];

/** What is wrong with a text that a person wrote, and what may stand there. */
export interface PathProblem {
  readonly problem: string;
  readonly allowed: string;
}

const ALLOWED =
  'allowed: names joined by ".", places in lists as [0], other names in brackets and quotes: ENERGY.Power, a[0].b, ["key.with dot"]';

const MAX_LENGTH = 1000;
const MAX_STEPS = 64;
const NAME = /[^.[\]"'\p{Cc}]+/uy;
const PLACE = /\[(\d{1,9})\]/y;
const QUOTED = /\[("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\]/uy;

/** Reads `ENERGY.Power`, `a[0].b`, `["key.with dot"]`; a leading `$.` is allowed, `$` alone is the whole. Never throws. */
export function parseJsonPath(text: string): JsonPath | PathProblem {
  if (text.length > MAX_LENGTH) return { problem: 'the path is too long', allowed: ALLOWED };
  if (text.trim() === '') return { problem: 'the path is empty', allowed: ALLOWED };
  const steps: (string | number)[] = [];
  let at = startOf(text);
  let isAfterStep = false;
  while (at < text.length) {
    const found = stepAt(text, at, isAfterStep);
    if (found === undefined)
      return { problem: `"${text[at]}" at place ${at + 1} does not fit`, allowed: ALLOWED };
    if (steps.push(found.step) > MAX_STEPS)
      return { problem: 'the path has too many steps', allowed: ALLOWED };
    at = found.end;
    isAfterStep = true;
  }
  if (steps.length === 0 && text !== '$') return { problem: 'the path ends too early', allowed: ALLOWED };
  return steps;
}

// `$` is the root; before a "." the first name follows as if it stood at the begin.
function startOf(text: string): number {
  if (text === '$' || text.startsWith('$[')) return 1;
  return text.startsWith('$.') ? 2 : 0;
}

interface Step {
  readonly step: string | number;
  readonly end: number;
}

function stepAt(text: string, at: number, isAfterStep: boolean): Step | undefined {
  if (text[at] === '[') {
    const place = match(PLACE, text, at);
    if (place !== undefined) return { step: Number(place[1]), end: at + place[0].length };
    const quoted = match(QUOTED, text, at);
    const step = quoted && unquote(quoted[1] ?? '');
    return quoted && step !== undefined ? { step, end: at + quoted[0].length } : undefined;
  }
  const hasDot = text[at] === '.';
  if (hasDot !== isAfterStep) return undefined;
  const name = match(NAME, text, hasDot ? at + 1 : at)?.[0];
  return name === undefined ? undefined : { step: name, end: at + name.length + (hasDot ? 1 : 0) };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

// Double quotes are JSON's own text; in single ones only the quote and the backslash are escaped.
function unquote(quoted: string): string | undefined {
  if (quoted.startsWith("'")) return quoted.slice(1, -1).replace(/\\(['\\])/g, '$1');
  try {
    return JSON.parse(quoted) as string; // text in double quotes is a string or malformed
  } catch {
    return undefined;
  }
}

/** The value at a path, undefined where there is none. Looks at own properties only, and at lists by place only. */
export function valueAtPath(root: unknown, path: JsonPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Array.isArray(value) && !/^\d+$/.test(String(step))) return undefined;
    if (!Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step]; // an own property, as was just seen
  }
  return value;
}
