/** The parser, and XPath after it, follow the nesting; no page that holds readings needs more. */
const MAX_DEPTH = 64;
/** The parser looks through all attributes of an element for each of them. */
const MAX_ATTRIBUTES = 64;
/** Elements, comments and the like; an XPath compares each match with all others. */
const MAX_NODES = 10_000;

/** Parts that hold text of any kind: how they begin and how they end. */
const QUOTATIONS = [
  ['<!--', '-->'],
  ['<![CDATA[', ']]>'],
  ['<?', '?>'],
] as const;

/** What makes a text too dangerous to be parsed as XML, or undefined; looks at its tags only. */
export function xmlStructureProblem(text: string): string | undefined {
  let depth = 0;
  let nodes = 0;
  let at = text.indexOf('<');
  if (at !== 0) return 'it does not begin with "<"';
  while (at >= 0) {
    if (text[at + 1] !== '/' && ++nodes > MAX_NODES) return `it has more than ${MAX_NODES} elements`;
    const skipped = endOfQuotation(text, at);
    if (skipped === -1) return 'a comment or quotation has no end';
    if (skipped === undefined) {
      if (text.startsWith('<!', at)) return 'it holds a declaration (DOCTYPE), which is refused';
      const tag = tagAt(text, at);
      if (typeof tag === 'string') return tag;
      if (text[at + 1] === '/') depth--;
      else if (text[tag.end - 1] !== '/' && ++depth > MAX_DEPTH)
        return `its elements are nested deeper than ${MAX_DEPTH}`;
      at = text.indexOf('<', tag.end);
    } else at = text.indexOf('<', skipped);
  }
  return undefined;
}

function endOfQuotation(text: string, at: number): number | undefined {
  for (const [begin, end] of QUOTATIONS) {
    if (!text.startsWith(begin, at)) continue;
    const found = text.indexOf(end, at + begin.length);
    return found === -1 ? -1 : found + end.length;
  }
  return undefined;
}

const SPECIAL = /[<>"']/g;

/** The place of the ">" that ends a tag, or a problem. */
function tagAt(text: string, start: number): { readonly end: number } | string {
  let attributes = 0;
  let at = start + 1;
  for (;;) {
    SPECIAL.lastIndex = at;
    const found = SPECIAL.exec(text);
    if (found === null || found[0] === '<') return 'a tag has no end';
    if (found[0] === '>') return { end: found.index };
    const close = text.indexOf(found[0], found.index + 1);
    // "<" may stand in no attribute; a quote that runs over it would hide the tags behind.
    if (close === -1 || text.slice(found.index, close).includes('<')) return 'an attribute has no end';
    if (++attributes > MAX_ATTRIBUTES) return `an element has more than ${MAX_ATTRIBUTES} attributes`;
    at = close + 1;
  }
}
