/** Text tables and paragraphs for people: columns padded with spaces, no lines, no colours. */

export interface Column {
  readonly title: string;
  /** Numbers read better with their ends below each other. */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';

/**
 * The lines of a table: titles first, then one line a row. Cells that are missing are empty, control
 * characters in them (text that a device sent) become spaces, lines have no spaces at their ends.
 */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const clean = rows.map((row) => columns.map((_, index) => plainText(row[index] ?? '')));
  const lines = [columns.map((column) => column.title), ...clean];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => widthOf(line[index] ?? ''))));
  return lines.map((line) =>
    line
      .map((cell, index) => pad(cell, widths[index] ?? 0, columns[index]?.align ?? 'left'))
      .join(GAP)
      .trimEnd(),
  );
}

/** Text without anything that would disturb a terminal or the form of a table. */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}

function widthOf(text: string): number {
  return [...text].length;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? space + text : text + space;
}

/** Breaks text at spaces into lines of at most `width`; lines after the first begin with `indent`, the first as it does. */
export function wrapText(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = /^ */.exec(text)?.[0] ?? '';
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const longer = line.trim() === '' ? line + word : `${line} ${word}`;
    if (widthOf(longer) <= width || line.trim() === '') line = longer;
    else {
      lines.push(line);
      line = indent + word;
    }
  }
  return line.trim() === '' ? lines : [...lines, line];
}
