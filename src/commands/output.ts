/** Writes lines for people to stdout. */
export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/** Writes one JSON document to stdout; indented, or on one line where more of them follow. */
export function printJson(document: unknown, indent: 0 | 2 = 2): void {
  process.stdout.write(`${JSON.stringify(document, undefined, indent)}\n`);
}

/** Writes what is no result (progress, warnings, failures) to stderr. */
export function printNote(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** 90061 ms is "90 s", 412.34 ms is "412 ms", 3.25 ms is "3.3 ms". */
export function formatMs(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${Math.round(ms * 10) / 10} ms`;
}

/** An interval as it stands in the configuration: 5000 ms is "5 s". */
export function formatInterval(ms: number): string {
  return `${Math.round(ms) / 1000} s`;
}

/** Registers as manuals and traces write them: 0x0046. */
export function formatHex(word: number): string {
  return `0x${word.toString(16).toUpperCase().padStart(4, '0')}`;
}
