import { DOMParser } from '@xmldom/xmldom';
import xpath from 'xpath';
import { decodeText, MAX_TEXT_BYTES } from './json-text.ts';
import { xmlStructureProblem } from './xml-structure.ts';

/** A parsed XML text; only an `XmlPath` can look into it. */
export interface XmlDocument {
  readonly root: object;
}

/** A compiled XPath. */
export interface XmlPath {
  readonly text: string;
  /** Text of the first match (or the number, text or truth that the expression computes); undefined without one. */
  find(document: XmlDocument): string | undefined;
}

// The part of xpath that its own types leave out: expressions that are compiled once.
interface CompiledXPath {
  evaluate(options: { readonly node: object; readonly allowAnyNamespaceForNoPrefix: boolean }): XPathResult;
}
interface XPathResult {
  stringValue(): string;
  /** Number of nodes; only sets of nodes have it. */
  readonly size?: number;
}
const { parse } = xpath as unknown as { parse(text: string): CompiledXPath };

const ALLOWED =
  'allowed: an XPath 1.0 expression without prefixes, such as /LiveData/Power/Total/PowerNow, //MTU1/Value or //Item[@id="7"]/W';
const MAX_LENGTH = 1000;

/** Compiles an XPath; names without a prefix match whatever the namespace. Says what is wrong, never throws. */
export function compileXmlPath(
  text: string,
): XmlPath | { readonly problem: string; readonly allowed: string } {
  if (text.length > MAX_LENGTH) return { problem: 'the path is too long', allowed: ALLOWED };
  if (text.trim() === '') return { problem: 'the path is empty', allowed: ALLOWED };
  const probe = parseXml('<a/>');
  try {
    const compiled = parse(text);
    // Unknown functions and prefixes only show when the expression is evaluated.
    if ('root' in probe) evaluate(compiled, probe);
    return { text, find: (document) => find(compiled, document) };
  } catch {
    return { problem: 'it is not an XPath that can be evaluated', allowed: ALLOWED };
  }
}

function evaluate(compiled: CompiledXPath, { root }: XmlDocument): XPathResult {
  return compiled.evaluate({ node: root, allowAnyNamespaceForNoPrefix: true });
}

function find(compiled: CompiledXPath, document: XmlDocument): string | undefined {
  try {
    const result = evaluate(compiled, document);
    return result.size === 0 ? undefined : result.stringValue().trim();
  } catch {
    return undefined; // such as a function that this document gives a wrong argument
  }
}

const ENCODING = /^(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/;
const ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'windows-1252'],
  ['ascii', 'windows-1252'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
]);

/**
 * Parses XML; says what is wrong instead of throwing. Texts longer than `maxBytes`, nested too deeply, or with a
 * DOCTYPE (the way of entity bombs and of foreign files) are refused before they are parsed.
 */
export function parseXml(
  bytes: Uint8Array | string,
  maxBytes = MAX_TEXT_BYTES,
): XmlDocument | { readonly problem: string } {
  if (bytes.length > maxBytes) return { problem: `it is longer than ${maxBytes} bytes` };
  const encoding = encodingOf(bytes);
  if (encoding === undefined) return { problem: 'it is in an encoding that is not understood' };
  const text = decodeText(bytes, maxBytes, encoding)?.trim();
  if (text === undefined) return { problem: `it is not ${encoding} text` };
  const problem = xmlStructureProblem(text);
  if (problem !== undefined) return { problem };
  try {
    const root = new DOMParser({ locator: false, onError: refuse }).parseFromString(text, 'text/xml');
    numberNodes(root as unknown as OrderedNode); // the parser's own nodes, of which only these members are used
    return { root };
  } catch {
    return { problem: 'it is not well-formed XML' };
  }
}

/** What is used of a parsed node. */
interface OrderedNode {
  readonly firstChild: OrderedNode | null;
  readonly nextSibling: OrderedNode | null;
  readonly attributes?: ArrayLike<OrderedNode>;
  compareDocumentPosition(other: OrderedNode): number;
}

const PRECEDING = 2;
const FOLLOWING = 4;

/**
 * The parser compares two places by counting through all their siblings, and XPath compares each match with many
 * others: minutes for a page of some thousand entries. Numbers given once make a comparison one subtraction.
 */
function numberNodes(root: OrderedNode): void {
  const order = new Map<OrderedNode, number>();
  const visit = (node: OrderedNode) => {
    order.set(node, order.size);
    node.compareDocumentPosition = (other) => {
      const difference = (order.get(other) ?? 0) - (order.get(node) ?? 0);
      return difference === 0 ? 0 : difference < 0 ? PRECEDING : FOLLOWING;
    };
    for (const attribute of Array.from(node.attributes ?? [])) visit(attribute);
    for (let child = node.firstChild; child !== null; child = child.nextSibling) visit(child);
  };
  visit(root);
}

// A mere warning, such as an attribute without quotes, is malformed XML too.
function refuse(): never {
  throw new Error('malformed');
}

function encodingOf(bytes: Uint8Array | string): string | undefined {
  if (typeof bytes === 'string') return 'utf-8';
  const begin = Buffer.from(bytes.subarray(0, 300)).toString('latin1');
  return ENCODINGS.get((ENCODING.exec(begin)?.[1] ?? 'utf-8').toLowerCase());
}
