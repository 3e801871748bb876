/**
 * The little of XML that a Current Cost display writes: elements without attributes, each with either children or text.
 *
 *     <ch1><watts>01352</watts></ch1>
 *     tag   tag  text   tag    tag
 *
 * Declarations, comments, attributes, entities and text beside elements never occur there, so all of them are mistakes:
 * there is nothing to expand and nothing to look up (currentcost.com/cc128/xml.htm).
 */
export interface Element {
  readonly name: string;
  /** Without the blanks around it; empty where there are children. */
  readonly text: string;
  readonly children: readonly Element[];
}

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: Element[];
}

const TOKEN = /<(\/?)([A-Za-z][A-Za-z0-9]{0,15})>|([^<>&]+)/y;
const MAX_DEPTH = 8;
const MAX_ELEMENTS = 2000;

/** The one element of a text; undefined for everything that is not exactly that. Never throws. */
export function parseElement(text: string): Element | undefined {
  const open: OpenElement[] = [];
  let elements = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null) return undefined;
    const [, slash, name, words] = token;
    const parent = open.at(-1);
    if (words !== undefined) {
      if (words.trim() === '') continue;
      if (parent === undefined || parent.children.length > 0) return undefined;
      parent.text += words.trim();
    } else if (slash === '') {
      if (parent !== undefined && parent.text !== '') return undefined;
      if (open.length >= MAX_DEPTH || ++elements > MAX_ELEMENTS) return undefined;
      open.push({ name: name ?? '', text: '', children: [] });
    } else {
      const done = open.pop();
      if (done === undefined || done.name !== name) return undefined;
      const above = open.at(-1);
      if (above === undefined) return TOKEN.lastIndex === text.length ? done : undefined;
      above.children.push(done);
    }
  }
  return undefined;
}

/** The only child of that name; undefined where there is none, or more than one. */
export function childOf(element: Element | undefined, name: string): Element | undefined {
  const found = element?.children.filter((child) => child.name === name) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

/** Whether a child of that name stands there at all. */
export function hasChild(element: Element, name: string): boolean {
  return element.children.some((child) => child.name === name);
}
